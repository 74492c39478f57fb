"""Drive the viewer in a real Chromium, by mouse and keys, and read what it has painted."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.tools.chromium import find_chromium

# Playwright waits for 5 s, within which a machine that is busy with other tests may not come to it.
expect.set_options(timeout=20_000)

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

#: The end of a link that shows a stack from its first frame on, one channel at a time, as it is stored.
AS_STORED = "#z=0&display=" + ",".join(["0-255"] * 5)

#: Finds the viewer on the page, and reads what it shows. It changes nothing: mouse and keys do.
SCRIPT = """
window.jpkl = {
  // All elements that match, through shadow roots.
  all(selector, node = document) {
    const inner = [...node.querySelectorAll("*")].filter(e => e.shadowRoot);
    return [...node.querySelectorAll(selector), ...inner.flatMap(e => this.all(selector, e.shadowRoot))];
  },
  view() {
    return this.all(".viewer")[0]?.jpkl;
  },
  // The position on the screen, and the number of the change that brought it there.
  shown() {
    return this.view().shown;
  },
  control(label) {
    return this.all("input, select, button").find(e => e.getAttribute("aria-label") === label);
  },
  // RGB of the canvas where image pixel (x, y) is painted.
  pixel(x, y) {
    return this.view().figure.painter.colorAt(x, y) ?? [0, 0, 0];
  },
  // Image pixels painted on a grid: shape (rows, columns, 3).
  pixels(xs, ys) {
    return ys.map(y => xs.map(x => this.pixel(x, y)));
  },
  // Where on the page image pixel (x, y) is.
  place(x, y) {
    const {stage, viewport} = this.view(), {left, top} = stage.getBoundingClientRect();
    const [sx, sy] = viewport.toStage(x, y);
    return [left + sx, top + sy];
  },
  // Whether a panel has opened over image pixel (x, y) of the whole frame.
  isCovered(x, y) {
    const {viewport, stack} = this.view(), {box} = viewport, [sx, sy] = viewport.toStage(x, y);
    const isInFrame = x >= 0 && y >= 0 && x < stack.width && y < stack.height;
    const isInBox = sx >= box.left && sy >= box.top && sx < box.left + box.width && sy < box.top + box.height;
    return isInFrame && !isInBox && viewport.zoom === null && !viewport.isFitted;
  },
}
"""


#: Controls that are in the bar of a view: it is opened to get at them.
VIEW_OF = {
    "projection": "Projection",
    "projected dim": "Projection",
    "first projected index": "Projection",
    "last projected index": "Projection",
    "orthogonal views": "Ortho",
    "many frames": "Montage",
    "dim of the montage": "Montage",
    "channels of the montage": "Montage",
    "compare": "Compare",
    "compare with": "Compare",
    "gain of the difference": "Compare",
    "channel of the difference": "Compare",
    "blink interval": "Compare",
    "depth scale": "Ortho",
}

#: The button that opens what a control is hidden in: the sidebar, a section of it, a menu or a sheet.
OPENER = """e => {
  const side = e.closest(".side"), section = e.closest(".section");
  if (side && !side.checkVisibility()) return side.parentElement.querySelector(".to-side");
  if (section && !section.checkVisibility())
    return [...side.querySelectorAll("[role=tab]")].find(tab => tab.textContent === section.dataset.section);
  const folded = e.closest("details:not([open])");
  if (folded) return folded.querySelector("summary");
  const closed = e.closest(":is(.menu, .sheet)[hidden]");
  if (closed?.matches(".menu")) return closed.previousElementSibling;
  const name = closed?.getAttribute("aria-label");
  return name ? e.getRootNode().querySelector(`button[data-sheet='${name}']`) : null;
}"""


@contextmanager
def launched_browser() -> Iterator[Browser]:
    """A headless Chromium that asks nothing of the network."""
    path = find_chromium()
    if path is None:
        raise FileNotFoundError("no Chromium starts here: python -m tests.tools.chromium installs one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def browser_or_skip() -> Iterator[Browser]:
    """The same for fixtures: skips the test where no browser is found, but never in CI."""
    if find_chromium() is None and not os.environ.get("CI"):
        pytest.skip("no Chromium here: python -m tests.tools.chromium installs one")
    with launched_browser() as browser:
        yield browser


def view_command(*paths: Path) -> list[str]:
    """``jpkl view`` of files or a folder, without opening a browser."""
    return [sys.executable, "-u", "-m", "jpkl", "view", *map(str, paths), "--no-show", "--port", "0"]


@contextmanager
def served(path: Path, command: Sequence[str] | None = None) -> Iterator[str]:
    """URL of a file or folder served by ``jpkl view``, as a user would do it, or by another command.

    A traceback in what the server prints until its end by Ctrl-C is an error.
    """
    command = command or view_command(path)
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield _announced_url(process)
        finally:
            # The server hears of a page that has just closed: in a plain `panel serve`, Bokeh 3.10 prints a
            # traceback where it is stopped in the midst of that. A person takes longer to press Ctrl-C.
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            try:
                rest, _ = process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()  # else leaving the block waits for it forever
                raise
            assert "Traceback" not in rest, rest


def _announced_url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if found := re.search(r"http://\S+", line):
            return found[0]
    raise RuntimeError(f"the server ended with exit code {process.wait()}: {''.join(lines)}")


def slide(page: Page, slider: Locator, value: float) -> None:
    """Drag a slider near a value, then step by keys: a track has fewer pixels than some stacks frames.

    Parameters
    ----------
    page : Page
        The page that has the mouse.
    slider : Locator
        The slider, of the page or of a frame in it.
    value : float
        The value.
    """
    slider.scroll_into_view_if_needed()
    current = float(slider.input_value())
    if current == value:
        return
    start, end = _thumb(slider, current), _thumb(slider, value)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    page.mouse.up()
    step_to(page, slider, value)


def step_to(page: Page, slider: Locator, value: float) -> None:
    """Press arrow keys until the slider that the mouse has just left is at a value."""
    step = float(slider.get_attribute("step") or 1)
    for _ in range(60):
        left = value - float(slider.input_value())
        if abs(left) < step / 2:
            return
        page.keyboard.press("ArrowRight" if left > 0 else "ArrowLeft")
    raise AssertionError(f"the slider stays at {slider.input_value()} on its way to {value}")


def _thumb(slider: Locator, value: float) -> tuple[float, float]:
    """Where on the page the thumb of a slider is for a value."""
    box = slider.bounding_box()
    assert box is not None, "the slider is not to be seen"
    thumb = min(16.0, box["height"])
    least, most = (float(slider.get_attribute(end) or 0) for end in ("min", "max"))
    part = (value - least) / max(most - least, 1e-9)
    return box["x"] + thumb / 2 + part * (box["width"] - thumb), box["y"] + box["height"] / 2


def is_message(text: str, kind: str) -> bool:
    """Whether what a page has sent over its WebSocket carries a message of a kind."""
    return f'"type":"{kind}"' in text or f'["type","{kind}"]' in text  # as JSON, or in the words of Bokeh


class Line:
    """What carries messages between a page and its server: it can be slow, and lose them.

    Attributes
    ----------
    n_lost : int
        Messages that it has lost.
    """

    def __init__(self, page: Page) -> None:
        self.n_lost = 0
        self._is_held = False
        self._held: list[tuple[WebSocketRoute, str | bytes]] = []
        self._lose: str | None = None
        page.route_web_socket(re.compile(".*"), self._connect)

    def _connect(self, to_page: WebSocketRoute) -> None:
        to_server = to_page.connect_to_server()
        to_server.on_message(lambda message: self._deliver(to_page, message))
        to_page.on_message(lambda message: self._pass_on(to_server, message))

    def _deliver(self, to_page: WebSocketRoute, message: str | bytes) -> None:
        if self._is_held:
            self._held.append((to_page, message))
        else:
            to_page.send(message)

    def _pass_on(self, to_server: WebSocketRoute, message: str | bytes) -> None:
        if self._lose and isinstance(message, str) and is_message(message, self._lose):
            # A part of a message of Bokeh's protocol cannot be left out: it arrives, and asks for nothing.
            message = message.replace('"keys":[', '"keys":[],"lost":[').replace(
                '["keys",[', '["keys",[]],["lost",['
            )
            self._lose = None
            self.n_lost += 1
        to_server.send(message)

    def hold(self) -> None:
        """Keep what the server sends."""
        self._is_held = True

    def release(self) -> None:
        """Deliver what was kept, and all that comes."""
        self._is_held = False
        for to_page, message in self._held:
            to_page.send(message)
        self._held.clear()

    def lose_next(self, kind: str) -> None:
        """Lose the next message of a kind that the page sends: the keys in it do not arrive."""
        self._lose = kind


def seen(page: Page, x: int, y: int) -> list[int]:
    """RGB that the screen shows of image pixel (y, x) of the first viewer, with what lies over it."""
    left, top = page.evaluate("([x, y]) => jpkl.place(x, y)", [x, y])
    taken = page.screenshot(clip={"x": int(left), "y": int(top), "width": 1, "height": 1})
    return list(Image.open(io.BytesIO(taken)).convert("RGB").tobytes())


def wait_to_see(page: Page, x: int, y: int, color: list[int]) -> None:
    """Wait until the screen shows image pixel (y, x) in a color, with what lies over it."""
    for _ in range(50):
        if seen(page, x, y) == color:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"pixel ({y}, {x}) is seen as {seen(page, x, y)}, not as {color}")


class ViewerPage:
    """A page with a viewer in it, and the hands of its user: what they do, they do by mouse and keys.

    Unless the link says otherwise, or the first view is asked for, it shows the stack `AS_STORED`.

    Attributes
    ----------
    requests : list of str
        URLs that the page has asked for.
    messages : list of str
        Errors on its console.
    line : Line
        The way between page and server, where it is under the test's control.
    """

    line: Line

    def __init__(self, page: Page, url: str, *, by_line: bool = False, is_first_view: bool = False) -> None:
        self.page = page
        if by_line:
            self.line = Line(page)
        self.requests: list[str] = []
        self.messages: list[str] = []
        self._sent: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda m: self.messages.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.messages.append(str(error)))
        page.on("websocket", lambda socket: socket.on("framesent", self._note_sent))
        page.add_init_script(SCRIPT)
        page.goto(url if is_first_view or "#" in url else f"{url}{AS_STORED}")
        page.wait_for_function("() => window.jpkl.view()?.shown")

    def _note_sent(self, frame: str | bytes) -> None:
        self._sent.append(frame if isinstance(frame, str) else "")

    def slider(self, label: str, number: int = 0) -> Locator:
        """The slider of a dim; of several viewers on the page, that of the viewer of that number."""
        return self.page.locator(f"input[type=range][aria-label='{label}']").nth(number)

    def sent(self, kind: str) -> list[str]:
        """Messages of a kind, ``"want"``, ``"ask"`` or ``"state"``, that the page has sent so far."""
        self.page.wait_for_timeout(0)  # takes in what Playwright has heard
        return [text for text in self._sent if is_message(text, kind)]

    def wait_for_quiet(self) -> None:
        """Wait until the page has nothing more to ask of the server."""
        before = -1
        while before != (before := len(self.sent("want")) + len(self.sent("ask"))):
            self.page.wait_for_timeout(400)

    def control(self, label: str) -> Locator:
        """The control of that accessible name; what it is in is opened if need be."""
        if view := VIEW_OF.get(label):
            self.open_view(view)
        control = self.page.get_by_label(label, exact=True).first
        self._uncover(control)
        return control

    def open_view(self, name: str) -> None:
        """Open a view by its button in the top bar."""
        button = self.page.locator(".views button").filter(has_text=name).first
        if button.get_attribute("aria-pressed") != "true":
            button.click()

    def _uncover(self, control: Locator) -> None:
        """Open whatever a control is hidden in."""
        while element := control.evaluate_handle(OPENER).as_element():
            element.click()

    def set(self, label: str, value: float | str | bool) -> None:
        """Give the control of that accessible name a value; a view has "" for none."""
        if label in VIEW_OF and value == "":
            self.open_view("Frame")
            return
        control = self.control(label)
        kind = control.evaluate("e => e.type")
        if control.get_attribute("role") == "group":
            control.locator(f"button[value='{value}']").click()
        elif kind == "range":
            slide(self.page, control, float(value))
        elif kind == "select-one":
            control.select_option(str(value))
        elif kind == "checkbox":
            control.set_checked(bool(value))
        elif kind == "color":
            control.fill(str(value))  # the picker of the browser is out of a test's reach
        else:
            control.click(click_count=3)
            self.page.keyboard.type(str(value))
            self.page.keyboard.press("Enter")

    def drag(self, label: str, seconds: float, to: float) -> None:
        """Drag a slider back and forth, 60 movements of the mouse a second, and let go of it at a value."""
        slider = self.control(label)
        least, most = (float(slider.get_attribute(end) or 0) for end in ("min", "max"))
        self.page.mouse.move(*_thumb(slider, float(slider.input_value())))
        (left, y), (right, _), end = (_thumb(slider, value) for value in (least, most, to))
        self.page.mouse.down()
        start = time.perf_counter()
        while (passed := time.perf_counter() - start) < seconds:
            fraction = abs((2 * passed) % 2 - 1)
            self.page.mouse.move(left + fraction * (right - left), y)
            time.sleep(1 / 60)
        self.page.mouse.move(*end)
        self.page.mouse.up()
        step_to(self.page, slider, to)

    def click(self, label: str) -> None:
        """Click the control of that accessible name or text."""
        control = (
            self.page.get_by_label(label, exact=True).or_(self.page.get_by_text(label, exact=True)).first
        )
        self._uncover(control)
        control.click()

    def click_until(self, label: str, condition: str, argument: Any = None) -> None:
        """Click a control, again after a moment if need be, until a JavaScript function is true.

        For what acts on something that the page counts when the hand rests, as the histogram.
        """
        for _ in range(20):
            self.click(label)
            with suppress(PlaywrightTimeoutError):
                return self.wait_until(condition, argument, timeout=0.5)
        raise AssertionError(f"{label} does not lead to {condition}")

    def press(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, label: str) -> None:
        """Press Tab until the control of that accessible name or text has the focus."""
        has_focus = (
            "l => { let e = document.activeElement;"
            " while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;"
            " return e?.getAttribute('aria-label') === l || e?.textContent === l }"
        )
        for _ in range(200):
            if self.evaluate(has_focus, label):
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not reach {label}")

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where on the page image pixel (y, x) is, once it is in sight: what a panel covers is fitted in."""
        self.page.locator(".figure").first.scroll_into_view_if_needed()
        if self.evaluate("([x, y]) => jpkl.isCovered(x, y)", [x, y]):
            self.press("0")
        left, top = self.evaluate("([x, y]) => jpkl.place(x, y)", [x, y])
        return left, top

    def point_at(self, x: float, y: float) -> None:
        """Move the mouse over image pixel (y, x)."""
        self.page.mouse.move(*self.place(x, y))

    def click_at(self, x: float, y: float) -> None:
        """Click image pixel (y, x)."""
        self.page.mouse.click(*self.place(x, y))

    def zoom_at(self, x: float, y: float, notches: int) -> None:
        """Turn the wheel over image pixel (y, x): towards it by positive notches."""
        self.point_at(x, y)
        for _ in range(abs(notches)):
            self.page.mouse.wheel(0, -120 if notches > 0 else 120)
            self.settle()

    def pan(self, dx: float, dy: float) -> None:
        """Drag the picture by pixels of the screen, from its middle."""
        box = self.page.locator(".figure").first.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + dx, y + dy, steps=4)
        self.page.mouse.up()
        self.settle()

    def settle(self) -> None:
        """Wait until the browser has drawn twice: what a gesture set off in the page has then been done."""
        self.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def wait_until(self, condition: str, argument: Any = None, timeout: float = 10) -> None:
        """Wait until a JavaScript function is true."""
        self.page.wait_for_function(condition, arg=argument, timeout=1000 * timeout)

    def wait_for_position(self, *position: int) -> None:
        """Wait until the frame of that index is on the screen."""
        self.wait_until("p => jpkl.view().shown?.position.every((v, i) => v === p[i])", list(position))

    def pixel(self, x: int, y: int) -> list[int]:
        """RGB that is painted for image pixel (y, x)."""
        color: list[int] = self.page.evaluate("([x, y]) => jpkl.pixel(x, y)", [x, y])
        return color

    def seen(self, x: int, y: int) -> list[int]:
        """RGB that the screen shows of image pixel (y, x), with what lies over it."""
        return seen(self.page, x, y)

    def wait_to_see(self, x: int, y: int, color: list[int]) -> None:
        """Wait until the screen shows image pixel (y, x) in a color, with what lies over it."""
        wait_to_see(self.page, x, y, color)

    def pixels(self, xs: list[int], ys: list[int]) -> NDArray[np.uint8]:
        """RGB that is painted on a grid of image pixels, shape (rows, columns, 3)."""
        return np.array(self.page.evaluate("([xs, ys]) => jpkl.pixels(xs, ys)", [xs, ys]), np.uint8)

    def wait_for_pixel(self, x: int, y: int, color: list[int]) -> None:
        """Wait until image pixel (y, x) is painted in a color."""
        self.wait_until(
            "([x, y, c]) => jpkl.pixel(x, y).every((v, i) => v === c[i])", [x, y, list(map(int, color))]
        )

    def wait_for_pixels(self, xs: list[int], ys: list[int], colors: NDArray[np.uint8]) -> None:
        """Wait until RGB of shape (rows, columns, 3) is painted on a grid of image pixels."""
        self.wait_until(
            "([xs, ys, e]) => JSON.stringify(jpkl.pixels(xs, ys)) === JSON.stringify(e)",
            [xs, ys, colors.tolist()],
        )

    def evaluate(self, code: str, argument: Any = None) -> Any:
        """Run JavaScript, to read what the page shows."""
        return self.page.evaluate(code, argument)
