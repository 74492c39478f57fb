"""Video: the frames that there are, each exactly, in any order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from jpkl.readers import open_image
from tests.conftest import shared_data

av = pytest.importorskip("av")

FRAMES = np.random.default_rng(3).integers(0, 256, (40, 8, 12, 3), np.uint8).repeat(8, 1).repeat(8, 2)


def write(path: Path, frames: NDArray[Any], codec: str, pixels: str, **options: str) -> Path:
    with av.open(str(path), "w", options={k: v for k, v in options.items() if k == "movflags"}) as container:
        stream = container.add_stream(codec, rate=25, options={k: v for k, v in options.items() if k == "g"})
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = pixels
        for frame in frames:
            form = "gray" if frame.ndim == 2 else "rgb24"
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format=form)))
        container.mux(stream.encode())
    return path


def decoded(path: Path) -> NDArray[Any]:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [
        ("a.mp4", "mpeg4", "yuv420p"),
        ("a.mkv", "ffv1", "bgr0"),
        ("a.avi", "mjpeg", "yuvj420p"),
        ("a.webm", "libvpx-vp9", "yuv420p"),
    ],
)
def test_frames_are_exact_in_any_order(tmp_path: Path, name: str, codec: str, pixels: str) -> None:
    path = write(tmp_path / name, FRAMES, codec, pixels, g="10")
    expected = decoded(path)
    with open_image(path) as source:
        assert (source.axes, source.array.shape) == ("TYXS", FRAMES.shape)
        assert source.metadata["fps"] == 25
        np.testing.assert_allclose(source.metadata["coords"]["time"], np.arange(40) / 25, atol=1e-3)
        for number in (37, 3, 20, 21, 5, 39):
            np.testing.assert_array_equal(source.array[number], expected[number])
        np.testing.assert_array_equal(source.array[30:2:-7, :9, 4], expected[30:2:-7, :9, 4])
        np.testing.assert_array_equal(source.array, expected)


@pytest.mark.parametrize(("codec", "pixels"), [("ffv1", "gray"), ("ffv1", "bgr0")])
def test_video_without_color_is_gray(tmp_path: Path, codec: str, pixels: str) -> None:
    gray = FRAMES[..., :1].repeat(3, -1)
    path = write(tmp_path / "a.mkv", gray, codec, pixels)
    with open_image(path) as source:
        assert source.axes == "TYX"
        np.testing.assert_array_equal(source.array, decoded(path)[..., 0])


@pytest.mark.parametrize(("pixels", "n_bits"), [("gray10le", 10), ("gray12le", 12), ("gray16le", 16)])
def test_gray_values_of_any_bits_are_those_of_the_camera(tmp_path: Path, pixels: str, n_bits: int) -> None:
    images = np.random.default_rng(0).integers(0, 1 << n_bits, (3, 32, 48)).astype(np.uint16)
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.height, stream.width, stream.pix_fmt = 32, 48, pixels
        for image in images:
            frame = av.VideoFrame(48, 32, pixels)
            frame.planes[0].update(_padded(image, frame.planes[0].line_size))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with open_image(tmp_path / "a.mkv") as source:
        np.testing.assert_array_equal(source.array, images)


def _padded(image: NDArray[np.uint16], line_size: int) -> bytes:
    return np.pad(image, ((0, 0), (0, line_size // 2 - image.shape[1]))).tobytes()


def test_long_videos_are_not_decoded_to_be_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jpkl.readers._video_index._MOST_TO_LOOK_THROUGH", 0)
    path = write(tmp_path / "a.mp4", FRAMES, "mpeg4", "yuv420p", g="10")
    with open_image(path) as source:
        np.testing.assert_array_equal(source.array, decoded(path))


def test_video_that_is_cut_off_lacks_frames(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", FRAMES, "mpeg4", "yuv420p", movflags="faststart")
    expected = decoded(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match=r"a\.mp4: \d+ of 40 planes are there; the first .* is frame \d+"):
        open_image(path)
    with open_image(path, missing="trim") as source:
        n = source.array.shape[0]
        assert 10 < n < 30
        np.testing.assert_array_equal(source.array, expected[:n])


def test_a_playlist_is_no_video(tmp_path: Path) -> None:
    """It would make FFmpeg open what it names."""
    path = tmp_path / "a.mp4"
    path.write_text("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1.0,\n/etc/passwd\n#EXT-X-ENDLIST\n")
    with pytest.raises(ValueError, match="not a readable video"):
        open_image(path)


def test_a_video_of_colloids() -> None:
    with open_image(shared_data("formats") / "bulk-water.mov") as source:
        assert source.array.shape == (480, 424, 640, 3)
        assert source.metadata["coords"]["time"][24] == pytest.approx(1.001)
