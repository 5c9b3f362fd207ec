"""Arrays packed for the next step come back as they were, also those an older version stored."""

import io

import numpy as np

from marketplace.pricing.engine.packed import pack, unpack

ARRAYS = {
    "key": np.array(["a", "lang"], np.str_),
    "price": np.array([1.5, -0.0, np.inf]),
    "grid": np.arange(6, dtype=np.int64).reshape(2, 3),
    "fresh": np.array([True, False]),
    "none": np.zeros(0),
    "t": np.array(7, np.int64),
}


def test_arrays_come_back_with_their_types_and_shapes() -> None:
    assert_same(unpack(pack(ARRAYS)))


def test_what_was_stored_as_npz_is_read_still() -> None:
    out = io.BytesIO()
    np.savez_compressed(out, **ARRAYS)  # type: ignore[arg-type]
    assert_same(unpack(out.getvalue()))


def assert_same(found: dict[str, np.ndarray]) -> None:
    assert list(found) == list(ARRAYS)
    for name, one in ARRAYS.items():
        assert (found[name].dtype, found[name].shape) == (one.dtype, one.shape)
        np.testing.assert_array_equal(found[name], one)
