"""What a user would pick in place of JPkl to keep frames in one file, each as its own documentation advises.

Frames are gray, ``(n, height, width)`` of uint8. A peer that is lossy takes a quality of its own scale.
"""

from __future__ import annotations

import io
import pickle
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jpkl import JPkl

Frames = NDArray[np.uint8]

#: Frames of a shard of Zarr, and of a chunk that HDF5 and Blosc2 keep in their cache.
_SHARD = 100


class Opened(Protocol):
    """A file of frames that is open."""

    def frame(self, i: int) -> Frames: ...

    def crop(self, i: int, side: int) -> Frames: ...

    def all(self) -> Frames: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Peer(ABC):
    """A way to keep frames.

    Attributes
    ----------
    name : str
        As it is printed.
    suffix : str
        Of its files.
    qualities : tuple of int
        From the smallest files to the largest; empty where it is lossless.
    most_frames : int
        How many small frames it can be asked to keep.
    """

    name: str
    suffix: str
    qualities: tuple[int, ...] = ()
    most_frames: int = 1_000_000

    @abstractmethod
    def write(self, frames: Frames, path: Path, quality: int | None) -> None:
        """Write a file."""

    @abstractmethod
    def open(self, path: Path) -> Opened:
        """Open it."""


@dataclass
class Sliced:
    """A file that is indexed like an array, the frames first."""

    array: Any
    close: Callable[[], None] = field(default=lambda: None)

    def frame(self, i: int) -> Frames:
        return np.asarray(self.array[i])

    def crop(self, i: int, side: int) -> Frames:
        return np.asarray(self.array[i, :side, :side])

    def all(self) -> Frames:
        return np.asarray(self.array[:])


class OfWhole(ABC):
    """A file of which no part of a frame can be decoded."""

    @abstractmethod
    def frame(self, i: int) -> Frames: ...

    def crop(self, i: int, side: int) -> Frames:
        return self.frame(i)[:side, :side]


# -- JPkl ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OfJPkl(Peer):
    """JPkl with one kind of JPEG tables."""

    tables: str = "standard"

    def write(self, frames: Frames, path: Path, quality: int | None) -> None:
        assert quality is not None
        JPkl(frames, axes="TYX", jpeg_quality=quality, jpeg_tables=self.tables).save(path)  # type: ignore[arg-type]

    def open(self, path: Path) -> Opened:
        stack = JPkl.load(path)
        return Sliced(stack.frames_first, stack.close)


# -- JPEG in other containers ----------------------------------------------------------------------------


class OfPickle(Peer):
    """A pickled dict of JPEGs by Pillow, as JPkl of 2018 kept them."""

    def write(self, frames: Frames, path: Path, quality: int | None) -> None:
        images = {}
        for i, frame in enumerate(frames):
            buffer = io.BytesIO()
            Image.fromarray(frame).save(buffer, "JPEG", quality=quality)
            images[(i,)] = buffer.getvalue()
        with path.open("wb") as file:
            pickle.dump({"header": ("JPkl", "1"), "images": images}, file)

    def open(self, path: Path) -> Opened:
        with path.open("rb") as file:
            return _Pickled(pickle.load(file)["images"])


@dataclass
class _Pickled(OfWhole):
    images: dict[tuple[int], bytes]

    def frame(self, i: int) -> Frames:
        return np.asarray(Image.open(io.BytesIO(self.images[(i,)])))

    def all(self) -> Frames:
        return np.stack([self.frame(i) for i in range(len(self.images))])

    def close(self) -> None:
        self.images = {}


@dataclass(frozen=True)
class OfTiff(Peer):
    """TIFF by tifffile."""

    compression: str = "jpeg"

    def write(self, frames: Frames, path: Path, quality: int | None) -> None:
        import tifffile

        options: dict[str, Any] = {} if quality is None else {"compressionargs": {"level": quality}}
        tifffile.imwrite(
            path, frames, photometric="minisblack", compression=self.compression, bigtiff=True, **options
        )

    def open(self, path: Path) -> Opened:
        import tifffile

        return _Tiff(tifffile.TiffFile(path))


@dataclass
class _Tiff(OfWhole):
    file: Any

    def frame(self, i: int) -> Frames:
        return np.asarray(self.file.pages[i].asarray())

    def all(self) -> Frames:
        return np.asarray(self.file.asarray())

    def close(self) -> None:
        self.file.close()


@dataclass(frozen=True)
class OfZarr(Peer):
    """A Zarr array, one frame a chunk: of v3 in shards, or of v2 with the JPEG codec of imagecodecs."""

    codec: str = "zstd"

    def write(self, frames: Frames, path: Path, quality: int | None) -> None:
        import zarr

        chunk = (1, *frames.shape[1:])
        if quality is None:
            shard = (min(_SHARD, len(frames)), *frames.shape[1:])
            array = zarr.create_array(
                path, shape=_padded(frames, shard), dtype="u1", chunks=chunk, shards=shard
            )
            array[: len(frames)] = frames
            return
        from imagecodecs.numcodecs import Jpeg, register_codecs

        register_codecs("imagecodecs_jpeg", verbose=False)
        zarr.create_array(
            path, data=frames, chunks=chunk, zarr_format=2, compressors=Jpeg(level=quality), overwrite=True
        )

    def open(self, path: Path) -> Opened:
        import zarr
        from imagecodecs.numcodecs import register_codecs

        register_codecs("imagecodecs_jpeg", verbose=False)
        return Sliced(zarr.open_array(path, mode="r"))


def _padded(frames: Frames, shard: tuple[int, ...]) -> tuple[int, ...]:
    return (-(-len(frames) // shard[0]) * shard[0], *frames.shape[1:])


# -- lossless and raw ------------------------------------------------------------------------------------


class OfHdf5(Peer):
    """HDF5 with Blosc2 and zstd, one frame a chunk."""

    def write(self, frames: Frames, path: Path, quality: int | None) -> None:
        import h5py
        import hdf5plugin

        with h5py.File(path, "w") as file:
            file.create_dataset(
                "frames", data=frames, chunks=(1, *frames.shape[1:]), **hdf5plugin.Blosc2(cname="zstd")
            )

    def open(self, path: Path) -> Opened:
        import h5py
        import hdf5plugin  # noqa: F401  # registers the filter

        file = h5py.File(path)
        return Sliced(file["frames"], file.close)


class OfBlosc2(Peer):
    """An array of Blosc2 in a file, one frame a chunk."""

    def write(self, frames: Frames, path: Path, quality: int | None) -> None:
        import blosc2

        blosc2.asarray(frames, urlpath=str(path), mode="w", chunks=(1, *frames.shape[1:]))

    def open(self, path: Path) -> Opened:
        import blosc2

        return _OfBlosc2(blosc2.open(str(path), mode="r"))


class _OfBlosc2(Sliced):
    def frame(self, i: int) -> Frames:
        frame: Frames = super().frame(i)
        return frame.reshape(frame.shape[-2:])


class OfNpy(Peer):
    """A plain array on disk, mapped."""

    def write(self, frames: Frames, path: Path, quality: int | None) -> None:
        np.save(path, frames)

    def open(self, path: Path) -> Opened:
        return _Mapped(np.load(path, mmap_mode="r"))


class _Mapped(Sliced):
    def frame(self, i: int) -> Frames:
        return np.array(self.array[i])

    def all(self) -> Frames:
        return np.array(self.array)


# -- movies ----------------------------------------------------------------------------------------------


class OfMovie(Peer):
    """A movie as FFmpeg makes it by default; the quality is the negative of its CRF."""

    def write(self, frames: Frames, path: Path, quality: int | None) -> None:
        import av

        assert quality is not None
        with av.open(str(path), "w") as file:
            stream = file.add_stream("libx264", rate=25, options={"crf": str(-quality)})
            stream.height, stream.width = frames.shape[1:]
            stream.pix_fmt = "yuv420p"
            for frame in frames:
                file.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "gray")))
            file.mux(stream.encode(None))

    def open(self, path: Path) -> Opened:
        import av

        return _Movie(av.open(str(path)))


@dataclass
class _Movie(OfWhole):
    file: Any

    def __post_init__(self) -> None:
        self._stream = self.file.streams.video[0]
        self._stream.thread_type = "AUTO"
        self._tick = Fraction(1, 25) / self._stream.time_base
        self._decoding: Any = iter(())
        self._next = -1

    def frame(self, i: int) -> Frames:
        if i != self._next:
            self.file.seek(int(i * self._tick), stream=self._stream)
            self._decoding = self.file.decode(self._stream)
        for decoded in self._decoding:
            if decoded.pts >= i * self._tick:
                self._next = i + 1
                return np.asarray(decoded.to_ndarray(format="gray"))
        raise IndexError(i)

    def all(self) -> Frames:
        self.file.seek(0, stream=self._stream)
        self._next = -1
        return np.stack([each.to_ndarray(format="gray") for each in self.file.decode(self._stream)])

    def close(self) -> None:
        self.file.close()


#: JPkl, which all are compared with, comes first.
_JPEG = (80, 85, 90, 93, 95)
PEERS: tuple[Peer, ...] = (
    OfJPkl("JPkl", ".jpkl", _JPEG),
    OfJPkl("JPkl, fitted tables", ".jpkl", (70, 80, 85, 90, 93), tables="fitted"),
    OfPickle("pickle of JPEGs (JPkl of 2018)", ".pickle", _JPEG),
    OfTiff("TIFF, JPEG (tifffile)", ".tif", _JPEG),
    OfZarr("Zarr, JPEG (imagecodecs)", ".zarr", _JPEG, 100_000, codec="jpeg"),
    OfMovie("H.264 movie (PyAV)", ".mp4", (-28, -24, -20, -16, -12), 0),
    OfTiff("TIFF, zstd (tifffile)", ".tif", compression="zstd"),
    OfZarr("Zarr v3 in shards, zstd", ".zarr", most_frames=100_000),
    OfHdf5("HDF5, Blosc2 zstd", ".h5"),
    OfBlosc2("Blosc2 b2nd", ".b2nd", most_frames=100_000),
    OfNpy(".npy, mapped", ".npy"),
)
