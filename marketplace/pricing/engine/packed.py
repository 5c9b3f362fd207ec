"""Named arrays as bytes and back: what a step of the engine leaves for the next, and for anybody.

A line of JSON names each array with its type and shape, their bytes follow in that order: the same
arrays are the same bytes. To write and read an .npz of three dozen small arrays took longer than
the step itself.
"""

import io
import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

NPZ = b"PK"  # what steps stored at first; later a line that was the list of arrays alone
KINDS = "biufU"

Arrays = dict[str, NDArray[Any]]


def joined(arrays: Mapping[str, NDArray[Any]], **head: object) -> bytes:
    """The arrays after one line that says `head` besides them."""
    listed = [(name, one.dtype.str, one.shape) for name, one in arrays.items()]
    line = json.dumps({**head, "arrays": listed}, separators=(",", ":"))
    return b"".join([line.encode(), b"\n", *(one.tobytes() for one in arrays.values())])


def split(data: bytes) -> tuple[dict[str, Any], Arrays]:
    """What `joined` was given: its head, and the arrays, which can't be written to.

    Raises:
        ValueError: these are not the bytes of such arrays, no more and no less
    """
    line, _, body = data.partition(b"\n")
    head = json.loads(line)
    if isinstance(head, list):
        head = {"arrays": head}
    arrays, start = {}, 0
    for name, kind, shape in head.pop("arrays"):
        dtype, size = np.dtype(kind), int(np.prod(shape, dtype=np.int64))
        if dtype.kind not in KINDS or min(shape, default=0) < 0:
            raise ValueError(f"{name} is no array of numbers or keys")
        arrays[name] = np.frombuffer(body, dtype, size, start).reshape(shape)
        start += size * dtype.itemsize
    if start != len(body):
        raise ValueError(f"{len(body) - start} bytes are left over")
    return head, arrays


def pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    return zlib.compress(joined(arrays), level=1)


def unpack(data: bytes) -> Arrays:
    """The arrays of what `pack` made, or of deflated `joined` bytes."""
    if data.startswith(NPZ):
        return dict(np.load(io.BytesIO(data), allow_pickle=False))
    return split(zlib.decompress(data))[1]
