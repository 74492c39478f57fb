"""What follows the browser does so in its own thread alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("bokeh")

from jpkl_viewer.browser.following import Following


def test_only_the_thread_that_follows_does() -> None:
    following = Following()
    with following.on(), ThreadPoolExecutor(1) as pool:
        assert following.is_on
        assert not pool.submit(lambda: following.is_on).result()
    assert not following.is_on


def test_what_is_followed_within_leaves_the_outer_one_as_it_was() -> None:
    following = Following()
    with following.on() as names:
        following.note("position")
        with following.on() as within:
            following.note("colormap")
        assert following.is_on
        following.note("invert")
    assert (names, within) == ({"position", "invert"}, {"colormap"})
    assert not following.is_on
