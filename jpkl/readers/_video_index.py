"""Which frames a video has, when each is shown, and from where it can be decoded."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jpkl._text import one_line
from jpkl.readers._damage import library

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

#: Containers that FFmpeg may take a file for. Playlists, which would make it open other files, are none.
_CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo,asf,flv,ogg,h264,hevc,m4v,gif"
#: Pixels of all frames up to which they are decoded when the file is opened, in about a second.
_MOST_TO_LOOK_THROUGH = 256 << 20
#: The value of both color differences where there is no color, and the formats that are looked at for it.
_NO_COLOR = 128
_PLANAR = ("yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p")


@dataclass(frozen=True)
class VideoIndex:
    """The frames of a video in the order in which they are shown.

    Attributes
    ----------
    stamps : tuple of int
        When each is shown, in the time base of the stream; increasing.
    keys : tuple of int
        Numbers of those from which decoding can begin.
    n_promised : int
        Frames that the file says it has, where it would know.
    is_gray : bool
        Whether red, green and blue are the same in all frames.
    is_counted : bool
        Whether frames have no time stamps, but are numbered from the beginning.
    """

    stamps: tuple[int, ...]
    keys: tuple[int, ...]
    n_promised: int
    is_gray: bool
    is_counted: bool

    def key_before(self, number: int) -> int:
        """Return the last frame up to that one from which decoding can begin."""
        at = bisect_right(self.keys, number)
        return self.keys[at - 1] if at else 0


@dataclass(frozen=True)
class _Packet:
    """What is known of a packet, mostly a frame: when it is shown, and whether decoding can begin with it."""

    stamp: int | None
    is_key: bool
    is_shown: bool
    is_cut: bool

    @classmethod
    def of(cls, packet: Packet[VideoStream]) -> _Packet:
        is_shown = not (packet.is_discard or packet.is_corrupt)
        return cls(packet.pts, packet.is_keyframe and is_shown, is_shown, packet.is_corrupt)


@dataclass(frozen=True)
class _Packets:
    """The packets of a video, in the order of the file.

    Attributes
    ----------
    each : tuple of _Packet
        All that hold something.
    n_frames : int
        Frames that the file says it has.
    n_pixels : int
        Pixels of a frame.
    is_mp4 : bool
        Whether the file knows how many frames it has, though some are missing.
    """

    each: tuple[_Packet, ...]
    n_frames: int
    n_pixels: int
    is_mp4: bool

    @classmethod
    def of(cls, path: Path) -> _Packets:
        with opened_video(path) as (container, stream):
            each = tuple(_Packet.of(packet) for packet in container.demux(stream) if packet.size)
            is_mp4 = "mp4" in container.format.name
            return cls(each, stream.frames, stream.width * stream.height, is_mp4)

    @property
    def stamps(self) -> list[int | None]:
        """When the frames are shown, as far as packets say it."""
        return [packet.stamp for packet in self.each if packet.is_shown]

    @property
    def keys(self) -> list[int]:
        """When those are shown from which decoding can begin."""
        return [packet.stamp for packet in self.each if packet.is_key and packet.stamp is not None]

    @property
    def cut(self) -> set[int | None]:
        """When those would be shown that are cut off."""
        return {packet.stamp for packet in self.each if packet.is_cut}

    @property
    def n_promised(self) -> int:
        """Frames that there should be; 0 where the file would not know."""
        if not (self.is_mp4 or self.cut):
            return 0
        return self.n_frames - sum(not packet.is_shown and not packet.is_cut for packet in self.each)

    @property
    def are_certain(self) -> bool:
        """Whether they say of each frame when it is shown, and it is not as quick to decode all."""
        stamps = self.stamps
        is_short = len(stamps) * self.n_pixels <= _MOST_TO_LOOK_THROUGH
        return not is_short and None not in stamps and len(set(stamps)) == len(stamps)


@contextmanager
def reading_video(path: Path, place: str = "") -> Iterator[None]:
    """Turn what FFmpeg says of a damaged file into one `ValueError` that names the file."""
    av = library("av", "video", "video")
    try:
        yield
    except (av.FFmpegError, IndexError, EOFError) as error:
        if str(path) in str(error) and not isinstance(error, av.FFmpegError):
            raise
        reason = one_line(getattr(error, "strerror", None) or str(error) or type(error).__name__)
        what = f"{place} is damaged" if place else f"not a readable video, of {path.stat().st_size:,} bytes"
        raise ValueError(f"{path}: {what}: {reason}") from error


@contextmanager
def opened_video(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open the first video stream of a file."""
    av = library("av", "video", "video")
    options = {"protocol_whitelist": "file", "format_whitelist": _CONTAINERS}
    # PyAV 19 replaces such characters by itself, and has no option for it.
    lenient = {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}
    with av.open(str(path.absolute()), options=options, **lenient) as container:
        if not container.streams.video:
            raise ValueError(f"{path}: holds no video stream")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        yield container, stream


def index_video(path: Path) -> VideoIndex:
    """Find the frames of a video.

    Those of a short one are decoded, which is the only way to be certain. Of others, packets are counted, and
    the first and the last frames decoded: there packets may give none.
    """
    packets = _Packets.of(path)
    is_gray = is_counted = False
    if packets.are_certain:
        found = _with_ends(path, packets)
    else:
        found, is_gray, is_counted = _look_through(path)
    if not found:
        raise ValueError(f"{path}: holds no video frames")
    cut, n_promised = packets.cut, packets.n_promised
    found = [stamp for stamp in found if stamp not in cut]
    at = {} if is_counted else {stamp: number for number, stamp in enumerate(found)}
    keys = tuple(sorted(at[key] for key in packets.keys if key in at))
    n_promised = n_promised if len(packets.stamps) < n_promised else len(found)
    return VideoIndex(tuple(found), keys, n_promised, is_gray, is_counted)


def _look_through(path: Path) -> tuple[list[int], bool, bool]:
    """Decode all frames; return when they are shown, whether all are gray, and whether they are counted."""
    stamps: list[int | None] = []
    is_gray = True
    with opened_video(path) as (container, stream):
        for frame in container.decode(stream):
            stamps.append(frame.pts)
            is_gray = is_gray and is_gray_frame(frame)
    known = [stamp for stamp in stamps if stamp is not None]
    if known == sorted(set(known)) and len(known) == len(stamps):
        return known, is_gray, False
    return list(range(len(stamps))), is_gray, True


def _with_ends(path: Path, packets: _Packets) -> list[int]:
    """Return the time stamps of packets without those at both ends that have no frame."""
    stamps = sorted(stamp for stamp in packets.stamps if stamp is not None)
    with opened_video(path) as (container, stream):
        first = next(container.decode(stream)).pts
    last_key = max(packets.keys, default=stamps[0])
    with opened_video(path) as (container, stream):
        container.seek(last_key, stream=stream)
        last = [frame.pts for frame in container.decode(stream) if frame.pts is not None]
    begin = stamps[0] if first is None else first
    until = last[0] if last else last_key
    return [stamp for stamp in stamps if begin <= stamp < until] + [stamp for stamp in last if stamp >= begin]


def is_gray_frame(frame: VideoFrame) -> bool:
    """Return whether a frame has no color."""
    if frame.format.name.startswith("gray"):
        return True
    if frame.format.name in _PLANAR:
        return all(bool((_plane(frame, number) == _NO_COLOR).all()) for number in (1, 2))
    pixels = frame.to_ndarray(format="rgb24")
    return bool((pixels == pixels[..., :1]).all())


def _plane(frame: VideoFrame, number: int) -> Any:
    plane = frame.planes[number]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]
