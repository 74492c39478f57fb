"""What two stacks have in common, and their difference, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from jpkl_viewer._compare import ZERO, difference, follow, shared_dims
from jpkl_viewer._stack import describe

from jpkl import JPkl, JPklError
from tests.viewer import stacks


def signed(exact: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.minimum(ZERO + np.sign(exact) * np.ceil(np.abs(exact) / 2), 255)


@pytest.mark.parametrize("name", stacks.NAMES)
def test_differences_are_those_of_numpy(name: str) -> None:
    jp = stacks.stack(name)
    first, *_, last = stacks.frames(jp).reshape(-1, *jp.frame_shape)
    exact = first.astype(int) - last
    assert exact.any()
    np.testing.assert_array_equal(difference(first, last, "absolute"), np.abs(exact))
    np.testing.assert_array_equal(difference(first, last), signed(exact))


def test_all_pairs_of_values() -> None:
    a, b = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
    exact = a.astype(int) - b
    result = difference(a, b)
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(result, signed(exact))
    assert ((result == ZERO) == (exact == 0)).all()
    np.testing.assert_array_equal(difference(a, b, "absolute"), np.abs(exact))


def test_frames_of_different_sizes_have_no_difference() -> None:
    with pytest.raises(JPklError, match=r"\(3, 4\) and \(4, 3\)"):
        difference(np.zeros((3, 4), np.uint8), np.zeros((4, 3), np.uint8))
    with pytest.raises(ValueError, match="'signed' or 'absolute'"):
        difference(np.zeros((3, 4), np.uint8), np.zeros((3, 4), np.uint8), "percent")  # type: ignore[arg-type]


def test_dims_of_the_same_name_go_together() -> None:
    a = describe(JPkl(np.zeros((8, 8, 9, 4), np.uint8), dim_names=["time", "z"]))
    b = describe(JPkl(np.zeros((8, 8, 2, 5), np.uint8), dim_names=["channel", "time"]))
    plain = describe(JPkl(np.zeros((8, 8), np.uint8)))
    assert follow((3, 2), a, (1, 0), b) == (1, 3)
    assert follow((8, 2), a, (0, 0), b) == (0, 4)  # its last time
    assert follow((1, 3), b, (0, 2), a) == (3, 2)
    assert follow((), plain, (1, 2), a) == (1, 2)
    assert follow((1, 2), a, (), plain) == ()
    assert shared_dims([a, b]) == ("time",)
    assert shared_dims([a, b, plain]) == ()
    assert shared_dims([a]) == ("time", "z")
