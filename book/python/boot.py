"""Python in a page: the package's reader, and one function that a worker asks, in JSON.

Of `firstorder` only the rooms `reading`, `rules`, `page` and `exercises` are loaded: the package stands here without
its face, which would bring backends, schedules and wrappers, and take three times as long. NumPy is only names
(`numpy.py`).
"""

import gc
import json
import sys
from importlib.util import find_spec
from types import ModuleType

gc.disable()  # nothing that is loaded goes away
face = ModuleType("firstorder")
face.__spec__ = find_spec("firstorder")
face.__path__ = face.__spec__.submodule_search_locations
sys.modules["firstorder"] = face

from firstorder.page import beginnings, drawn, judged, read  # noqa: E402

BEGINNINGS = beginnings()
read(BEGINNINGS["adam"]["text"], "adam")  # loads SymPy and its printers
gc.freeze()
gc.enable()


def answer(asked: str) -> str:
    """All readings of `{"text", "origin"}`, or the error in it; of `{}` the rules that a text may begin as.

    Of `{"text", "exercise"}` what the check of that exercise finds; of `{"ground"}` the landscape that it describes.
    """
    given = json.loads(asked)
    if "exercise" in given:
        return json.dumps(judged(**given))
    if "ground" in given:
        return json.dumps(drawn(given["ground"]))
    return json.dumps(read(**given) if given else BEGINNINGS)
