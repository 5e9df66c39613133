"""A pytest plugin for runs that may be cut off: writes each result as a line of JSON when it is there.

    pytest -p checks.gpu.record --record FILE --share 2/8

runs the third of eight shares of the items, so that eight processes compile kernels side by side.
"""

import json
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", type=Path, required=True, help="the file that gets one line for each test")
    parser.addoption("--share", default="0/1", help="which of how many shares of the tests to run, from 0/n")


@pytest.hookimpl(trylast=True)  # when those that are not wanted are gone
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    share, of = map(int, config.getoption("share").split("/"))
    config.hook.pytest_deselected(items=[item for n, item in enumerate(items) if n % of != share])
    items[:] = items[share::of]


class Recorder:
    """Writes what is known of a test as soon as it has ended, and for all there are what they are called."""

    def __init__(self, file: Path):
        self.file = file

    def write(self, **line: Any) -> None:
        with self.file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.write(collected=[item.nodeid for item in session.items])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.write(test=report.nodeid, outcome="failed", seconds=0.0, why=str(report.longrepr)[-2000:])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed":
            return
        why = "" if report.passed else report.longrepr
        why = why[2].removeprefix("Skipped: ") if isinstance(why, tuple) else str(why)[-2000:]
        self.write(test=report.nodeid, outcome=report.outcome, seconds=round(report.duration, 3), why=why)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Recorder(config.getoption("record")))
