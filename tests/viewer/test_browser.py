"""What Python makes ready for the browser."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
from jpkl_viewer._browser import describe_for_browser, read_modules
from jpkl_viewer._stack import describe

from jpkl import JPkl

_DECLARED = re.compile(r"^(?:export )?(?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)


def test_the_modules_share_no_name_as_they_share_one_scope() -> None:
    names = Counter(_DECLARED.findall(read_modules("report.js", "push.js")))
    assert names["JPklView"] == 1
    assert [name for name, times in names.items() if times > 1] == []


def test_nothing_is_left_to_import() -> None:
    assert "import {" not in read_modules()


def test_ranges_are_told_once_where_they_do_not_change() -> None:
    images = np.random.default_rng(0).normal(size=(8, 8, 5, 2, 4))
    jp = JPkl(images, dim_names=["time", "channel", "z"])
    told = describe_for_browser(describe(jp), "a stack")["ranges"]
    assert told["shape"] == [1, 2, 1]
    known = np.broadcast_to(jp.display_range, (*jp.dim_sizes, 2))
    assert told["values"] == known[0, :, 0].ravel().tolist()
