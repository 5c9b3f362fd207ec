"""Named arrays as bytes and back: what a step of the engine leaves for the next one.

A line of JSON names each array with its type and shape, their bytes follow in that order, all of it
deflated. To write and read an .npz of three dozen small arrays took longer than the step itself.
"""

import io
import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

NPZ = b"PK"  # what steps stored until now


def pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    head = json.dumps([(name, one.dtype.str, one.shape) for name, one in arrays.items()])
    body = b"".join(np.ascontiguousarray(one).tobytes() for one in arrays.values())
    return zlib.compress(head.encode() + b"\n" + body, level=1)


def unpack(data: bytes) -> dict[str, NDArray[Any]]:
    """The arrays that `pack` was given; they can't be written to."""
    if data.startswith(NPZ):
        return dict(np.load(io.BytesIO(data), allow_pickle=False))
    head, _, body = zlib.decompress(data).partition(b"\n")
    arrays, start = {}, 0
    for name, kind, shape in json.loads(head):
        dtype, size = np.dtype(kind), int(np.prod(shape, dtype=np.int64))
        arrays[name] = np.frombuffer(body, dtype, size, start).reshape(shape)
        start += size * dtype.itemsize
    return arrays
