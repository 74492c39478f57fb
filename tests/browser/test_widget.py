"""The widget in a host that gives it no more than anywidget promises, as VS Code and Colab do.

They show outputs in frames of their own, under a policy that lets scripts of the page's own making run and no
others, without Jupyter's widget manager, and say each in its way whether they are dark.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from jpkl_viewer import JPklViewer
from jpkl_viewer.cell import still_html
from playwright.sync_api import Browser, Page

from jpkl import JPkl
from tests.browser.driver import SCRIPT as DRIVER
from tests.browser.driver import slide

pytest.importorskip("anywidget")

#: Gray level of the frame at a time.
LEVELS = [40 * time + 20 for time in range(6)]

_PAGE = """<!doctype html><html {html}><head>
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data:">
</head><body {body}><div id="output"></div>{still}<p style="height: 3000px"></p></body></html>"""

_RENDER = """async ([esm, state]) => {
  const listeners = new Set();
  const view = text => new DataView(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
  const changed = new Set();
  const model = {
    get: name => state[name],
    set(name, value) {
      state[name] = value;
      changed.add(name);
    },
    async save_changes() {
      await setInPython(Object.fromEntries([...changed].map(name => [name, state[name]])));
      changed.clear();
    },
    on: (event, listener) => event === "msg:custom" && listeners.add(listener),
    off: (event, listener) => listeners.delete(listener),
    async send(content) {
      for (const [answer, buffers] of await askPython(content))
        for (const listener of [...listeners]) listener(answer, buffers.map(view));
    },
  };
  const url = URL.createObjectURL(new Blob([esm], {type: "text/javascript"}));
  const {default: widget} = await import(url);
  window.end = await widget.render({model, el: document.querySelector("#output")});
}"""


def show(
    page: Page, viewer: JPklViewer, monkeypatch: pytest.MonkeyPatch, **attributes: str
) -> list[dict[str, Any]]:
    """Show a viewer's widget on a page, whose messages Python answers here.

    Returns the traitlets that the browser sets, in a list that grows.
    """
    widget = viewer.widget
    set_in_browser: list[dict[str, Any]] = []
    sent: list[tuple[Any, list[str]]] = []

    def send(content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        sent.append((content, [base64.b64encode(part).decode() for part in buffers or []]))

    def answer(content: dict[str, Any]) -> Any:
        widget._handle_custom_msg(content, [])
        answers = json.loads(json.dumps(sent))
        sent.clear()
        return answers

    monkeypatch.setattr(widget, "send", send)
    page.expose_function("askPython", answer)
    page.expose_function("setInPython", lambda state: set_in_browser.append(state) or widget.set_state(state))
    page.add_init_script(DRIVER)
    html = _PAGE.format(**{"html": "", "body": "", **attributes}, still=still_html(viewer, widget))
    page.route("http://notebook.test/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("http://notebook.test/")
    state = widget.get_state()
    esm = state.pop("_esm")
    page.evaluate(_RENDER, [esm, json.loads(json.dumps(state, default=str))])
    return set_in_browser


def wait_for_gray(page: Page, time: int) -> None:
    page.wait_for_function(
        "gray => jpkl.view()?.shown && Math.abs(jpkl.pixel(20, 20)[0] - gray) <= 2", arg=LEVELS[time]
    )


@pytest.mark.parametrize(
    "attributes",
    [
        {"body": 'data-vscode-theme-kind="vscode-dark"'},
        {"html": 'theme="dark"'},
        {"body": 'data-theme="dark"'},
    ],
    ids=["VS Code", "Colab", "marimo"],
)
def test_the_viewer_in_a_bare_host(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, attributes: dict[str, str]
) -> None:
    frames = np.zeros((40, 50, 6), np.uint8) + np.array(LEVELS, np.uint8)
    viewer = JPklViewer(JPkl(frames, dim_names=["time"]), position=(2,), channels=[{"limits": (0, 255)}])
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    if is_marimo := "data-theme" in attributes.get("body", ""):
        monkeypatch.setattr(type(viewer.widget.comm), "kernel", "marimo", raising=False)
    set_in_browser = show(page, viewer, monkeypatch, **attributes)
    wait_for_gray(page, 2)
    still = page.locator("figure[data-jpkl-still]")
    assert not still.is_visible(), "the viewer has taken its place"
    assert page.evaluate("() => jpkl.view().root.dataset.theme") == "dark"
    page.locator(".viewer .figure").hover()
    page.mouse.wheel(0, 100)
    page.wait_for_function("() => scrollY === 100")
    page.mouse.wheel(0, -100)
    page.wait_for_function("() => scrollY === 0")
    slide(page, page.locator("input[type=range][aria-label=time]"), 5)
    wait_for_gray(page, 5)
    page.wait_for_timeout(500)
    for _ in range(100):
        if viewer.position == (5,) and (set_in_browser or not is_marimo):
            break
        page.wait_for_timeout(50)
    assert viewer.widget.position == [5]
    assert set_in_browser[-1:] == ([{"position": [5]}] if is_marimo else [])
    page.evaluate("() => end()")
    still.wait_for()
    assert page.locator(".viewer").count() == 0
    assert viewer.widget._open_views == {}
    assert errors == []
    page.close()
    viewer.widget.close()
