# `make book`, `make test`, `make serve`; each makes the environment it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
SOURCES := $(shell find _config.yml _toc.yml references.bib CITATION.cff index.md api.md bibliography.md citing.md chapters _ext book assets src \
	-type f -not -name '*.ipynb' -not -path '*/__pycache__/*' -not -path '*.egg-info/*' 2>/dev/null)

# The networks are small: more threads only wait for one another, and would add in another order on every machine.
export OPENBLAS_NUM_THREADS := 1
# What claims found is kept, for the package as it is: chapters, the page of claims and tests need one run of each.
export FIRSTORDER_FINDINGS := $(CURDIR)/_build/findings

.PHONY: book test lint serve notebooks bench goldens gpu mutants clean

book: _build/html/.complete

# Written last: a build that failed, or that is older than its sources, is made again. Pages that have no source any
# more must not stay; what chapters print is kept beside `html`, so only changed ones are executed.
_build/html/.complete: $(VENV)/.complete $(SOURCES)
	rm -rf _build/html
	$(BIN)/python -m firstorder.claims
	$(BIN)/jupyter-book build --warningiserror --keep-going .
	touch $@

test: lint book
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

lint: $(VENV)/.complete
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m checks.javascript

serve: book
	$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

notebooks: $(VENV)/.complete
	$(BIN)/python -m book.pair

bench: $(VENV)/bench/.complete
	$(<D)/bin/python -m benchmarks

mutants: $(VENV)/.complete
	$(BIN)/python -m checks.mutants

# On a machine that is lent for minutes: with the Python that is there, and nothing installed.
gpu:
	PYTHONPATH=src $(PYTHON) -m checks.gpu

goldens: $(VENV)/goldens/.complete
	for script in make make_layerwise make_matrix parameter_free schedules wrappers; do \
	  $(<D)/bin/python tests/goldens/$$script.py --check || exit 1; done

clean:
	rm -rf _build

# The benchmarks and the goldens run other libraries beside ours, which nobody else should have to install.
$(VENV)/.complete: requirements.txt tests/requirements.txt pyproject.toml
$(VENV)/bench/.complete: benchmarks/requirements.txt pyproject.toml
$(VENV)/goldens/.complete: tests/goldens/requirements.txt
$(VENV)/.complete $(VENV)/bench/.complete $(VENV)/goldens/.complete:
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet $(addprefix --requirement ,$(filter %requirements.txt,$^))
	touch $@
