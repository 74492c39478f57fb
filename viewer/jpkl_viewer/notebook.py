"""The scripts of Panel and HoloViews in a notebook, for layouts of Panel and `dynamic_map`.

A cell shows a viewer as a widget, without any of this.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any

import bokeh
import holoviews as hv
import holoviews.plotting.bokeh  # registers the backend
import panel as pn
from panel.io.notebook import LOAD_MIME

from jpkl_viewer.browser.bundle import pack_script

#: Scripts from this size on are published compressed.
_LONG_SCRIPT = 100_000


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


def load_notebook() -> None:
    """Bring Bokeh, Panel and HoloViews to the notebook, unless the user has, or there is none.

    The scripts come from the installed packages, as many instruments have no network. They are 3 MB, of
    which the notebook's file keeps 1.1 MB, in one cell: when that runs again, they are output again.
    In VS Code and Colab Panel shows itself through ``jupyter_bokeh``, which takes them in full.
    """
    run = _run_of_cell()
    if run is None or (_is_loaded() and not _is_run_again(run)):
        return
    if not _loading.outputs:
        _loading.outputs = _capture_extension()
    _loading.run = run
    for output in _loading.outputs:
        output.display()


@dataclass(frozen=True)
class _Run:
    """One run of a cell."""

    cell: str
    message: str


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
    return bool(pn.extension._loaded or getattr(hv.extension, "_loaded", False))


def _capture_extension() -> list[Any]:
    from IPython.utils.capture import capture_output

    pn.config.inline = True  # type: ignore[misc]  # its __setattr__ takes it
    with capture_output() as captured:
        hv.extension("bokeh", logo=False, inline=True)
        pn.extension(inline=True)  # finds out whether it is in VS Code or Colab
    outputs: list[Any] = captured.outputs  # each access makes new ones
    for output in outputs:
        output.data = _pack(output.data)
    return outputs


def _pack(data: dict[str, Any]) -> dict[str, Any]:
    """Keep a script once instead of twice, and a long one compressed."""
    script = data.get(LOAD_MIME, "")
    if script and pn.config.comms != "default":  # the host knows only the other type
        return {"application/javascript": script}
    if len(script) < _LONG_SCRIPT:
        return data
    return {LOAD_MIME: _UNPACK % {"version": bokeh.__version__, "packed": pack_script(script)}}
