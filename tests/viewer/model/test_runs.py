"""Runs of frames along a dim."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("holoviews")

from jpkl_viewer.model.runs import FrameRun, dim_number, make_run


def test_equal_runs_are_equal() -> None:
    assert make_run((9, 3), (4, 2), 0) == make_run((9, 3), (8, 2), 0) == FrameRun((0, 2), 0, range(9))
    assert make_run((9, 3), (4, 2), 0, slice(1, None, 2)).index(1) == (3, 2)


def test_dims_by_name_or_number() -> None:
    assert [dim_number(("time", "z"), dim) for dim in ("time", "z", 0, np.int64(1), -1)] == [0, 1, 0, 1, 1]
    for dim in ("t", 2, -3):
        with pytest.raises(ValueError, match="time, z"):
            dim_number(("time", "z"), dim)
