"""Work that other processes and machines do: packed here, opened there, and taken as it comes to an end.

Each piece travels as bytes that are pickled here. So what cannot travel is an error before anything is sent, and what
cannot be opened where it arrives is the error of one task, and not the end of a connection and of all that waits on it.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from queue import SimpleQueue
from typing import Any
from uuid import uuid4

Send = Callable[..., Iterable[Any]]


def must_travel(**parts: Any) -> None:
    """Raises TypeError, by its name, for a part that cannot be pickled or that is written in `__main__`.

    That is in a notebook's cell or in the script that runs, which no other process imports. Rules and landscapes of a
    notebook do travel, with their code.
    """
    for name, part in parts.items():
        try:
            _Elsewhere(io.BytesIO(pickle.dumps(part))).load()
        except Exception as error:
            raise TypeError(f"{name} cannot be sent to another process: {error}") from error


class _Elsewhere(pickle.Unpickler):
    """Opens what a process opens that does not have our `__main__`."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "__main__":
            raise pickle.UnpicklingError(
                f"{name!r} is written in __main__, which a worker cannot import; "
                "write it in a .py file and import it from there"
            )
        return super().find_class(module, name)


def opened(
    do: Callable[[Any], Any], versions: Callable[[], Mapping[str, str]], ours: Any, parcel: bytes, call: str = ""
) -> Any:
    """Do what a parcel asks, where it arrived. Raises RuntimeError where it cannot be opened, or by other versions.

    call: sets calls apart. Dask takes equal tasks for one, and would answer with what the first came to, an error too.
    """
    if (here := versions()) != ours:
        raise RuntimeError(f"a worker has other versions, {here!r}, than what sends it work, {ours!r}")
    try:
        thing = pickle.loads(parcel)
    except Exception as error:
        raise RuntimeError(
            f"a worker cannot open what was sent to it, {type(error).__name__}: {error}; "
            "does it have the same files? `client.upload_file` of a Dask client sends one; import it again after that"
        ) from error
    return do(thing)


def done(
    send: Send, do: Callable[[Any], Any], versions: Callable[[], Mapping[str, str]], parcels: list[bytes]
) -> Iterator[Any]:
    """What `do` made of each parcel, as they come to an end.

    send: an executor's `map`, or that of a Dask client, or what maps to futures in another way. Futures are taken in
    the order in which they are done, and let go at once: what is done, and was taken, is nobody's to do again, whatever
    becomes of the worker that did it. If one fails, those that have not begun are called off.
    """
    finished: SimpleQueue[Any] = SimpleQueue()
    waiting: dict[int, Any] = {}
    for each in send(partial(opened, do, versions, versions(), call=uuid4().hex), parcels):
        if not hasattr(each, "add_done_callback"):
            yield each
            continue
        waiting[id(each)] = each
        each.add_done_callback(finished.put)
        del each
    try:
        while waiting:
            future = finished.get()
            del waiting[id(future)]
            result = future.result()
            del future
            yield result
    finally:
        for future in waiting.values():
            future.cancel()
