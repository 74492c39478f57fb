"""Golden vectors of what pages without Python compute in the browser: see `tests.tools.vectors`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import numpy as np
from jpkl_viewer.browser.description import describe_for_browser
from jpkl_viewer.frames.frames import Frames
from jpkl_viewer.frames.task import UNWATCHED
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.frames.volumes import decode_volume
from jpkl_viewer.limits import PROJECTION_METHODS
from jpkl_viewer.model.projection import Projection
from jpkl_viewer.model.runs import make_run
from jpkl_viewer.model.stack import StackDescription, describe
from jpkl_viewer.tools.montage.montage import make_grid
from jpkl_viewer.tools.ortho.reslice import Volume
from jpkl_viewer.tools.projection.projection import project
from jpkl_viewer.tools.regions.answers import ANSWERS
from jpkl_viewer.tools.regions.plain import parse_roi
from jpkl_viewer.tools.regions.roi import find_pixels
from numpy.typing import NDArray
from PIL import Image

from jpkl import JPkl

METADATA = {
    "coords": {"time": [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]},
    "units": {"time": "s"},
    "channel_names": ["DNA", "=actin, x"],
    "pixel_size": (0.5, 0.25),
    "pixel_unit": "µm",
}

#: Height and width of the frames, and their other dims.
SHAPE = (19, 23)
DIMS = (7, 2)

ROIS: list[dict[str, Any]] = [
    {"name": "r1", "shape": "rectangle", "points": [[-3.5, 2.25], [8.5, 9]]},
    {"name": "r2", "shape": "ellipse", "points": [[4.5, 3.5], [15.5, 12.5]], "label": "a nucleus, 2nd"},
    {"name": "r3", "shape": "polygon", "points": [[2, 2], [20, 4], [12.5, 17], [6, 11], [18, 9]]},
    {"name": "r4", "shape": "line", "points": [[1.5, 2], [20.25, 16.5]]},
    {"name": "r5", "shape": "line", "points": [[-4, 7], [30, 7]]},
    {"name": "r6", "shape": "point", "points": [[22.4, 0.5]]},
    {"name": "r7", "shape": "freehand", "points": [[0.00001, 0], [0, 18], [22, 18], [22, 0], [11, 9]]},
    {"name": "r8", "shape": "ellipse", "points": [[-2, 15], [3, 30.125]]},
]

NOT_MEASURED: list[dict[str, Any]] = [
    {"name": "r1", "shape": "rectangle", "points": [[0.1, 0.1], [0.9, 0.9]]},
    {"name": "r2", "shape": "line", "points": [[-30, 0], [-2, 9]]},
    {"name": "r3", "shape": "rectangle", "points": [[0, 0], [2000000, 4]]},
]

#: Sizes that pictures are brought to.
SIZES = [(23, 19), (11, 9), (7, 19), (23, 4), (1, 1), (10, 17)]

#: Height, width, aspect and indices of stacks; the cell, columns and step that are asked for.
GRIDS = [
    (512, 512, 1.0, 8, 100, 7, 1),
    (513, 300, 1.0, 8, 128, 9, 3),
    (196, 171, 1.0, 51, 84, 10, 1),
    (100, 1000, 2.5, 5, 333, 12, 1),
    (64, 64, 0.3, 9, 200, 2, 2),
    (200, 300, 1.0, 3, 1, 1, 1),
]


class Decoded:
    """Stands for a stack in what reads frames: its pixels are given, not decoded."""

    cache = None

    def __init__(self, pixels: NDArray[np.uint8], n_dims: int) -> None:
        self.pixels = pixels
        self.frame_shape = pixels.shape[:-n_dims]
        self.dim_sizes = pixels.shape[-n_dims:]

    def decode(self, where: Any, scale: int = 1) -> NDArray[np.uint8]:
        """Index the pixels."""
        assert scale == 1
        return self.pixels[where]

    def __getitem__(self, where: Any) -> NDArray[np.uint8]:
        return self.pixels[where]


class _Frames:
    """Stands for the frames of that stack."""

    def __init__(self, jp: Decoded) -> None:
        self.jp = self.measured = jp

    def pixels(self, index: tuple[int, ...]) -> NDArray[np.uint8]:
        return self.jp[(..., *index)]

    measured_pixels = pixels


def gray() -> tuple[StackDescription, Decoded]:
    """A gray stack with times and channels, whose values say what they are in the units of its file."""
    pixels = np.random.default_rng(5).integers(0, 256, (*SHAPE, *DIMS), dtype=np.uint8)
    pixels[3:12, 5:14] //= 3
    images = np.zeros((*SHAPE, *DIMS), np.uint16)
    images[..., 1] = 4000
    images[0, 0] = 65000
    jp = JPkl(
        images,
        dim_names=["time", "channel"],
        metadata=METADATA,
        display_range=[[[7, 3007], [0, 65535]]],
        fidelity=None,
    )
    return describe(jp), Decoded(pixels, 2)


def color() -> tuple[StackDescription, Decoded]:
    """A stack in color."""
    pixels = np.random.default_rng(6).integers(0, 256, (*SHAPE, 3, 5), dtype=np.uint8)
    return describe(JPkl(pixels, dim_names=["z"], color=True, fidelity=None)), Decoded(pixels, 1)


def make_local() -> dict[str, Any]:
    """What tools compute, of a gray stack and of one in color."""
    return {
        "stacks": [_stack_case(*gray()), _stack_case(*color())],
        "resized": [_resized(size, samples) for size in SIZES for samples in (1, 3)],
        "grids": [_grid_case(*case) for case in GRIDS],
    }


def _stack_case(stack: StackDescription, jp: Decoded) -> dict[str, Any]:
    n_dims = len(jp.dim_sizes)
    frames = np.moveaxis(jp.pixels, range(-n_dims, 0), range(n_dims))
    return {
        "stack": describe_for_browser(stack, "folder/stack.v2.jpkl"),
        "frames": [frame.tobytes().hex() for frame in frames.reshape(-1, *jp.frame_shape)],
        "projections": list(_projections(jp)),
        "cuts": list(_cuts(jp)),
        "answers": list(_answers(stack, jp)),
        "masks": [_mask_case(item) for item in ROIS],
    }


def _projections(jp: Decoded) -> Iterator[dict[str, Any]]:
    for method in PROJECTION_METHODS:
        for dim, start, stop in ((0, 0, 7), (0, 1, 3), (len(jp.dim_sizes) - 1, 0, 2)):
            position = [1] * len(jp.dim_sizes)
            projection = Projection(dim, method, start, min(stop, jp.dim_sizes[dim]))
            found = project(cast(JPkl, jp), position, projection)
            plain = {"dim": dim, "method": method, "start": start, "stop": projection.stop}
            yield {"position": position, "projection": plain, "pixels": found.tobytes().hex()}


def _cuts(jp: Decoded) -> Iterator[dict[str, Any]]:
    position = [1] * len(jp.dim_sizes)
    run = make_run(jp.dim_sizes, position, 0)
    volume = Volume(decode_volume(cast(JPkl, jp), run), 1, jp.frame_shape)
    cuts = ((0, 0, 0, "max"), (22, 18, 3, "max"), (5, 11, 2, "mean"), (5, 11, 40, "min"))
    for x, y, half, method in cuts:
        views = [
            volume.against("x", y, half, method).pixels,
            volume.against("y", x, half, method).pixels,
        ]
        yield {
            "position": position,
            "x": x,
            "y": y,
            "slab": {"half": half, "method": method},
            "views": [{"height": v.shape[0], "width": v.shape[1], "data": v.tobytes().hex()} for v in views],
        }


def _answers(stack: StackDescription, jp: Decoded) -> Iterator[dict[str, Any]]:
    """Questions of the tool of regions, and all that it is answered."""
    viewed = ViewedStack(stack, cast(Frames, _Frames(jp)), "folder/stack.v2.jpkl")
    position = [2, 1][: len(jp.dim_sizes)]
    base = {"rois": ROIS, "position": position, "dim": 0}
    lines = {**base, "rois": ROIS[3:5]}
    one = {**base, "rois": [{**ROIS[0], "position": [0] * len(position)}, ROIS[2]]}
    for message in (
        {"what": "measure", **base},
        {"what": "measure", **base, "rois": NOT_MEASURED},
        {"what": "measure", **one, "dim": None},
        {"what": "profiles", **lines},
        {"what": "profiles", **base, "rois": NOT_MEASURED[1:2]},
        {"what": "statistics csv", **base, "all_channels": True, "scale": "dff", "baseline": 0},
        {"what": "statistics csv", **base, "scale": "dff", "baseline": 3},
        {"what": "statistics csv", **one, "scale": "unit"},
        {"what": "regions csv", **base, "all_channels": True},
        {"what": "regions csv", **base},
        {"what": "profile csv", **lines},
        {"what": "profile csv", **lines, "all_channels": True},
        {"what": "save regions", **base, "format": "geojson"},
    ):
        yield {"message": message, "answers": list(map(_plain_answer, _ask(viewed, message)))}


def _ask(stack: ViewedStack, message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return ANSWERS[message["what"]].compute(stack, message, UNWATCHED)


def _plain_answer(answer: Mapping[str, Any]) -> dict[str, Any]:
    data = answer.get("data")
    return {**answer, **({"data": data.decode()} if isinstance(data, bytes) else {})}


def _mask_case(item: dict[str, Any]) -> dict[str, Any]:
    found = find_pixels(parse_roi(item), *SHAPE)
    mask = np.zeros(SHAPE, np.bool_)
    mask[found.rows, found.columns] = found.mask
    return {"roi": item, "mask": to_rows(mask), "isClipped": found.is_clipped}


def to_rows(mask: NDArray[np.bool_]) -> list[str]:
    """A mask as it is read: a letter for each pixel."""
    return ["".join("#" if pixel else "." for pixel in row) for row in mask.tolist()]


def _resized(size: tuple[int, int], samples: int) -> dict[str, Any]:
    shape = (19, 23, 3)[: 2 if samples == 1 else 3]
    pixels = np.random.default_rng(9).integers(0, 256, shape, dtype=np.uint8)
    found = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX))
    return {
        "from": {"height": 19, "width": 23, "samples": samples, "data": pixels.tobytes().hex()},
        "size": size,
        "data": found.tobytes().hex(),
    }


def _grid_case(
    height: int, width: int, aspect: float, n: int, cell: int, columns: int, every: int
) -> dict[str, Any]:
    images = np.broadcast_to(np.uint8(0), (height, width, n))
    size = {"pixel_size": (aspect, 1.0)}
    jp = JPkl(np.ascontiguousarray(images), dim_names=["time"], metadata=size, jpeg_quality=50, fidelity=None)
    grid = make_grid(jp, (0,), 0, part=slice(None, None, every), cell=cell, columns=columns)
    return {
        "stack": describe_for_browser(describe(jp), "grid"),
        "arrangement": {"cell": cell, "columns": columns, "every": every},
        "columns": grid.columns,
        "rows": grid.rows,
        "cell": [grid.cell_width, grid.cell_height],
        "size": list(grid.shape),
        "indices": list(grid.run.indices),
    }
