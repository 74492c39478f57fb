"""Viewers that a user would pick in place of JPkl's, each as its own documentation advises, in one browser.

Each shows the same gray frames, ``(n, height, width)`` of uint8, and has a slider.
"""

from __future__ import annotations

import json
import mimetypes
import re
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl import JPkl
from tests.browser.driver import served
from tests.tools.javascript import run_npm

Frames = NDArray[np.uint8]

#: Elements of a page, through shadow roots, that arrow keys are for, by the kind of slider.
NOUISLIDER = "deep('.noUi-handle')[0]"
MUI = "deep('[role=slider]').find(each => each.ariaValueMax == last)"

#: Presses the mouse on a slider that takes no keys, where its next index is.
BY_MOUSE = """
async (thumb) => {
  const {left, top, width, height} = thumb.parentElement.getBoundingClientRect();
  const [now, last] = [Number(thumb.ariaValueNow), Number(thumb.ariaValueMax)];
  const at = {clientX: left + (width * Math.min(last, now + 1)) / last, clientY: top + height / 2};
  for (const kind of ["mousedown", "mouseup"]) {
    thumb.parentElement.dispatchEvent(new MouseEvent(kind, {...at, bubbles: true, cancelable: true}));
    await new Promise((done) => setTimeout(done, 0)); // what it changes, it draws first
  }
}
"""


@dataclass(frozen=True)
class PageViewer:
    """A viewer that is a page.

    Attributes
    ----------
    name, package : str
        As it is printed; the package whose version is.
    serve : callable
        Takes a folder with the frames in all formats, and gives the URL while it serves them.
    keys : str
        JavaScript: the element that gets the keys.
    before : str
        JavaScript that makes ready, e.g. opens a panel.
    move : str
        JavaScript: a function that moves this element on by one, where keys do not.
    """

    name: str
    package: str
    serve: Callable[[Path], Any]
    keys: str
    before: str = ""
    move: str = ""


@dataclass(frozen=True)
class CellViewer:
    """A viewer that a cell of a notebook shows.

    Attributes
    ----------
    name, package, keys
        As for a page.
    cell : str
        The code; ``frames.npy`` and ``frames.jpkl`` are beside the notebook.
    """

    name: str
    package: str
    cell: str
    keys: str
    move: str = ""


def write_all(frames: Frames, folder: Path) -> None:
    """Write frames in the format of each viewer."""
    as_stored = {"channel_limits": [(0, 255)]}  # as the others show them: else, some frames would look alike
    JPkl(frames, axes="ZYX", metadata=as_stored).save(folder / "frames.jpkl")
    np.save(folder / "frames.npy", frames)
    _write_hdf5(frames, folder / "frames.h5")
    _write_ome_zarr(frames, folder / "frames.ome.zarr")


def _write_hdf5(frames: Frames, path: Path) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        file.create_dataset("frames", data=frames, chunks=(1, *frames.shape[1:]), compression="gzip")


def _write_ome_zarr(frames: Frames, path: Path) -> None:
    """Write OME-Zarr 0.4: one frame a chunk, and one level, as frames fit the screen."""
    import zarr

    group = zarr.open_group(path, mode="w", zarr_format=2)
    chunks = (1, *frames.shape[1:])
    keys: dict[str, Any] = {"name": "v2", "separator": "/"}
    # The built page has none of its decoders, which are modules of their own.
    array = group.create_array(
        "0", shape=frames.shape, chunks=chunks, dtype="u1", chunk_key_encoding=keys, compressors=None
    )
    array[...] = frames
    axes = [{"name": "z", "type": "space"}, {"name": "y", "type": "space"}, {"name": "x", "type": "space"}]
    scale = [{"type": "scale", "scale": [1.0, 1.0, 1.0]}]
    levels: list[Any] = [{"path": "0", "coordinateTransformations": scale}]
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": levels}]
    window = {"start": 0, "end": 255, "min": 0, "max": 255}
    group.attrs["omero"] = {"channels": [{"color": "FFFFFF", "window": window, "active": True}]}


# -- JPkl ------------------------------------------------------------------------------------------------


@contextmanager
def _serve_jpkl(folder: Path) -> Iterator[str]:
    with served(folder / "frames.jpkl") as url:
        yield f"{url}#z=0&display=0-255"


# -- apps of Panel ---------------------------------------------------------------------------------------

_NAIVE = """
import sys
import holoviews as hv
import numpy as np
import panel as pn

hv.extension("bokeh")
frames = np.load(sys.argv[1], mmap_mode="r")
n, height, width = frames.shape

def draw(z):
    image = hv.Image(frames[z], bounds=(0, 0, width, height))
    return image.opts(cmap="gray", clim=(0, 255), frame_width=560, frame_height=560)

pn.panel(hv.DynamicMap(draw, kdims=[hv.Dimension("z", range=(0, n - 1), step=1, type=int)])).servable()
"""

_HVPLOT = """
import sys
import hvplot.xarray
import numpy as np
import panel as pn
import xarray as xr

frames = np.load(sys.argv[1])
coords = {name: np.arange(size) for name, size in zip("zyx", frames.shape)}
images = xr.DataArray(frames, coords, list("zyx"), name="frames")
options = {"cmap": "gray", "clim": (0, 255), "frame_width": 560, "frame_height": 560}
pn.panel(images.hvplot.image(x="x", y="y", groupby="z", **options)).servable()
"""


def _panel_app(script: str) -> Callable[[Path], Any]:
    @contextmanager
    def serve(folder: Path) -> Iterator[str]:
        path = folder / "app.py"
        path.write_text(script)
        command = [sys.executable, "-u", "-m", "panel", "serve", str(path), "--port", "0"]
        with served(path, [*command, "--args", str(folder / "frames.npy")]) as url:
            yield url

    return serve


# -- pages in JavaScript ---------------------------------------------------------------------------------


class _Files(SimpleHTTPRequestHandler):
    """Serves a built page, its data, and what answers to paths that begin in some way."""

    protocol_version = "HTTP/1.1"
    answers: dict[str, Callable[[str], bytes]]

    def do_GET(self) -> None:
        for start, answer in self.answers.items():
            if self.path.startswith(start):
                self._send(answer(self.path), "application/json")
                return
        path = Path(self.translate_path(self.path))
        if path.is_file():
            self._send(path.read_bytes(), mimetypes.guess_type(path)[0] or "application/octet-stream")
        else:
            self.send_error(404)

    def _send(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        """Stay silent."""


@contextmanager
def _files(folder: Path, answers: dict[str, Callable[[str], bytes]]) -> Iterator[str]:
    handler = type("Handler", (_Files,), {"answers": answers})
    with ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: handler(*args, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def _unpacked(package: str, folder: Path) -> Path:
    """Get a built page from the npm registry."""
    target = folder / package.replace("/", "-").lstrip("@")
    if not target.exists():
        target.mkdir()
        if run_npm(["pack", "--silent", package, "--pack-destination", str(target)], folder):
            raise OSError(f"npm cannot get {package}")
        with tarfile.open(next(target.glob("*.tgz"))) as archive:
            archive.extractall(target, filter="data")
    return target / "package" / "static"


def _page_of(static: Path, settings: dict[str, Any]) -> None:
    """Write the page around the script, as its host, Galaxy, does."""
    css = '<link rel="stylesheet" href="/index.css">' if (static / "index.css").exists() else ""
    given = json.dumps(settings)
    style = "html, body, #app { margin: 0; height: 100%; }"
    page = f'<!doctype html><meta charset="utf-8">{css}<style>{style}</style>'
    page += f"""<div id="app"></div><script>
      const given = {{root: `${{location.origin}}/`, visualization_config: {given}}};
      document.getElementById("app").dataset.incoming = JSON.stringify(given);
    </script><script type="module" src="/index.js"></script>"""
    (static / "viewer.html").write_text(page)


_NO_JPX = "data:text/javascript,export class JpxImage {}"


@contextmanager
def _serve_vizarr(folder: Path) -> Iterator[str]:
    static = _unpacked("@galaxyproject/vizarr", folder)
    # Without a network, the page would wait for its decoder of JPEG 2000, which these frames do not take.
    script = static / "index.js"
    script.write_text(re.sub(r"https://cdn\.jsdelivr\.net/[^\"']*jpx\.js", _NO_JPX, script.read_text()))
    if not (static / "frames.ome.zarr").exists():
        (static / "frames.ome.zarr").symlink_to(folder / "frames.ome.zarr")
    place: dict[str, str] = {}

    def dataset(path: str) -> bytes:
        sources = [{"source_uri": f"{place['url']}/frames.ome.zarr"}]
        return json.dumps({"state": "deferred", "id": "1", "name": "frames", "sources": sources}).encode()

    with _files(static, {"/api/datasets/": dataset}) as place["url"]:
        _page_of(static, {"dataset_id": "1"})
        yield f"{place['url']}/viewer.html"


_H5GROVE = """
import sys
from pathlib import Path
import tornado.ioloop, tornado.web
from h5grove.tornado_utils import get_handlers

static, data = sys.argv[1:]
handlers = get_handlers(data, allow_origin="*")
at = [(r"/api/datasets/1/content" + each[0] + "/?", *each[1:]) for each in handlers]
app = tornado.web.Application([*at, (r"/(.*)", tornado.web.StaticFileHandler, {"path": static})])
server = app.listen(0, "127.0.0.1")
port = next(iter(server._sockets.values())).getsockname()[1]
print(f"http://127.0.0.1:{port}/viewer.html", flush=True)
tornado.ioloop.IOLoop.current().start()
"""


@contextmanager
def _serve_h5web(folder: Path) -> Iterator[str]:
    """Serve H5Web by h5grove, which its documentation names for files on a server."""
    static = _unpacked("@galaxyproject/h5web", folder)
    _page_of(static, {"dataset_id": "1", "dataset_name": "frames.h5"})
    command = [sys.executable, "-u", "-c", _H5GROVE, str(static), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


# -- cells of notebooks ----------------------------------------------------------------------------------

_LOAD = "import numpy as np\nframes = np.load('frames.npy')\n"

_ANYPLOTLIB = """
import anyplotlib as apl
import ipywidgets
from IPython.display import display
figure, axes = apl.subplots(1, 1, figsize=(600, 600))
image = axes.imshow(frames[0], cmap="gray")
slider = ipywidgets.IntSlider(0, 0, len(frames) - 1)
slider.observe(lambda change: image.set_data(frames[change.new]), "value")
display(slider, figure)
"""

_STACKVIEW = "import stackview\nstackview.slice(frames, slice_number=0, display_min=0, display_max=255)"

_JPKL_CELL = "from jpkl import JPkl\njp = JPkl.load('frames.jpkl')\njp.view(position=(0,))"

_OPEN_DATASET = """
() => trial.until(() => {
  const found = deep("[role=treeitem], [role=treeitem] *").findLast(each => each.textContent === "frames");
  found?.click();
  return found;
})
"""

#: JPkl, which all are compared with, comes first.
PAGES: tuple[PageViewer, ...] = (
    PageViewer("JPkl (`jpkl view`)", "jpkl", _serve_jpkl, "deep('input[type=range][aria-label=z]')[0]"),
    PageViewer("HoloViews, a DynamicMap of images", "holoviews", _panel_app(_NAIVE), NOUISLIDER),
    PageViewer("hvPlot on xarray", "hvplot", _panel_app(_HVPLOT), NOUISLIDER),
    PageViewer("vizarr on OME-Zarr", "@galaxyproject/vizarr", _serve_vizarr, MUI, move=BY_MOUSE),
    PageViewer("H5Web on HDF5", "@galaxyproject/h5web", _serve_h5web, MUI, _OPEN_DATASET),
)
CELLS: tuple[CellViewer, ...] = (
    CellViewer("JPkl, in JupyterLab", "jpkl", _JPKL_CELL, "deep('input[type=range][aria-label=z]')[0]"),
    CellViewer("stackview, in JupyterLab", "stackview", _LOAD + _STACKVIEW, NOUISLIDER),
    CellViewer("anyplotlib, in JupyterLab", "anyplotlib", _LOAD + _ANYPLOTLIB, NOUISLIDER),
)
