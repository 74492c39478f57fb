"""Movies of a report's stacks: a view along a dim as MP4, with a poster of the same size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jpkl import FrameError
from jpkl.toolkit import count
from jpkl_viewer.frames.task import UNWATCHED, Task
from jpkl_viewer.model.projection import Projection
from jpkl_viewer.model.resolve import FrameRequest
from jpkl_viewer.report.shots import Shot
from jpkl_viewer.tools.export.montage import read_montage_settings
from jpkl_viewer.tools.export.movie import export_movie, find_ffmpeg
from jpkl_viewer.tools.export.panes import Picture, View
from jpkl_viewer.tools.export.seen import make_renderer
from jpkl_viewer.tools.export.stills import StillRenderer

#: Longer side of pictures in pixels: what slides and players show as it is.
SIDE = 1080


@dataclass(frozen=True)
class Movie:
    """A view along a dim.

    Attributes
    ----------
    shot : Shot
        The view.
    dim : int
        Number of the dim.
    fps : float
        Pictures per second.
    """

    shot: Shot
    dim: int
    fps: float

    @classmethod
    def of(cls, shot: Shot, dim: str | None = None, fps: float | None = None) -> Movie | None:
        """Make the movie of a view; None where there is nothing to play.

        Parameters
        ----------
        shot : Shot
            The view.
        dim : str, optional
            Name of the dim to play, in stacks that have it; by default the one that the viewer plays, or else
            the longest.
        fps : float, optional
            Pictures per second; by default as the viewer plays.

        Raises
        ------
        MissingDependencyError
            If the extra that writes movies is not installed.
        """
        found = _find_dim(shot, dim)
        if found is None:
            return None
        find_ffmpeg()  # now, rather than after a long report
        movie = cls(shot, found, shot.view.state.playback.fps if fps is None else fps)
        return movie if len(movie.indices) > 1 else None

    @property
    def name(self) -> str:
        """Name of the dim."""
        return self.shot.view.stack.dims[self.dim].name

    @cached_property
    def indices(self) -> tuple[int, ...]:
        """What is played: the indices that the report has, without damaged frames. Decodes all of them."""
        view, included = self.shot.view, self.shot.indices[self.dim]
        renderer = StillRenderer(view, self.shot.options)
        requests = ((index, renderer.request(self.dim, index)) for index in included)
        return tuple(index for index, request in requests if _can_be_read(view, request))

    @property
    def n_damaged(self) -> int:
        """Number of indices that are left out, as a frame is damaged."""
        return len(self.shot.indices[self.dim]) - len(self.indices)

    def write(self, path: Path, task: Task = UNWATCHED) -> None:
        """Write it as MP4; raises what `export_movie` raises."""
        view, options = self.shot.view, self.shot.fitted(SIDE)
        export_movie(view, path, dim=self.dim, part=self.indices, fps=self.fps, options=options, task=task)

    def poster(self) -> Picture:
        """Draw the view as the movie has it, or the first picture where a frame of the view is damaged.

        Raises
        ------
        FrameError
            If another frame that it takes is damaged.
        """
        renderer = make_renderer(self.shot.view, self.shot.fitted(SIDE))
        try:
            return renderer.at()()
        except FrameError:
            return renderer.at(self.dim, self.indices[0])()

    def __str__(self) -> str:
        return f"{count(len(self.indices), 'picture')} along {self.name}, {self.fps:g} per second"


def _find_dim(shot: Shot, wanted: str | None) -> int | None:
    """Find the dim to play: as wanted, as the viewer plays, or the longest that changes the picture."""
    view = shot.view
    dims, state = view.stack.dims, view.state
    playable = [d for d in range(len(dims)) if len(shot.indices[d]) > 1 and not _is_seen_whole(shot, d)]
    names = [dim.name for dim in dims]
    if wanted in names:
        return names.index(wanted) if names.index(wanted) in playable else None
    if state.playback.dim in playable:
        return int(state.playback.dim)
    # Channels are looked at together: one after the other is what is left.
    return max(playable, key=lambda d: (d != view.stack.channel_dim, len(shot.indices[d])), default=None)


def _is_seen_whole(shot: Shot, dim: int) -> bool:
    """Return whether all of a dim is in the picture, so that it is the same along it."""
    stack, state = shot.view.stack, shot.view.state
    montage = read_montage_settings(state.tools.get("montage"), stack)
    return (
        _is_projected_whole(state.projection, dim)
        or (montage is not None and not montage.is_strip and montage.dim == dim)
        or (dim == stack.channel_dim and state.composite)
    )


def _is_projected_whole(projection: Projection | None, dim: int) -> bool:
    return projection is not None and projection.dim == dim and projection.around is None


def _can_be_read(view: View, request: FrameRequest) -> bool:
    """Return whether the frames of a picture, and of the projections in it, are whole."""
    try:
        for layer in request.layers:
            view.frames.layer(layer)
    except FrameError:
        return False
    return True
