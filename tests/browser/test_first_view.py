"""The first view in the browser, and what is remembered of it."""

from __future__ import annotations

import numpy as np
from jpkl_viewer import JPklViewer

from tests.browser.driver import ViewerPage
from tests.browser.pages import Open, assert_painted, mitosis


def test_changes_of_the_first_view_are_remembered_until_reset(open_viewer: Open) -> None:
    jp = mitosis()
    viewer = JPklViewer(jp)
    first = viewer.frames.picture(viewer.request)
    page = open_viewer(jp, is_first_view=True)
    assert_painted(page, first)

    page.set("upper contrast limit", 40)
    viewer.state.channels[0].limits = (viewer.state.channels[0].limits[0], 40)
    assert_painted(page, viewer.frames.picture(viewer.request))
    page.set("time", 5)
    page.click("show C2")  # which is kept though the page is left at once
    viewer.state.channels[1].visible = False
    changed = viewer.frames.picture(viewer.request)
    assert np.any(changed != first)

    again = reopened(page)
    assert_painted(again, changed)  # at the first time

    again.click("Reset")
    assert_painted(again, first)
    again.page.wait_for_function("() => Object.keys(localStorage).length === 0")
    assert_painted(reopened(again), first)


def test_a_link_goes_before_what_is_remembered(open_viewer: Open) -> None:
    page = open_viewer(mitosis(), is_first_view=True)
    page.click("show C2")
    page.page.wait_for_function("() => Object.keys(localStorage).length > 0")
    linked = reopened(page, is_first_view=False)  # by a link that shows one channel as it is stored
    assert_painted(linked, np.repeat(mitosis()[..., 0, 0][..., None], 3, -1))


def test_a_browser_that_keeps_nothing_shows_the_first_view(open_viewer: Open) -> None:
    page = open_viewer(mitosis(), is_first_view=True)
    page.page.add_init_script(
        "Object.defineProperty(window, 'localStorage',"
        " {get() { throw new DOMException('', 'SecurityError') }})"
    )
    viewer = JPklViewer(mitosis())
    page = reopened(page)
    assert_painted(page, viewer.frames.picture(viewer.request))
    page.click("show C2")
    page.click("Reset")
    assert_painted(page, viewer.frames.picture(viewer.request))
    assert page.messages == []


def reopened(page: ViewerPage, *, is_first_view: bool = True) -> ViewerPage:
    """The same page without what its link says of the view."""
    url = page.page.url.partition("#")[0]
    page.page.goto("about:blank")
    return ViewerPage(page.page, url, is_first_view=is_first_view)
