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
