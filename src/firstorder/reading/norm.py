"""The norm that rules take."""

from __future__ import annotations

from typing import Any

import numpy as np


def norm(x: Any) -> Any:
    """The Euclidean norm of all elements; of a NumPy array without overflow or underflow of its squares.

    `numpy.linalg.norm` is infinite in float32 from 1.8e19 on. On other arrays it is that: to look at a number of theirs
    would be to wait for it.
    """
    length = np.linalg.norm(x)
    if isinstance(x, np.ndarray) and x.size and not 0 < length < np.inf:
        largest = np.max(np.abs(x))
        if 0 < largest < np.inf:
            return largest * np.linalg.norm(x / largest)
    return length
