"""Which notebooks get the viewer as a Bokeh figure, and what travels to it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.viewer.stacks import ramp

pn = pytest.importorskip("panel")

from jpkl_viewer import JPklViewer
from jpkl_viewer._browser import FrameView
from jpkl_viewer._push import PushView, _without_bytes


@pytest.mark.parametrize(("comms", "is_pushed"), [("vscode", True), ("colab", True), ("default", False)])
def test_notebooks_that_speak_ipywidgets_get_a_figure(comms: str, is_pushed: bool) -> None:
    with pn.config.set(comms=comms):
        shown = JPklViewer(ramp((3,))).panel()
    assert isinstance(shown, pn.pane.Bokeh if is_pushed else FrameView)


def test_the_stored_bytes_travel_beside_the_message() -> None:
    jp = ramp((3,))
    viewer = JPklViewer(jp)
    viewer.push()
    (view,) = viewer._views
    assert isinstance(view, PushView)
    view._on_message("data", {}, {"message": ['{"type": "want", "keys": [2], "source": 0}']})
    data = view._inbox.data
    assert '"data": {"bytes": 0}' in data["message"][0]
    assert data["bytes"][0].tobytes() == jp.images[2,]


def test_bytes_are_found_wherever_they_are() -> None:
    found: list[np.ndarray] = []
    plain = _without_bytes({"views": [{"data": b"ab"}, {"data": b"c"}], "n": 1}, found)
    assert plain == {"views": [{"data": {"bytes": 0}}, {"data": {"bytes": 1}}], "n": 1}
    assert [array.tobytes() for array in found] == [b"ab", b"c"]
