# `make book`, `make test`, `make serve`; each makes the environment it needs, and none more than that.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
PAGES := $(filter-out README.md CHANGELOG.md CONTRIBUTING.md,$(wildcard *.md))
SOURCES := $(shell find _config.yml _toc.yml references.bib CITATION.cff $(PAGES) chapters _ext book assets src \
	-type f -not -name '*.ipynb' -not -path '*/__pycache__/*' -not -path '*.egg-info/*' 2>/dev/null)

# The networks are small: more threads only wait for one another, and would add in another order on every machine.
export OPENBLAS_NUM_THREADS := 1
# What claims found is kept, for the package as it is: chapters, the page of claims and tests need one run of each.
export FIRSTORDER_FINDINGS := $(CURDIR)/_build/findings

.PHONY: book test lint serve notebooks release release-test audit bench goldens gpu mutants clean FORCE

book: _build/html/.complete

# Written last: a build that failed, or that is older than its sources, is made again, and until it is done the old site
# stays. What chapters print is kept beside `html`, so only changed ones are executed. It is as old as the build's
# beginning: what was edited while it ran is newer.
_build/html/.complete: $(VENV)/.complete _build/identity $(SOURCES)
	@touch _build/begun
	$(BIN)/python -m firstorder.claims
	$(BIN)/python -m book.build
	@touch -r _build/begun $@

# Where the book lies is said by git or the workflow, and not by a file: this one is new when that is. No page shows the
# commit.
_build/identity: $(VENV)/.complete FORCE
	@mkdir -p $(@D)
	@$(BIN)/python -c 'from book.identity import identity; print(vars(identity()) | {"ref": None})' > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

test: lint book
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

lint: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m checks.javascript

serve: book
	@$(BIN)/python -m book.serve '$(PORT)'

notebooks: $(VENV)/.complete
	$(BIN)/python -m book.pair

# Site, notebooks, PDF, EPUB, slides, wheel and sdist, in _build/release; and the slow tests of these.
release: book $(VENV)/.release
	$(BIN)/python -m book.release

release-test: release $(VENV)/.tests
	$(BIN)/python -m pytest tests/release/check_*.py

# Minutes, on a machine that does nothing else.
audit: book $(VENV)/.tests
	$(BIN)/python -m checks.audit

bench: $(VENV)/bench/.complete
	$(<D)/bin/python -m benchmarks

mutants: $(VENV)/.tests
	$(BIN)/python -m checks.mutants

# On a machine that is lent for minutes: with the Python that is there, and nothing installed.
gpu:
	PYTHONPATH=src $(PYTHON) -m checks.gpu

goldens: $(VENV)/goldens/.complete
	for script in make make_layerwise make_matrix parameter_free schedules wrappers; do \
	  $(<D)/bin/python tests/goldens/$$script.py --check || exit 1; done

clean:
	rm -rf _build

# An environment works only where it was made: in a folder that was renamed or copied, it is made anew.
moved = $(shell test ! -e $(1)/pyvenv.cfg || { test -x $(1)/bin/python && grep -qF " $$(pwd -P)/$(1)" $(1)/pyvenv.cfg; } || echo FORCE)

# Modules are compiled when they are imported: most never are, and would be a fifth of what is installed.
install = $(@D)/bin/python -m pip install --quiet --no-compile $(addprefix --requirement ,$(1)) > $(@D)/pip.log 2>&1 || \
	{ echo "make: nothing is done, for pip could not install $(1); is there a network? Its words are in $(@D)/pip.log" >&2; exit 1; }

# The file of binder/ is read by the one of the book.
wanted = $(filter-out binder/%,$(filter %requirements.txt,$^))

# The benchmarks and the goldens run other libraries beside ours, which nobody else should have to install.
$(VENV)/.complete: requirements.txt binder/requirements.txt pyproject.toml $(call moved,$(VENV))
$(VENV)/bench/.complete: benchmarks/requirements.txt pyproject.toml $(call moved,$(VENV)/bench)
$(VENV)/goldens/.complete: tests/goldens/requirements.txt $(call moved,$(VENV)/goldens)
$(VENV)/.complete $(VENV)/bench/.complete $(VENV)/goldens/.complete:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(if $(filter FORCE,$^),--clear) $(@D)
	@echo "Installing $(wanted) into $(@D), which takes minutes"
	@$(call install,$(wanted))
	@touch $@

# What only a release or the tests need comes on top.
$(VENV)/.release: $(VENV)/.complete book/requirements.txt
	@echo "Installing book/requirements.txt into $(@D), which takes a minute"
	@$(call install,requirements.txt book/requirements.txt)
	@touch $@

$(VENV)/.tests: $(VENV)/.complete book/requirements.txt tests/requirements.txt
	@echo "Installing tests/requirements.txt into $(@D), which takes minutes"
	@$(call install,requirements.txt tests/requirements.txt)
	@touch $@
