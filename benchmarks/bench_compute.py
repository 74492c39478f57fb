"""What the viewer computes: projections, reslices, ROI curves, montages, movies."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jpkl_viewer import JPklViewer
from jpkl_viewer.frames.frames import Frames
from jpkl_viewer.model.projection import Projection
from jpkl_viewer.model.stack import describe
from jpkl_viewer.tools.export.movie import export_movie
from jpkl_viewer.tools.montage.montage import make_grid, montage
from jpkl_viewer.tools.ortho.reslice import read_volume
from jpkl_viewer.tools.projection.projection import METHODS, project
from jpkl_viewer.tools.regions.measure import measure_along
from jpkl_viewer.tools.regions.roi import Polygon

from benchmarks._data import gray_frames, source_name
from benchmarks._page import TIMING
from benchmarks._report import Figure, print_figures
from jpkl import JPkl
from tests.browser.driver import ViewerPage, launched_browser, served

_ROI = Polygon(((100, 100), (900, 300), (500, 800)))


def main() -> None:
    print_figures(f"Computed views: {source_name()}, enlarged, q=90; medians", _figures())


def _figures() -> Iterator[Figure]:
    yield from _projections()
    yield from _reslices()
    stack = JPkl(gray_frames(1024, 200), axes="TYX")
    yield from _roi_curve(stack)
    milliseconds = _median_ms(lambda: montage(stack, make_grid(stack, (0,), 0, cell=128)))
    yield Figure("montage of 200 frames of 1024, cells of 128", milliseconds, unit="ms")
    yield _movie(stack)


def _projections() -> Iterator[Figure]:
    stack = JPkl(gray_frames(1024, 50), axes="ZYX")
    for method in METHODS:
        milliseconds = _median_ms(partial(project, stack, (0,), Projection(0, method)))
        yield Figure(f"{method} projection of 50 frames of 1024, cold", milliseconds, 400, "ms")


def _reslices() -> Iterator[Figure]:
    frames = Frames(JPkl(gray_frames(512, 100), axes="ZYX"), project, 2**28)
    assert frames.jp.cache is not None
    cache = frames.jp.cache

    def first_pass() -> None:
        cache.clear()
        read_volume(frames, (0,), 0)

    yield Figure("first pass over 100 frames of 512 for orthogonal views", _median_ms(first_pass), unit="ms")
    moves = iter(np.random.default_rng(0).integers(0, 512, (1000, 2)).tolist())

    def move_crosshair() -> None:
        x, y = next(moves)
        volume = read_volume(frames, (0,), 0)
        volume.against("x", y)
        volume.against("y", x)

    yield Figure(
        "both orthogonal views after a move of the crosshair", _median_ms(move_crosshair, 50), 300, "ms"
    )


def _roi_curve(stack: JPkl) -> Iterator[Figure]:
    description = describe(stack)

    def curve() -> Iterator[Any]:
        return measure_along(stack, description, _ROI, (100,), 0)

    what = "ROI curve over 200 frames of 1024, 240 000 pixels each"
    yield Figure(f"{what}: first points", _median_ms(lambda: next(curve())), 150, "ms")
    yield Figure(f"{what}: all points", _median_ms(lambda: list(curve()), 3), unit="ms")
    milliseconds = _roi_in_browser(stack)
    yield Figure(f"{what}: from the drawn shape to first points in the browser", milliseconds, 150, "ms")


#: Milliseconds until a region's curve begins on the screen; each time it is another region.
_DRAW = """async points => {
  const times = [];
  for (let i = 1; i <= 7; i++) {
    const start = performance.now();
    jpkl.view().setTool("rois", {dim: 0, rois: [{name: `r${i}`, shape: "polygon", points}]});
    await bench.until(() => jpkl.all(`.curve[data-roi=r${i}]`).length);
    times.push(performance.now() - start);
    await new Promise(done => setTimeout(done, 1500));
  }
  return times;
}"""


def _roi_in_browser(stack: JPkl) -> float:
    with tempfile.TemporaryDirectory() as folder, launched_browser() as browser:
        path = Path(folder) / "stack.jpkl"
        stack.save(path)
        with served(path) as url:
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.add_init_script(TIMING)
            view = ViewerPage(page, url)
            return float(statistics.median(view.evaluate(_DRAW, _ROI.vertices)))


def _movie(stack: JPkl) -> Figure:
    viewer = JPklViewer(stack, colormap="magma")
    with tempfile.TemporaryDirectory() as folder:
        milliseconds = _median_ms(lambda: export_movie(viewer, Path(folder) / "movie.mp4"), 3)
    rate = 1000 * stack.dim_sizes[0] / milliseconds
    return Figure("MP4 of 200 frames of 1024, with stamp and scale bar", rate, 30, "fps", at_most=False)


def _median_ms(function: Callable[[], Any], repeats: int = 7) -> float:
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return 1000 * statistics.median(seconds)


if __name__ == "__main__":
    main()
