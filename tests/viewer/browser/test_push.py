"""Which notebooks get the viewer as a Bokeh figure, and what travels to it."""

from __future__ import annotations

import json
import sys
from types import ModuleType

import pytest

from jpkl import MissingDependencyError
from tests.viewer.stacks import ramp

pn = pytest.importorskip("panel")

from bokeh.plotting import figure
from jpkl_viewer import JPklViewer, notebook
from jpkl_viewer.browser.component import FrameView
from jpkl_viewer.browser.messages import separate_bytes
from jpkl_viewer.browser.push import PushView
from panel.io.notebook import LOAD_MIME


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
    view._on_message("data", {}, {"message": ['["page", 1, {"type": "want", "keys": [2], "source": 0}]']})
    data = view._inbox.data
    assert '"data": {"bytes": 0}' in data["message"][0]
    assert data["bytes"][0].tobytes() == jp.images[2,]


def test_bytes_are_found_wherever_they_are() -> None:
    found: list[bytes] = []
    plain = separate_bytes({"views": [{"data": b"ab"}, {"data": b"c"}], "n": 1}, found)
    assert plain == {"views": [{"data": {"bytes": 0}}, {"data": {"bytes": 1}}], "n": 1}
    assert found == [b"ab", b"c"]


def test_repeated_messages_are_answered_once() -> None:
    viewer = JPklViewer(ramp((3,)))
    viewer.push()
    (view,) = viewer._views
    sent: list[dict] = []
    view._answers.handle = lambda message, send: sent.append(message)  # type: ignore[method-assign]
    first, second = '["a", 1, {"type": "cancel", "slot": "x"}]', '["a", 2, {"type": "cancel", "slot": "y"}]'
    view._on_message("data", {}, {"message": [first]})
    view._on_message("data", {}, {"message": [first, second]})
    view._on_message("data", {}, {"message": [first, second]})
    view._on_message("data", {}, {"message": ['["b", 1, {"type": "cancel", "slot": "z"}]']})
    assert [message["slot"] for message in sent] == ["x", "y", "z"], "each page counts on its own"
    view._send({"type": "ack"})
    assert json.loads(view._inbox.data["message"][0]) == {
        "heard": {"a": 2, "b": 1},
        "message": {"type": "ack"},
    }


def test_what_is_shown_no_more_computes_no_more() -> None:
    with pn.config.set(comms="ipywidgets"):
        pane = JPklViewer(ramp((3,))).panel()
    closed: list[bool] = []
    pane._view._answers.close = lambda: closed.append(True)
    root = pane.get_root()
    pane._cleanup(root)
    assert closed == [True]


def test_panel_shows_other_figures_as_before() -> None:
    assert type(pn.panel(figure())) is pn.pane.Bokeh


@pytest.mark.parametrize(
    ("environment", "modules", "comms"),
    [
        ({}, [], "default"),
        ({"VSCODE_PID": "1"}, [], "vscode"),
        ({"VSCODE_CWD": "/"}, [], "vscode"),
        ({}, ["google.colab"], "colab"),
    ],
)
def test_the_host_decides_how_the_viewer_is_shown(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], modules: list[str], comms: str
) -> None:
    _emulate(monkeypatch, environment, modules)
    with pn.config.set(comms="default"):
        notebook._detect_host()
        assert pn.config.comms == comms
        script = {LOAD_MIME: "x" * 200_000, "application/javascript": "x" * 200_000}
        (kind,) = notebook._pack(script)
    assert kind == (LOAD_MIME if comms == "default" else "application/javascript")


def test_what_was_chosen_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    _emulate(monkeypatch, {"VSCODE_PID": "1"}, [])
    with pn.config.set(comms="ipywidgets"):
        notebook._detect_host()
        assert pn.config.comms == "ipywidgets"


def test_a_host_without_jupyter_bokeh_raises_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    _emulate(monkeypatch, {"VSCODE_PID": "1"}, [])
    monkeypatch.setattr(notebook, "find_spec", lambda name: None)
    with (
        pn.config.set(comms="default"),
        pytest.raises(MissingDependencyError, match=r"VS Code.*jpkl\[jupyter\]"),
    ):
        notebook._detect_host()


def _emulate(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], modules: list[str]) -> None:
    for name in ("VSCODE_PID", "VSCODE_CWD"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for name in modules:
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
