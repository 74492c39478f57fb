"""What is seen along a dim, as a GIF or MP4."""

from __future__ import annotations

import errno
import os
import subprocess
import tempfile
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from os import PathLike, fspath
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jpkl import JPklError, MissingDependencyError
from jpkl.toolkit import replacing, thread_pool
from jpkl_viewer.frames.task import UNWATCHED, Task
from jpkl_viewer.model.runs import dim_number
from jpkl_viewer.tools.export.montage import Arrangement
from jpkl_viewer.tools.export.panes import Renderer, SeenView
from jpkl_viewer.tools.export.seen import make_renderer
from jpkl_viewer.tools.export.stills import StillOptions

Picture = NDArray[np.uint8]

#: Threads that make pictures, and how many are made ahead of the encoder.
_WORKERS, _AHEAD = 2, 4

#: libx264: quality that the eye takes for the original. Slower presets make the file a fifth smaller, and
#: take two to four times as long.
_PRESET, _CRF = "ultrafast", 18

_BT709 = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")

#: Even sides, as most players want 4:2:0: one black row or column more, nothing is stretched.
_FILTER = "scale=out_color_matrix=bt709:out_range=tv,pad=ceil(iw/2)*2:ceil(ih/2)*2"

#: GIF counts in hundredths of a second, and browsers slow down what is below two.
_MAX_GIF_FPS = 50

#: Most pixels of all pictures of a GIF.
_MAX_GIF_NBYTES = 10**9


class MovieError(JPklError, RuntimeError):
    """The encoder failed; says what it said."""


def export_movie(
    viewed: SeenView,
    path: str | PathLike[str],
    *,
    dim: str | int | None = None,
    part: slice | Sequence[int] = slice(None),
    fps: float | None = None,
    options: StillOptions | None = None,
    arrangement: Arrangement | None = None,
    task: Task = UNWATCHED,
) -> None:
    """Write the view along a dim as a movie.

    The view is taken as it is when the export begins.

    Parameters
    ----------
    viewed : SeenView
        Usually a `JPklViewer`.
    path : path-like
        Ends in ``.mp4`` (H.264; needs the extra ``movie``) or ``.gif`` (256 colors a frame, for short ones:
        it is put together in memory). The file appears only when it is complete.
    dim : str or int, optional
        Name or number of the dim; by default the one that is played.
    part : slice or sequence of int
        Part of it, in the direction of the step, or its indices in the order of the movie; all by default.
    fps : float, optional
        Frames per second; by default as it is played. A GIF has at most 50.
    options : StillOptions, optional
        Part of the frame, zoom, and what is drawn in.
    arrangement : Arrangement, optional
        How the screen arranges a montage.
    task : Task
        For progress, and to end early.

    Raises
    ------
    ValueError
        If there is no such dim, the part is empty, the dim is projected, the name ends otherwise, or a
        GIF would be too large.
    FrameError
        If a frame is damaged; names it.
    MissingDependencyError
        If the extra is not installed.
    MovieError, OSError
        If the movie cannot be encoded or written.
    CancelledError
        If the export is no longer wanted.
    """
    suffix = Path(fspath(path)).suffix.lower()
    if suffix not in (".mp4", ".gif"):
        raise ValueError(f"a movie is named .mp4 or .gif, not {fspath(path)!r}")
    fps = viewed.state.playback.fps if fps is None else fps
    if not 0 < fps <= 1000:
        raise ValueError(f"fps must be above 0 and at most 1000, not {fps}")
    if not viewed.stack.dims:
        raise ValueError("the stack is a single picture, and a movie runs along a dim: export it as .png")
    names = [each.name for each in viewed.stack.dims]
    number = dim_number(names, viewed.state.playback.dim if dim is None else dim)
    indices = range(*part.indices(viewed.stack.dims[number].size)) if isinstance(part, slice) else part
    if not indices:
        raise ValueError(f"part {part} of {names[number]} is empty")
    projection = viewed.state.projection
    if projection is not None and projection.dim == number and projection.around is None:
        raise ValueError(
            f"{names[number]} is projected, so that all pictures along it are the same: "
            "switch the projection off, or choose another dim"
        )
    renderer = make_renderer(viewed, options, arrangement)
    if suffix == ".gif":
        _check_size(renderer.size, len(indices))
    pictures = _pictures(renderer, number, indices, task)
    with closing(pictures), replacing(path) as file:
        if suffix == ".gif":
            _write_gif(file, pictures, len(indices), fps)
        else:
            _write_mp4(Path(file.name), pictures, renderer.size, fps)
    if task.progress is not None:
        task.progress(len(indices), len(indices))


def _check_size(size: tuple[int, int], n: int) -> None:
    nbytes = size[0] * size[1] * n
    if nbytes > _MAX_GIF_NBYTES:
        raise ValueError(
            f"{n} pictures of {size[0]} x {size[1]} take {nbytes / 1e9:.1f} GB as a GIF, which is put "
            "together in memory: write fewer of them, smaller ones, or an MP4"
        )


def _pictures(
    renderer: Renderer, dim: int, indices: Sequence[int], task: Task
) -> Generator[Picture, None, None]:
    """Yield the pictures in order, rendered in threads a few ahead of the encoder."""
    pending: deque[Future[Picture]] = deque()
    with thread_pool(_WORKERS, "jpkl-movie") as pool:
        try:
            for done, index in enumerate(indices):
                pending.append(pool.submit(renderer.at(dim, index)))
                if len(pending) > _AHEAD:
                    task.report(done - _AHEAD, len(indices))
                    yield pending.popleft().result()
            while pending:
                task.report(len(indices) - len(pending), len(indices))
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


def _write_gif(file: BinaryIO, pictures: Iterator[Picture], n: int, fps: float) -> None:
    first, *rest = map(_with_palette, pictures)
    # Rounded times, not rounded durations: the movie as a whole takes as long as it should.
    times = np.rint(100 * np.arange(n + 1) / min(fps, _MAX_GIF_FPS)).astype(int) * 10
    first.save(
        file,
        "GIF",
        save_all=True,
        append_images=rest,
        duration=np.diff(times).tolist(),
        loop=0,
        optimize=False,
        disposal=1,
    )


def _with_palette(picture: Picture) -> Image.Image:
    gray = picture[..., 0]
    if (gray == picture[..., 1]).all() and (gray == picture[..., 2]).all():
        return Image.fromarray(np.ascontiguousarray(gray))  # 256 grays: nothing is lost
    return Image.fromarray(picture).quantize(256, dither=Image.Dither.NONE)


def _write_mp4(path: Path, pictures: Iterator[Picture], size: tuple[int, int], fps: float) -> None:
    width, height = size
    command = [find_ffmpeg(), "-y", "-loglevel", "error"]
    command += [
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-s",
        f"{width}x{height}",
        "-r",
        f"{fps:.6f}",
        "-i",
        "-",
    ]
    command += ["-an", "-c:v", "libx264", "-preset", _PRESET, "-crf", str(_CRF), "-vf", _FILTER]
    command += ["-pix_fmt", "yuv420p", *_BT709, "-movflags", "+faststart", "-f", "mp4", str(path)]
    with tempfile.TemporaryFile() as log:
        # Its own session: Ctrl-C reaches this process, which then ends the encoder.
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log, start_new_session=True
        )
        try:
            _feed(process, pictures)
            failed = process.wait() != 0
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if failed:
            log.seek(0)
            said = log.read().decode(errors="replace").strip()
            if os.strerror(errno.ENOSPC) in said or process.returncode == 256 - errno.ENOSPC:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            raise MovieError(f"the movie could not be encoded: {said or f'exit code {process.returncode}'}")


def _feed(process: subprocess.Popen[bytes], pictures: Iterator[Picture]) -> None:
    assert process.stdin is not None
    try:
        with process.stdin as pipe:
            for picture in pictures:
                pipe.write(np.ascontiguousarray(picture).data)
    except BrokenPipeError:  # the encoder has ended: its exit code and log say why
        return


def find_ffmpeg() -> str:
    """Find the program that writes MP4.

    Raises
    ------
    MissingDependencyError
        If the extra is not installed.
    """
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise MissingDependencyError("Writing MP4", "movie") from error
    return str(imageio_ffmpeg.get_ffmpeg_exe())
