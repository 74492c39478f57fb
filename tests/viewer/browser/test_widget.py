"""The widget in Python: its traitlets and the state are one, and each view is answered by itself."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import ipywidgets
import pytest

pytest.importorskip("anywidget")

from jpkl_viewer import JPklViewer
from jpkl_viewer.browser import widget_script
from jpkl_viewer.browser.widget import ViewerWidget

from tests.viewer.stacks import ramp

Sent = list[tuple[dict[str, Any], list[bytes]]]


@pytest.fixture
def viewer() -> Iterator[JPklViewer]:
    viewer = JPklViewer(ramp((5, 3), dim_names=["time", "z"]), position=(0, 0))
    yield viewer
    viewer.widget.close()


def sent_by(widget: ViewerWidget, monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What the widget sends from now on."""
    sent: Sent = []

    def send(content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        sent.append((json.loads(json.dumps(content)), buffers or []))

    monkeypatch.setattr(widget, "send", send)
    return sent


def hear(widget: ViewerWidget, view: str, kind: str, **content: Any) -> None:
    """Have a message come from the browser, as ipywidgets hands it on."""
    widget._handle_custom_msg({"view": view, "type": kind, **content}, [])


def test_traitlets_and_state_are_one(viewer: JPklViewer) -> None:
    seen: list[Any] = []
    viewer.widget.observe(lambda change: seen.append(change.new), "position")
    slider = ipywidgets.IntSlider(max=4)
    viewer.widget.observe(lambda change: slider.set_trait("value", change.new[0]), "position")
    viewer.position = (3, -1)
    assert (viewer.widget.position, slider.value) == ([3, 2], 3)
    viewer.widget.position = (1, 1)
    assert viewer.position == viewer.state.position == (1, 1)
    viewer.state.move(0, 4)
    assert seen == [[3, 2], [1, 1], [4, 1]]
    viewer.widget.projection = {"dim": "z", "method": "max"}
    assert viewer.state.projection is not None
    assert viewer.state.projection.dim == 1
    viewer.state.channels[0].limits = (3, 40)
    assert viewer.widget.channels[0]["limits"] == [3, 40]


def test_what_observes_a_traitlet_may_set_another_or_the_same(
    viewer: JPklViewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    widget = viewer.widget
    sent = sent_by(widget, monkeypatch)
    for view in ("a", "b"):
        hear(widget, view, "open", script=False)
    widget.observe(lambda change: widget.set_trait("position", [min(change.new[0], 2), 1]), "position")
    widget.observe(lambda change: widget.set_trait("colormap", "magma"), "position")
    widget.observe(lambda change: setattr(viewer.state, "invert", True), "position")
    sent.clear()
    hear(widget, "a", "state", settings={"position": [4, 1]})
    assert (widget.position, viewer.position) == ([2, 1], (2, 1))
    assert (widget.colormap, viewer.state.colormap) == ("magma", "magma")
    assert widget.invert is viewer.state.invert is True
    last = {
        view: [
            content["message"]["settings"]["position"]
            for content, _ in sent
            if view in content["views"] and "position" in content["message"].get("settings", {})
        ][-1]
        for view in ("a", "b")
    }
    assert last == {"a": [2, 1], "b": [2, 1]}, "the last that a page hears is what is shown"


def test_a_traitlet_does_not_go_back_to_what_was_shown_before_another_one_was_observed(
    viewer: JPklViewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    widget = viewer.widget
    sent = sent_by(widget, monkeypatch)
    viewer.state.param.watch(lambda event: viewer.state.move(1, 0), "position")
    widget.observe(lambda change: setattr(widget, "colormap", "viridis"), "position")
    widget.observe(lambda change: viewer.state.move(0, 2), "position")
    hear(widget, "a", "open", script=False)
    sent.clear()
    hear(widget, "a", "state", settings={"position": [3, 1], "colormap": "magma"})
    assert (widget.position, viewer.position) == ([2, 0], (2, 0))
    assert widget.colormap == viewer.state.colormap == "viridis"
    shown: dict[str, Any] = {}
    for content, _ in sent:
        shown |= content["message"].get("settings", {})
    assert (shown["position"], shown["colormap"]) == ([2, 0], "viridis")


@pytest.mark.parametrize(("name", "value"), [("position", (9, 0)), ("colormap", "none"), ("tools", 3)])
def test_what_is_impossible_is_refused_and_nothing_changes(viewer: JPklViewer, name: str, value: Any) -> None:
    before = viewer.settings()
    with pytest.raises((ValueError, IndexError, TypeError), match=name):
        setattr(viewer.widget, name, value)
    assert viewer.settings() == before
    assert getattr(viewer.widget, name) == before[name]


def test_the_browser_moves_both_and_other_views_follow(
    viewer: JPklViewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = sent_by(viewer.widget, monkeypatch)
    for view in ("a", "b"):
        hear(viewer.widget, view, "open", script=False)
    sent.clear()
    hear(viewer.widget, "a", "state", settings={"position": [2, 1]})
    assert viewer.position == (2, 1)
    assert viewer.widget.position == [2, 1]
    (settings, _), (ack, _) = sent
    assert settings["views"] == ["b"]
    assert settings["message"] == {"type": "settings", "settings": {"position": [2, 1]}}
    assert ack == {"views": ["a"], "message": {"type": "ack"}}
    sent.clear()
    viewer.state.move(0, 0)
    assert [content["views"] for content, _ in sent] == [["a", "b"]]


def test_what_the_browser_sets_after_it_said_so_disturbs_no_view(
    viewer: JPklViewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in marimo: the message comes first, and the traitlets are set to the same, projection included."""
    sent = sent_by(viewer.widget, monkeypatch)
    hear(viewer.widget, "a", "open", script=False)
    opening = sent.pop()[0]["opening"]
    assert (opening["setsTraits"], opening["height"]) == (False, 640), "in Jupyter, the message is enough"
    monkeypatch.setattr(viewer.widget.comm, "kernel", "marimo", raising=False)
    hear(viewer.widget, "b", "open", script=False)
    opening = sent.pop()[0]["opening"]
    assert (opening["setsTraits"], opening["height"]) == (True, 576)
    hear(viewer.widget, "b", "close")
    settings = {
        **viewer.state.settings(),
        "position": [2, 1],
        "projection": {"dim": 0, "method": "max", "start": 0, "stop": 3},
    }
    hear(viewer.widget, "a", "state", settings=settings)
    sent.clear()
    viewer.widget.set_state(settings)
    assert (sent, viewer.widget.position) == ([], [2, 1])
    viewer.widget.set_state({"position": [0, 1]})
    assert viewer.position == (0, 1)
    assert sent[-1][0]["message"]["settings"]["position"] == [0, 1]


def test_stored_bytes_go_to_the_view_that_asks(viewer: JPklViewer, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = sent_by(viewer.widget, monkeypatch)
    hear(viewer.widget, "a", "want", keys=[4], source=0)
    ((content, buffers),) = sent
    assert content["views"] == ["a"]
    assert content["message"]["data"] == {"bytes": 0}
    assert buffers == [viewer.jp.images[1, 1]]


def test_the_script_is_sent_to_pages_that_have_none(
    viewer: JPklViewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = sent_by(viewer.widget, monkeypatch)
    hear(viewer.widget, "a", "open", script=True)
    hear(viewer.widget, "b", "open", script=False)
    (first, scripts), (_, none) = sent
    assert b"JPklView" in gzip.decompress(scripts[-1])
    assert first["opening"]["description"]["dims"][0]["name"] == "time"
    assert none == [viewer.jp.images[0, 0]], "the first picture alone"


def test_a_view_is_sent_its_first_picture_before_it_asks_and_later_what_has_changed_since(
    viewer: JPklViewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(widget_script._ahead, "is_sent", False)
    sent = sent_by(viewer.widget, monkeypatch)
    viewer.position = (1, 2)
    for _ in range(2):
        viewer.widget.open_ahead()
    (content, buffers), (again, _) = sent
    (frame,) = content["opening"]["frames"]
    assert (content["views"], frame["key"], frame["data"]) == ([], 5, {"bytes": 0})
    assert buffers[0] == viewer.jp.images[1, 2]
    assert b"JPklView" in gzip.decompress(buffers[-1])
    assert (content["script"], again["script"]) == (True, False)
    sent.clear()
    hear(viewer.widget, "a", "opened", version=content["opening"]["version"])
    assert sent == []
    viewer.position = (4, 0)
    hear(viewer.widget, "b", "opened", version=content["opening"]["version"])
    content, _ = sent[-1]
    assert (content["views"], content["message"]["settings"]["position"]) == (["b"], [4, 0])


#: A kernel that notes what it sends to the page, and whether ipywidgets was there then.
_KERNEL = """
import gzip, json, sys
import comm, comm.base_comm
sent = []
class Comm(comm.base_comm.BaseComm):
    def publish_msg(self, kind, data=None, metadata=None, buffers=None, **_):
        sent.append((kind, self.comm_id, data, buffers, "ipywidgets" in sys.modules))
comm.create_comm = Comm
def hear(model, method, **data):
    message = {"content": {"data": {"method": method, **data}}, "buffers": []}
    comm.get_comm_manager().get_comm(model).handle_msg(message)
def say(model, view, kind, **content):
    hear(model, "custom", content={"view": view, "type": kind, **content})
import IPython.display
import numpy as np
from jpkl import JPkl
from jpkl_viewer import cell
cell.is_in_notebook = lambda: True
shown = []
IPython.display.display = lambda data, **_: shown.append(data)
jp = JPkl(np.zeros((8, 8, 5)))
"""


def test_the_script_is_sent_before_the_viewer_is_imported_and_its_sender_goes_with_the_first_view() -> None:
    code = """
viewer = jp.view()
((sender, content, (script,), is_imported),) = [
    (id, data["content"], buffers, late) for kind, id, data, buffers, late in sent if kind == "comm_msg"
]
assert content == {"views": [], "script": True} and b"JPklView" in gzip.decompress(script) and not is_imported
jp.view().widget.open_ahead()
viewer.widget.open_ahead()
opened = [data["content"] for kind, id, data, *_ in sent if kind == "comm_msg" and id != sender]
assert [content["script"] for content in opened if content] == [False, False]
say(viewer.widget.model_id, "a", "opened", version=0)
print([id == sender for kind, id, *_ in sent if kind == "comm_close"])
"""
    assert run_python(_KERNEL + code).strip() == "[True]"


def test_the_first_picture_is_sent_before_ipywidgets_is_imported_and_the_widget_takes_its_model_over() -> (
    None
):
    code = """
viewer = jp.view(position=(3,))
viewer._ipython_display_()
early = [(kind, data, buffers) for kind, _, data, buffers, is_late in sent if not is_late]
(_, opened, _), (_, script, _), (_, update, _), (_, message, (frame,)) = early
assert {model for _, model, *_, is_late in sent if not is_late} == {model := sent[0][1]}, "one for all of it"
assert message["content"]["views"] == [] and message["content"]["opening"]["model"] == model
assert frame == jp.images[(3,)]
view = shown[0]["application/vnd.jupyter.widget-view+json"]
assert viewer.widget.model_id == view["model_id"] == model and "data-jpkl-still" in shown[1]["text/html"]
bundle, _ = viewer.widget._repr_mimebundle_()
assert bundle["application/vnd.jupyter.widget-view+json"] == view
state = viewer.widget.get_state()
told = [data["state"] for kind, id, data, *_ in sent if id == model and data.get("method") == "update"]
assert told == [update["state"], {"layout": state["layout"]}], "what is known is not told again"
assert {**opened["state"], **told[0], **told[1]} == json.loads(json.dumps(state))
sent.clear()
say(model, "a", "opened", version=0)
assert [kind for kind, id, *_ in sent if id == model] == []
viewer.position = (1,)
moved = {"method": "update", "state": {"position": [1]}, "buffer_paths": []}
assert moved in [data for _, _, data, *_ in sent]
hear(model, "update", state={"position": [2]})
print(viewer.position)
"""
    assert run_python(_KERNEL + code).strip() == "(2,)"


def test_what_a_page_says_while_the_widget_is_made_is_heard_once_it_is() -> None:
    """As with newer kernels, which hear in a thread of their own while a cell runs."""
    code = """
viewer = jp.view()
make = viewer._make_widget
def make_later(ahead):
    sent.clear()
    hear(ahead.model_id, "request_state")
    ((kind, id, data, *_),) = sent
    assert data == {"method": "update", "state": ahead.state, "buffer_paths": []}
    say(ahead.model_id, "a", "opened", version=0)
    say(ahead.model_id, "a", "want", keys=[4], source=0)
    say(ahead.model_id, "a", "state", settings={"colormap": "magma"})
    viewer.position = (3,)
    return make(ahead)
viewer._make_widget = make_later
viewer._ipython_display_()
answers = [(data["content"]["message"], buffers) for _, id, data, buffers, _ in sent if "content" in data]
assert [each["type"] for each, _ in answers] == ["frame", "ack", "settings"]
assert answers[0][1] == [jp.images[(4,)]]
print(answers[2][0]["settings"], viewer.widget.colormap, viewer.widget.position)
"""
    assert run_python(_KERNEL + code).strip() == "{'position': [3]} magma [3]"


def test_a_viewer_is_shown_by_its_widget_where_that_was_used_before() -> None:
    code = """
viewer = jp.view()
model = viewer.widget.model_id
viewer._ipython_display_()
viewer._ipython_display_()
print([data["application/vnd.jupyter.widget-view+json"]["model_id"] == model for data in shown[::2]])
"""
    assert run_python(_KERNEL + code).strip() == "[True, True]"


def test_what_is_drawn_over_the_picture_is_sent_again_when_its_streams_change(
    viewer: JPklViewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hv = pytest.importorskip("holoviews")
    place = viewer.state.param.position
    viewer.overlay = hv.DynamicMap(
        lambda position: hv.Text(1, 2, f"t{position[0]}"), streams={"position": place}
    )
    sent = sent_by(viewer.widget, monkeypatch)
    hear(viewer.widget, "a", "open", script=False)
    assert "t0" in json.dumps(sent[0][0]["opening"]["overlay"]["item"])
    viewer.position = (3, 0)
    drawn = [content["message"] for content, _ in sent[1:] if content["message"]["type"] == "overlay"]
    assert "t3" in json.dumps(drawn[-1]["item"])
    hear(viewer.widget, "a", "bokeh")
    content, (script,) = sent[-1]
    assert content == {"views": ["a"], "bokeh": True}
    assert b"embed_item" in gzip.decompress(script)


def test_what_is_closed_computes_no_more_and_views_are_bounded(viewer: JPklViewer) -> None:
    widget = viewer.widget
    for number in range(100):
        hear(widget, str(number), "cancel", slot="x")
    assert len(widget._open_views) <= 32
    closed: list[str] = []
    widget._open_views["99"].close = lambda: closed.append("99")  # type: ignore[method-assign]
    hear(widget, "99", "close")
    assert closed == ["99"]
    widget.close()
    assert widget._open_views == {}


def test_what_a_notebook_keeps_is_small(viewer: JPklViewer) -> None:
    assert len(json.dumps(viewer.widget.get_state())) < 6_000


def run_python(code: str) -> str:
    """What Python prints in a process of its own, where nothing has been imported."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_a_notebook_needs_neither_panel_nor_bokeh() -> None:
    code = """
import sys
import numpy as np
from jpkl import JPkl
from jpkl_viewer.cell import still_html
viewer = JPkl(np.zeros((8, 8, 5))).view()
assert "data:image/jpeg" in still_html(viewer, viewer.widget)
viewer.widget._handle_custom_msg({"view": "a", "type": "open", "script": True}, [])
viewer.position = (3,)
repr(viewer), viewer._repr_mimebundle_()
print({"panel", "holoviews", "bokeh"} & set(sys.modules))
"""
    assert run_python(code).strip() == "set()"


def test_elements_of_holoviews_take_options_once_there_is_a_viewer() -> None:
    code = """
import holoviews as hv
import numpy as np
from jpkl import JPkl
JPkl(np.zeros((8, 8, 5))).view()
print(hv.Points([(1, 2)]).opts(size=3))
"""
    assert ":Points" in run_python(code)
