"""The viewer at the end of a notebook cell: live while there is a kernel, else a still that says so.

Jupyter keeps what a cell has shown in the notebook's file, and `nbconvert` copies it into pages. There
is no Python behind those, so the output holds a picture as well, which stays until the live viewer has
painted its first frame.
"""

from __future__ import annotations

import base64
import io
import json
import math
import os
import sys
import time
import uuid
from dataclasses import dataclass, field
from html import escape
from importlib.util import find_spec
from typing import Any, Protocol

import bokeh
import panel as pn
from panel.io.notebook import EXEC_MIME as LIVE_MIME
from panel.io.notebook import LOAD_MIME
from PIL import Image

from jpkl import JPklError, MissingDependencyError
from jpkl_viewer.browser.bundle import pack_script
from jpkl_viewer.model.labels import describe_position
from jpkl_viewer.tools.export.panes import Renderer, SeenView
from jpkl_viewer.tools.export.seen import make_renderer
from jpkl_viewer.tools.export.stills import StillOptions

#: Kinds of notebook, as Panel calls them, that speak ipywidgets and do not load Panel's own components.
PUSHED = ("vscode", "colab", "ipywidgets")

#: Longest side of a still, in pixels.
_STILL_SIDE = 512

#: Pixels of a still for one of the frame at most, as `StillOptions` have it.
_MOST_ZOOM = 64

#: Most bytes of a still.
_STILL_NBYTES = 64_000

#: Seconds for scripts to load before the first widget, which fails if it is drawn earlier; a kernel that
#: runs a cell cannot see when they have loaded.
_HEAD_START = 1.0

#: Scripts from this size on are published compressed.
_LONG_SCRIPT = 100_000


class ShownView(SeenView, Protocol):
    """What a cell shows: a `JPklViewer`."""

    @property
    def overlay(self) -> Any:
        """What HoloViews draws over the picture; None for nothing."""
        ...

    def panel(self) -> pn.viewable.Viewable:
        """Make a Panel layout of it."""
        ...


MimeBundle = tuple[dict[str, Any], dict[str, Any]]

_UNPACK = """
(async () => {
  if (window.Bokeh?.version === "%(version)s" && window.Bokeh.Panel) return;
  const bytes = Uint8Array.from(atob("%(packed)s"), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(stream).text();
  document.head.append(script);
})();
"""

# The viewer needs a place of its final size to be laid out in: it is there, but cannot be seen.
_OUTPUT = """<div id="{name}" style="position:relative">
<figure style="margin:4px 0">{picture}
<figcaption style="font-size:13px;opacity:.75;margin-top:6px">{caption}</figcaption></figure>
<div style="position:absolute;left:0;right:0;top:0;visibility:hidden;pointer-events:none">{live}</div>
</div>
<script type="application/javascript">
(() => {{
  const [still, live] = document.getElementById({quoted}).children;
  const find = (node) => {{
    for (const element of node.querySelectorAll("*")) {{
      const found = element.jpkl ?? (element.shadowRoot && find(element.shadowRoot));
      if (found) return found;
    }}
    return null;
  }};
  const timer = setInterval(() => {{
    if (!find(live)?.shown) return;
    still.hidden = true;
    live.style.cssText = "";
    clearInterval(timer);
  }}, 50);
  setTimeout(() => clearInterval(timer), 120000);
}})();
</script>"""


def load_notebook() -> None:
    """Bring Bokeh, Panel and HoloViews to the notebook, unless the user has, or there is none.

    The scripts come from the installed packages, as many instruments have no network. They are 3 MB, of
    which the notebook's file keeps 1.1 MB, in one cell: when that runs again, they are output again. Hosts
    that show widgets get them in full, as widgets do not wait for scripts to be unpacked.
    """
    run = _run_of_cell()
    if run is None or (_is_loaded() and not _is_run_again(run)):
        return
    if not _loading.outputs:
        _detect_host()
        _loading.outputs = _capture_extension()
    _loading.run = run
    for output in _loading.outputs:
        output.display()
    if pn.config.comms in PUSHED:
        time.sleep(_HEAD_START)


@dataclass(frozen=True)
class _Run:
    """One run of a cell."""

    cell: str
    message: str


@dataclass(frozen=True)
class _Host:
    """A notebook host other than Jupyter's own, and its kind, as Panel calls it."""

    name: str
    comms: str


@dataclass
class _Loading:
    """What was output to load the scripts, and by which run of which cell."""

    run: _Run | None = None
    outputs: list[Any] = field(default_factory=list)


_loading = _Loading()


def _run_of_cell() -> _Run | None:
    """Find which run of which cell this is; None outside of a Jupyter kernel."""
    if "IPython" not in sys.modules:
        return None
    shell = sys.modules["IPython"].get_ipython()
    if not hasattr(shell, "kernel"):
        return None
    parent = shell.get_parent()
    return _Run(parent.get("metadata", {}).get("cellId", ""), parent.get("header", {}).get("msg_id", ""))


def _is_run_again(run: _Run) -> bool:
    """Return whether Jupyter has just dropped what the cell had output to load the scripts."""
    before = _loading.run
    return before is not None and before.cell == run.cell != "" and before.message != run.message


def _is_loaded() -> bool:
    holoviews = sys.modules.get("holoviews")
    return bool(pn.extension._loaded or getattr(getattr(holoviews, "extension", None), "_loaded", False))


def _detect_host() -> None:
    """Set Panel up for a host that shows only widgets, as its own extension does where that is called."""
    if pn.config.comms != "default":
        return
    host = _host()
    if host is None:
        return
    if find_spec("jupyter_bokeh") is None:
        raise MissingDependencyError(f"The viewer in {host.name}", "jupyter")
    pn.config.comms = host.comms  # type: ignore[misc]  # its __setattr__ takes it


def _host() -> _Host | None:
    if "google.colab" in sys.modules:
        return _Host("Colab", "colab")
    if "VSCODE_CWD" in os.environ or "VSCODE_PID" in os.environ:
        return _Host("VS Code", "vscode")
    return None


def _capture_extension() -> list[Any]:
    import holoviews as hv
    from IPython.utils.capture import capture_output

    pn.config.inline = True  # type: ignore[misc]  # its __setattr__ takes it
    with capture_output() as captured:
        hv.extension("bokeh", logo=False, inline=True)
    outputs: list[Any] = captured.outputs  # each access makes new ones
    for output in outputs:
        output.data = _pack(output.data)
    return outputs


def mime_bundle(viewer: ShownView) -> MimeBundle | None:
    """Make what a cell shows of a viewer: its MIME types and their metadata."""
    bundle: MimeBundle | None = viewer.panel()._repr_mimebundle_()
    if bundle is None or LIVE_MIME not in bundle[0]:  # of hosts that speak ipywidgets
        return bundle
    data, metadata = bundle
    return {**data, "text/html": _with_still(viewer, data["text/html"])}, metadata


def _pack(data: dict[str, Any]) -> dict[str, Any]:
    """Keep a script once instead of twice, and a long one compressed."""
    script = data.get(LOAD_MIME, "")
    if script and pn.config.comms in PUSHED:  # which know only the other type
        return {"application/javascript": script}
    if len(script) < _LONG_SCRIPT:
        return data
    return {LOAD_MIME: _UNPACK % {"version": bokeh.__version__, "packed": pack_script(script)}}


def _with_still(viewer: ShownView, live: str) -> str:
    name = f"jpkl-{uuid.uuid4().hex}"
    picture, caption = _still(viewer)
    return _OUTPUT.format(name=name, quoted=json.dumps(name), picture=picture, caption=caption, live=live)


def _still(viewer: ShownView) -> tuple[str, str]:
    """Make a picture of what the viewer shows now, and a line below it."""
    caption = (
        f"{escape(viewer.title)}, a still: run this cell to scrub through the stack; "
        "<code>viewer.embed()</code> shows one that scrubs without Python, "
        '<code>viewer.save("report.html")</code> writes it as a page.'
    )
    try:
        image = Image.fromarray(_still_renderer(viewer).at()())
    except (JPklError, ValueError) as error:  # e.g. of the difference of frames that have none
        return f'<span style="color:#b00020">{escape(str(error))}</span>', caption
    alt = escape(f"{viewer.title} {describe_position(viewer.stack, viewer.state.position)}")
    data = base64.b64encode(_within(image, _STILL_NBYTES)).decode("ascii")
    return f'<img alt="{alt}" style="max-width:100%" src="data:image/jpeg;base64,{data}">', caption


def _still_renderer(viewer: ShownView) -> Renderer:
    """Make what renders all panes that are open, as large as a still may be; small frames are enlarged."""

    def at(zoom: float) -> Renderer:
        # What HoloViews draws over a picture does not turn, nor does the picture below it.
        return make_renderer(viewer, StillOptions(zoom=zoom, turned=viewer.overlay is None))

    fitting = _STILL_SIDE / max(at(1).size)
    return at(min(math.floor(fitting), _MOST_ZOOM) if fitting >= 1 else fitting)


def _within(image: Image.Image, most: int) -> bytes:
    """Encode a picture as a JPEG of at most that many bytes: at lower quality, then with fewer pixels."""
    while True:
        for quality in (85, 70, 50):
            buffer = io.BytesIO()
            image.save(buffer, "JPEG", quality=quality)
            if buffer.tell() <= most:
                return buffer.getvalue()
        image = image.reduce(2)
