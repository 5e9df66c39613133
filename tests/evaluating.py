"""The figures' own JavaScript, asked in Node."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from checks import javascript

Evaluate = Callable[..., Any]


@contextmanager
def evaluating() -> Iterator[Evaluate]:
    """Asks a process that runs the figures' own modules."""
    script = javascript.FRONT / "js" / "tests" / "evaluate.js"
    with subprocess.Popen(
        [str(javascript.NODE), str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:

        def ask(task: str, **asked: Any) -> Any:
            process.stdin.write(json.dumps({"task": task, **asked}) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()
