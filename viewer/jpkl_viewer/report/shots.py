"""Views of a stack that a report has as pictures: the first one, positions that were chosen, and bookmarks.

They are drawn by what exports draw them, so that projections, orthogonal views, montages and comparisons are
as on the screen, with their scale bar.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jpkl.toolkit import format_number
from jpkl_viewer.limits import BOOKMARKED_TOOLS
from jpkl_viewer.model.bookmarks import Bookmark
from jpkl_viewer.model.labels import describe_position
from jpkl_viewer.model.projection import Projection
from jpkl_viewer.model.stack import Dim, StackDescription
from jpkl_viewer.model.state import ViewState
from jpkl_viewer.report.excerpt import Choice, Excerpt, ReportedView, choose
from jpkl_viewer.report.marked import region_of_zoom
from jpkl_viewer.tools.export.colorbar import ColorScale
from jpkl_viewer.tools.export.montage import read_montage_settings
from jpkl_viewer.tools.export.panes import Picture, View
from jpkl_viewer.tools.export.seen import make_renderer
from jpkl_viewer.tools.export.stills import StillOptions, StillRenderer

#: Chosen positions of a stack at most: a report is for looking, and each of them is a picture.
MOST_STILLS = 100


@dataclass(frozen=True)
class Shot:
    """A view of a stack, to be drawn.

    Attributes
    ----------
    name : str
        What it is called: the stack, or the bookmark.
    caption : str
        What its author says of it.
    view : View
        What is seen, of the whole stack.
    options : StillOptions
        Part of the frame, and how it is drawn.
    indices : tuple of tuple of int
        The indices of each dim that the report has.
    """

    name: str
    caption: str
    view: View
    options: StillOptions
    indices: tuple[tuple[int, ...], ...]

    def fitted(self, side: int, **options: Any) -> StillOptions:
        """Return options for pictures whose longer side has about so many pixels.

        Larger ones are scaled down. Pixels of small ones are repeated, so that a scale bar can be read.
        """
        wanted = replace(self.options, **options)
        return replace(wanted, zoom=_zoom_to(side, max(make_renderer(self.view, wanted).size)))

    def picture(self, side: int) -> Picture:
        """Draw it without a stamp, as a caption has what that says; the cells of a montage keep theirs.

        Raises
        ------
        FrameError
            If a frame is damaged.
        """
        has_cells = read_montage_settings(self.view.state.tools.get("montage"), self.view.stack)
        options = self.fitted(side) if has_cells else self.fitted(side, stamp=False)
        return make_renderer(self.view, options).at()()

    def legend(self) -> list[ColorScale]:
        """Say what its colors stand for: channels, or intensities.

        Raises
        ------
        FrameError
            If that takes a frame that is damaged.
        """
        renderer = StillRenderer(self.view, self.options)
        return renderer.color_scales(renderer.request())

    @property
    def position(self) -> str:
        """What distinguishes its position from others of the stack, as text."""
        state = self.view.state
        return describe_position(self.view.stack, state.position, with_channel=not state.composite)

    @property
    def where(self) -> str:
        """Position, channels, and size where that is known, as text."""
        return ", ".join(_say_where(self.view.stack, self.view.state, self.options))


@dataclass(frozen=True)
class Shots:
    """What a report has of one stack: its first view, chosen positions, and bookmarks."""

    first: Shot
    chosen: tuple[Shot, ...]
    marked: tuple[Shot, ...]

    @classmethod
    def of(
        cls, viewer: ReportedView, excerpt: Excerpt, stills: Mapping[str, Choice], marked: Sequence[Bookmark]
    ) -> Shots:
        """Collect them.

        Parameters
        ----------
        viewer : ReportedView
            The viewer of the stack.
        excerpt : Excerpt
            What the report has of it.
        stills : mapping of str to int, slice or sequence of int
            Positions to show, by the names of the dims.
        marked : sequence of Bookmark
            Its bookmarks, with complete settings.

        Raises
        ------
        ValueError
            If there are no such positions in the report, or too many.
        """
        position = [
            chosen[i] for chosen, i in zip(excerpt.indices, excerpt.settings["position"], strict=True)
        ]
        settings = {**viewer.state.settings(), "position": position}
        if excerpt.settings["projection"] is None:  # the report does not have its frames
            settings["projection"] = None
        at = _positions(viewer.stack, excerpt, position, stills)
        return cls(
            _shot(viewer, excerpt, settings),
            tuple(_shot(viewer, excerpt, {**settings, "position": each}) for each in at),
            tuple(_shot(viewer, excerpt, _settings_at(each, settings), each) for each in marked),
        )


def _settings_at(bookmark: Bookmark, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a viewer shows after it has gone to a bookmark: regions, for one, stay."""
    kept = {name: of for name, of in settings["tools"].items() if name not in BOOKMARKED_TOOLS}
    return {**settings, **bookmark.settings, "tools": {**kept, **bookmark.settings["tools"]}}


def _shot(
    viewer: ReportedView, excerpt: Excerpt, settings: Mapping[str, Any], bookmark: Bookmark | None = None
) -> Shot:
    state = ViewState(viewer.stack)
    state.restore(settings)
    rows, columns = excerpt.crop
    is_cropped = (rows.stop - rows.start, columns.stop - columns.start) != viewer.jp.shape[:2]
    zoom = None if bookmark is None else bookmark.zoom
    options = StillOptions(
        region=region_of_zoom(zoom, viewer.stack, excerpt.crop) if zoom or is_cropped else None,
        # What a crop leaves out is in no cell of a montage.
        layout=not (is_cropped and read_montage_settings(state.tools.get("montage"), viewer.stack)),
        turned=viewer.overlay is None,
    )
    view = View(viewer.frames, viewer.stack, state, viewer.title, viewer.others)
    name, caption = (excerpt.title, "") if bookmark is None else (bookmark.name, bookmark.caption)
    return Shot(name, caption, view, options, excerpt.indices)


def _positions(
    stack: StackDescription, excerpt: Excerpt, position: Sequence[int], stills: Mapping[str, Choice]
) -> list[tuple[int, ...]]:
    """Find the positions that were chosen: all combinations, and the present index of the other dims."""
    if not any(dim.name in stills for dim in stack.dims):
        return []
    ways = []
    for d, dim in enumerate(stack.dims):
        wanted = (position[d],) if dim.name not in stills else _chosen(dim, stills[dim.name])
        there = [index for index in wanted if index in excerpt.indices[d]]
        if not there:
            raise ValueError(f"stills: the report has none of {dim.name} {stills[dim.name]}")
        ways.append(there)
    found = list(itertools.islice(itertools.product(*ways), MOST_STILLS + 1))
    if len(found) > MOST_STILLS:
        raise ValueError(f"stills: a stack has {MOST_STILLS} at most; choose fewer positions")
    return found


def _chosen(dim: Dim, choice: Choice) -> tuple[int, ...]:
    try:
        return choose(dim, choice)
    except (IndexError, ValueError) as error:
        raise ValueError(f"stills: {error}") from error


def _zoom_to(side: int, longest: int) -> float:
    """Find the zoom at which pixels are averaged to fit, or repeated to fill about half of the room."""
    return side / longest if longest > side else min(64, max(1, round(side / 2 / longest)))


def _say_where(stack: StackDescription, state: ViewState, options: StillOptions) -> Iterator[str]:
    for d, (dim, index) in enumerate(zip(stack.dims, state.position, strict=True)):
        if state.projection is not None and d == state.projection.dim:
            yield _say_projection(dim, state.projection.at(stack.dim_sizes, state.position))
        elif d != stack.channel_dim:
            yield f"{dim.name} {dim.label(index) or index}"
    if stack.channel_dim is not None:
        yield _say_channels(stack, state)
    if stack.pixel_size is not None:
        yield _say_size(stack, stack.pixel_size, options)


def _say_projection(dim: Dim, projection: Projection) -> str:
    indices = range(dim.size)[projection.start : projection.stop]
    return f"{dim.name} {projection.method} {indices[0]}–{indices[-1]}"


def _say_channels(stack: StackDescription, state: ViewState) -> str:
    assert stack.channel_dim is not None
    if not state.composite:
        name: str = stack.channels[state.position[stack.channel_dim]].name
        return name
    both = zip(stack.channels, state.channels, strict=True)
    names = [channel.name for channel, display in both if display.visible]
    return " + ".join(names) or "no channel"


def _say_size(stack: StackDescription, pixel_size: tuple[float, float], options: StillOptions) -> str:
    x0, y0, x1, y1 = options.region or (0, 0, stack.width, stack.height)
    height, width = (y1 - y0) * pixel_size[0], (x1 - x0) * pixel_size[1]
    return f"{format_number(width, 3)} × {format_number(height, 3)} {stack.pixel_unit}".rstrip()
