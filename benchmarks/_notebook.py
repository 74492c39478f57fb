"""What shows a stack in a notebook's cell: this viewer, and what a user would take in its place.

Each is a cell, and how its slider is moved; what it paints is read from the page, whatever it draws with.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from benchmarks._page import TIMING
from benchmarks.bench_scrub import Case, Stack, numbered_stack
from jpkl import JPkl
from tests.jupyter.lab import Jupyter, NotebookPage, write_notebook

CASE = Case(1024, False, 35, 7, 24)
#: Frames for scrubs in jumps, and for two drags: none has been in the browser before.
N_JUMPS, N_DRAGGED, N_DRAGS = 60, 60, 2
N_FRAMES = N_JUMPS + N_DRAGS * N_DRAGGED

#: Seconds until a page is given up. Machines that are busy with other things take long to start a kernel.
_PATIENCE = 90


class NoPictureError(Exception):
    """A tool has not painted the stack as it was told to, e.g. in a version whose calls are others."""


@dataclass(frozen=True)
class Tool:
    """A viewer in a notebook.

    Attributes
    ----------
    name : str
        What it is called.
    package : str
        The package that it takes; where that is not installed, the tool is left out.
    cell : str
        The cell, which shows frame 0 at first. ``{jpkl}`` and ``{npy}`` are the files of the stack.
    slider : str
        Name of the JavaScript function that moves its slider.
        It is given the number of a frame.
    """

    name: str
    package: str
    cell: str
    slider: str

    def code(self, stack: Stack) -> str:
        """Return the cell for a stack."""
        return self.cell.format(jpkl=str(stack.path), npy=str(_array_path(stack.path)))


#: Starts of the cells, of this viewer and of peers, which take an array.
_STACK = "from jpkl import JPkl\njp = JPkl.load({jpkl!r})\n"
_VIEW = "position=(0,), channels=[{{'limits': (0, 255)}}]"
_ARRAY = "import numpy as np\nframes = np.load({npy!r}, mmap_mode='r')\n"
#: Bokeh's script comes from Python, as for JPkl: nothing is fetched from the web.
_INLINE = "import panel as pn\npn.extension(inline=True)\n"
_LAST = f"{N_FRAMES - 1}"

#: The viewer, which all are compared with, comes first.
_ALL = (
    Tool(
        "JPkl",
        "jpkl",
        f"{_STACK}jp.view({_VIEW})",
        "viewer",
    ),
    Tool(
        "JPkl in a layout of Panel",
        "panel",
        f"import panel as pn\n{_STACK}pn.Row(jp.view({_VIEW}))",
        "viewer",
    ),
    Tool(
        "stackview",
        "stackview",
        f"{_ARRAY}import stackview\n"
        "stackview.slice(frames, slice_number=0, display_min=0, display_max=255, zoom_factor=0.6)",
        "widget",
    ),
    Tool(
        "anyplotlib",
        "anyplotlib",
        f"{_ARRAY}import anyplotlib as apl, ipywidgets\n"
        "fig, ax = apl.subplots(figsize=(620, 620))\n"
        # Its own gray has other values: a band would not be known by them.
        "plot = ax.imshow(np.asarray(frames[0]), cmap='gist_gray', vmin=0, vmax=255)\n"
        f"z = ipywidgets.IntSlider(max={_LAST})\n"
        "z.observe(lambda change: plot.set_data(np.asarray(frames[change.new])), 'value')\n"
        "ipywidgets.VBox([fig, z])",
        "widget",
    ),
    Tool(
        "matplotlib, interact",
        "matplotlib",
        f"%matplotlib inline\n{_ARRAY}import matplotlib.pyplot as plt\n"
        "from ipywidgets import interact, IntSlider\n"
        "def show(z):\n"
        "    plt.figure(figsize=(6, 6))\n"
        "    plt.imshow(frames[z], cmap='gray', vmin=0, vmax=255)\n"
        "    plt.show()\n"
        f"interact(show, z=IntSlider(0, 0, {_LAST}));",
        "widget",
    ),
    Tool(
        "hvPlot",
        "hvplot",
        # Of what is mapped read-only, HoloViews cannot take frames out of an xarray.
        f"{_ARRAY}frames = np.array(frames)\n{_INLINE}import xarray as xr, hvplot.xarray\n"
        "array = xr.DataArray(frames, dims=['z', 'y', 'x'], name='cells',\n"
        "    coords={{d: np.arange(n) for d, n in zip('zyx', frames.shape)}})\n"
        "array.hvplot.image('x', 'y', groupby='z', cmap='gray', clim=(0, 255),\n"
        "    frame_width=560, frame_height=560, widget_location='bottom')",
        "bokeh",
    ),
    Tool(
        "naive DynamicMap",
        "holoviews",
        f"{_ARRAY}import holoviews as hv\nhv.extension('bokeh', inline=True)\n"
        "height, width = frames.shape[1:]\n"
        "def draw(z):\n"
        "    image = hv.Image(frames[z].astype(float), bounds=(0, 0, width, height))\n"
        "    return image.opts(cmap='gray', clim=(0, 255), frame_width=560, frame_height=560)\n"
        f"hv.DynamicMap(draw, kdims=[hv.Dimension('z', range=(0, {_LAST}), step=1, type=int)])",
        "bokeh",
    ),
)

TOOLS = tuple(tool for tool in _ALL if find_spec(tool.package))

#: Moves the slider of a cell, and reads what the cell has drawn. Frames are known by the gray value of their
#: band; where that is on the page, `locate` sees by two of them.
PICTURES = """
window.pictures = {
  sliders: {
    viewer: i => bench.set("z", i),
    widget: i => jpkl.all(".noUi-target").at(-1).noUiSlider.set(i),
    bokeh(i) {
      for (const document of Bokeh.documents)
        for (const model of document.all_models) if (model.type.endsWith("Slider")) model.value = i;
    },
  },
  context: new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true}),
  // All pictures of the outputs, with their sizes in pixels.
  all() {
    return jpkl.all("canvas, img")
      .filter(drawn => !drawn.closest("[data-jpkl-still], .jp-RenderedHTMLCommon figure"))
      .map(drawn => [drawn, drawn.naturalWidth ?? drawn.width, drawn.naturalHeight ?? drawn.height])
      .filter(([, width, height]) => width > 200 && height > 200);
  },
  // Gray values in the middle of each picture, from left to right; -1 where there is a color, or nothing.
  rows() {
    return this.all().map(([drawn, width, height]) => {
      const context = new OffscreenCanvas(width, 1).getContext("2d", {willReadFrequently: true});
      context.drawImage(drawn, 0, -Math.floor(height / 2));
      const {data} = context.getImageData(0, 0, width, 1);
      const isGray = ([red, green, blue, alpha]) => red === green && green === blue && alpha === 255;
      const gray = i => isGray(data.subarray(i, i + 4)) ? data[i] : -1;
      return Array.from({length: width}, (_, x) => gray(4 * x));
    });
  },
  // Where the band is, with this value: the number of the picture, and columns; null where it is not shown.
  find(value) {
    const found = this.rows().map(row => row.flatMap((gray, x) => Math.abs(gray - value) <= 1 ? [x] : []));
    const number = found.findIndex((columns, i) => columns.length > 0.1 * this.all()[i][1]);
    return number < 0 ? null : {number, columns: found[number]};
  },
  // Looks for the band with one value, moves the slider, and keeps a column that has changed as it should.
  async locate(slider, values, last) {
    this.set = this.sliders[slider];
    const before = this.find(values[0]);
    this.set(last);
    let after;
    while (!(after = this.find(values[last]))) await new Promise(requestAnimationFrame);
    const columns = after.columns.filter(x => before.columns.includes(x));
    this.place = {number: after.number, x: columns[columns.length >> 1]};
  },
  gray() {
    const [drawn, , height] = this.all()[this.place.number] ?? [];
    if (!drawn) return -1000;
    this.context.clearRect(0, 0, 1, 1);
    this.context.drawImage(drawn, -this.place.x, -Math.floor(height / 2));
    return this.context.getImageData(0, 0, 1, 1).data[0];
  },
  // Milliseconds from each move of the slider to the painted picture.
  async jumps(order, values) {
    const times = [];
    for (const i of order) {
      times.push(await bench.scrub(this.set, () => this.gray(), i, values[i]));
      await new Promise(done => setTimeout(done, 10));
    }
    return times;
  },
  // Milliseconds that the picture is behind at the end of a drag of a second.
  async drag(from, to, values) {
    const start = performance.now();
    for (let i = from; i < to; i++) {
      this.set(i);
      const next = start + (i - from + 1) * 1000 / 60;
      await new Promise(done => setTimeout(done, Math.max(0, next - performance.now())));
    }
    return bench.painted(() => this.gray(), values[to - 1]);
  },
};
"""


@dataclass(frozen=True)
class Opened:
    """A notebook whose cell was run: seconds until its first picture, and the file."""

    notebook: NotebookPage
    seconds: float
    path: Path


def make_stack(folder: Path) -> Stack:
    """Write the stack, and its frames as an array for the peers."""
    stack = numbered_stack(folder, CASE, N_FRAMES)
    np.save(_array_path(stack.path), np.moveaxis(JPkl.load(stack.path)[...], -1, 0))
    return stack


def _array_path(path: Path) -> Path:
    return path.with_suffix(".npy")


@contextmanager
def opened(jupyter: Jupyter, browser: Browser, tool: Tool, stack: Stack) -> Iterator[Opened]:
    """Show the stack in a new notebook, with its own kernel, which ends with it."""
    path = jupyter.folder / f"{len(list(jupyter.folder.glob('*.ipynb')))}.ipynb"
    write_notebook(path, [tool.code(stack)])
    notebook = jupyter.open(browser, path.name)
    notebook.page.set_default_timeout(1000 * _PATIENCE)
    notebook.evaluate(f"() => {{ {TIMING} {PICTURES} }}")
    notebook.page.wait_for_timeout(1500)  # what JupyterLab does after it is there
    try:
        yield Opened(notebook, _run(notebook, stack.values[0]), path)
    finally:
        notebook.evaluate("() => notebook.context.sessionContext.shutdown()")
        notebook.page.close()


def _run(notebook: NotebookPage, value: int) -> float:
    """Run the cell; returns the seconds until its first picture is on the screen."""
    seconds: float | None = notebook.evaluate(
        """async ([value, patience]) => {
          const start = performance.now(), passed = () => (performance.now() - start) / 1000;
          notebook.runAll();
          while (!pictures.find(value)) {
            if (passed() > patience) return null;
            await new Promise(requestAnimationFrame);
          }
          return passed();
        }""",
        [value, _PATIENCE],
    )
    if seconds is None:
        errors = "; ".join(notebook.evaluate("() => notebook.errors()"))
        raise NoPictureError(f"no picture after {_PATIENCE} s: {errors or 'no error in the cell'}")
    return seconds
