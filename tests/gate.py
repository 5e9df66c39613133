"""A check that cannot be made here."""

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip on a reader's machine; fail where the checks are the gate."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)
