"""What Python makes ready for the browser."""

from __future__ import annotations

import numpy as np
from jpkl_viewer.browser.description import describe_for_browser
from jpkl_viewer.model.stack import describe

from jpkl import JPkl


def test_display_ranges_are_sent_once_where_they_do_not_change() -> None:
    images = np.random.default_rng(0).normal(size=(8, 8, 5, 2, 4))
    jp = JPkl(images, dim_names=["time", "channel", "z"])
    told = describe_for_browser(describe(jp), "a stack")["ranges"]
    assert told["shape"] == [1, 2, 1]
    known = np.broadcast_to(jp.display_range, (*jp.dim_sizes, 2))
    assert told["values"] == known[0, :, 0].ravel().tolist()
