"""Stacks with other codecs in a browser: what it decodes itself, and what is exact beyond 8 bits."""

from __future__ import annotations

import numpy as np
import pytest
from jpkl_viewer.model.colormaps import COLORMAPS

from jpkl import JPkl
from jpkl.toolkit import displayed
from tests.browser.pages import Open, assert_painted, mitosis, readout


@pytest.mark.parametrize(
    ("codec", "is_lossless", "most"),
    [("png", True, 0), ("webp", True, 0), ("webp", False, 3), ("avif", False, 3)],
)
def test_the_browser_decodes_what_is_stored(
    open_viewer: Open, codec: str, is_lossless: bool, most: int
) -> None:
    images = mitosis()[..., :3, 0]
    jp = JPkl(images, codec=codec, lossless=is_lossless, dim_names=["time"])
    page = open_viewer(jp)
    page.set("time", 2)
    page.wait_for_position(2)
    assert_painted(page, COLORMAPS["gray"][jp[..., 2]], most)
    page.point_at(60, 70)
    value = int(jp[70, 60, 2])
    approximate = "" if is_lossless else "≈ "
    page.wait_until("text => jpkl.all('.readout')[0].innerText.includes(text)", f"{approximate}{value}")


def test_sixteen_bits_are_shown_through_the_display_range_and_read_exactly(open_viewer: Open) -> None:
    images = mitosis()[..., :3, :].astype(np.uint16) * 201 + 7
    jp = JPkl(images, lossless=True, dim_names=["time", "channel"])
    page = open_viewer(jp)
    page.set("time", 1)
    page.set("channel", 1)
    page.wait_for_position(1, 1)
    assert_painted(page, COLORMAPS["gray"][displayed(jp)[..., 1, 1]], 3)
    page.point_at(60, 70)
    page.wait_until("text => jpkl.all('.readout')[0].innerText.includes(text)", str(images[70, 60, 1, 1]))
    assert "≈" not in readout(page)
