"""The still of a notebook's cell: what the viewer shows first. Cells in Jupyter are in ``tests/jupyter``."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

import numpy as np
import pytest

pytest.importorskip("param")

from jpkl_viewer import JPklViewer
from jpkl_viewer.still import _still
from PIL import Image

from jpkl import JPkl
from tests.viewer import stacks

BARE: dict[str, Any] = {"scale_bar": False, "stamp": False}


def still(jp: JPkl, **settings: Any) -> Image.Image:
    """The picture in a cell."""
    html, _ = _still(JPklViewer(jp, **BARE, **settings))
    found = re.search(r"base64,([^\"]+)", html)
    assert found is not None, html
    return Image.open(io.BytesIO(base64.b64decode(found[1])))


def test_a_frame_is_as_large_as_it_can_be() -> None:
    jp = stacks.ramp((3,))  # 24 x 40
    assert still(jp).size == (480, 288)
    assert still(jp, axes=True).width <= 512
    large = JPkl(np.zeros((1024, 2048, 1), np.uint8))
    assert still(large).size == (512, 256)


def test_all_panes_that_are_open_are_in_it() -> None:
    jp = stacks.ramp((8, 3), dim_names=["z", "time"])
    alone = still(jp)
    for tools in (
        {"ortho": {"dim": 0, "x": 3, "y": 4}},
        {"montage": {"mode": "montage", "dim": 0}},
        {"compare": {"mode": "side by side"}},
    ):
        seen = still(jp, tools=tools, compare=[jp])
        assert seen.width / seen.height != pytest.approx(alone.width / alone.height, abs=0.01), tools
        assert 200 < max(seen.size) <= 520, tools


def test_it_is_turned_as_the_screen_is() -> None:
    jp = stacks.ramp((3,))
    assert still(jp, rotation=90).size == (288, 480)
    assert still(jp, rotation=90, overlay=object()).size == (480, 288)


def test_what_cannot_be_shown_is_said() -> None:
    other = JPkl(np.zeros((8, 9, 1), np.uint8))
    viewer = JPklViewer(stacks.ramp((3,)), compare=[other], tools={"compare": {"mode": "difference"}})
    html, caption = _still(viewer)
    assert "cannot be subtracted" in html
    assert "run this cell" in caption


def test_a_file_that_is_gone_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = JPklViewer(stacks.ramp((3,)))

    def fail(*_: Any) -> Any:
        raise TimeoutError("the server does not answer")

    monkeypatch.setattr(viewer.frames, "layer", fail)
    html, _ = _still(viewer)
    assert "the server does not answer" in html
