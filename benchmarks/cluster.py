"""What Dask costs a sweep: `python -m benchmarks.cluster` prints it and keeps it in results/cluster.json.

Counted is processor time, of the client, the scheduler and the workers together, since a machine that others use has no
other time to tell. Wall time stands beside it, with how many processes wanted to run meanwhile.
"""

import json
import logging
import os
import platform
import time
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from distributed import Client, LocalCluster

from firstorder.lab.parcels import done
from firstorder.lab.sweep import sweep, versions
from firstorder.optimizers import OPTIMIZERS
from firstorder.problems import TwoLayerNetwork, digits

TASKS = 200
#: Rows of the size of the book's, on a network: nine rates or more from three seeds each, and twenty runs.
ROWS = ("sgd", "momentum", "adam", "lion")


def processor() -> float:
    """Seconds of processor time of this process and all that it has started and that live."""
    me = psutil.Process()
    spent = [each.cpu_times() for each in (me, *me.children(recursive=True))]
    return sum(times.user + times.system for times in spent)


def timed(do: Any) -> tuple[float, float, Any]:
    """Seconds of processor and of wall time, and what came of it."""
    before, begun = processor(), time.perf_counter()
    found = do()
    return processor() - before, time.perf_counter() - begun, found


def nothing(thing: Any) -> None:
    """An empty task."""


def main() -> None:
    found: dict[str, Any] = {}
    ours = partial(sweep, {"two_layer": TwoLayerNetwork}, {key: OPTIMIZERS[key] for key in ROWS}, digits)
    found["here"] = dict(zip(("processor", "wall"), timed(ours)[:2], strict=True))
    settings = {"n_workers": 2, "threads_per_worker": 1}
    quiet = {"dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL}
    begun = timed(lambda: Client(LocalCluster(**settings, **quiet)))
    client = begun[2]
    found["start"] = {"processor": begun[0], "wall": begun[1]}
    parcels = [b"\x80\x04K" + bytes([n]) + b"." for n in range(TASKS)]  # pickles of small numbers
    [*done(client.map, nothing, versions, parcels[:2])]  # so that the workers have imported
    spent = timed(lambda: [*done(client.map, nothing, versions, parcels[2:])])
    found["task"] = {"processor": spent[0] / (TASKS - 2), "wall": spent[1] / (TASKS - 2)}
    found["there"] = dict(zip(("processor", "wall"), timed(lambda: ours(map=client.map))[:2], strict=True))
    client.shutdown()
    told = {part: {name: float(f"{seconds:.3g}") for name, seconds in each.items()} for part, each in found.items()}
    machine = {"processor": platform.machine(), "cores": os.cpu_count(), "load": round(os.getloadavg()[1])}
    result = {"machine": machine, "versions": versions(), "workers": 2, "rows": len(ROWS), "seconds": told}
    text = json.dumps(result, indent=1)
    Path(__file__).with_name("results").joinpath("cluster.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
