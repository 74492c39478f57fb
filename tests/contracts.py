"""What every codec must hold, as test classes: subclass one, give it your codec, and run pytest.

::

    class TestMyCodec(CodecContract):
        def codec(self) -> Codec:
            return MyCodec()
"""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from jpkl import Codec, FrameDecodeError, JPkl, register_codec

SHAPES = [(1, 1), (7, 5), (16, 24), (33, 17), (1, 1, 3), (7, 5, 3), (33, 17, 3)]


def picture(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """A smooth picture with a bright corner: any flip, turn or swap of axes changes it."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    gray = 40 + 100 * y / shape[0] + 60 * x / shape[1]
    gray[: shape[0] // 3, : shape[1] // 4] += 30
    image = gray if len(shape) == 2 else np.stack([gray, gray * 0.7, 255 - gray], axis=-1)
    return image.astype(np.uint8)


class CodecContract:
    """Override `codec`, and `tolerance` for a lossy one."""

    #: Largest error of a decoded pixel of a smooth picture.
    tolerance = 0

    def codec(self) -> Codec:
        """The codec under test."""
        raise NotImplementedError

    @pytest.mark.parametrize("shape", SHAPES)
    def test_round_trip(self, shape: tuple[int, ...]) -> None:
        codec, image = self.codec(), picture(shape)
        decoded = codec.decode(codec.encode(image), shape)
        assert decoded.dtype == np.uint8
        assert decoded.shape == shape
        assert np.abs(decoded.astype(int) - image).max() <= self.tolerance

    @pytest.mark.parametrize("shape", SHAPES)
    def test_decodes_into_place(self, shape: tuple[int, ...]) -> None:
        codec = self.codec()
        data = codec.encode(picture(shape))
        out = np.zeros(shape, np.uint8)
        codec.decode(data, shape, out)
        np.testing.assert_array_equal(out, codec.decode(data, shape))

    @pytest.mark.parametrize("shape", SHAPES)
    def test_shape_from_the_first_bytes(self, shape: tuple[int, ...]) -> None:
        codec = self.codec()
        assert codec.shape(codec.encode(picture(shape))) == shape

    @pytest.mark.parametrize("shape", [(33, 17), (33, 17, 3)])
    @pytest.mark.parametrize("scale", [1, 2, 4, 8])
    def test_decodes_scaled(self, shape: tuple[int, ...], scale: int) -> None:
        codec = self.codec()
        data = codec.encode(picture(shape))
        scaled = codec.decode_scaled(data, shape, scale)
        assert scaled.shape == (-(-33 // scale), -(-17 // scale), *shape[2:])
        whole = codec.decode(data, shape)[
            :32, :16
        ]  # whole blocks: what the edge ones hold is up to the codec
        means = whole.reshape(32 // scale, scale, 16 // scale, scale, *shape[2:]).mean(axis=(1, 3))
        assert np.abs(scaled[: 32 // scale, : 16 // scale] - means).mean() < 4

    def test_takes_frames_that_are_not_contiguous(self) -> None:
        codec, image = self.codec(), picture((16, 24))
        wide = np.zeros((24, 32), np.uint8)
        wide[:, ::2] = image.T
        expected = codec.decode(codec.encode(image), (16, 24))
        actual = codec.decode(codec.encode(wide[:, ::2].T), (16, 24))
        np.testing.assert_array_equal(actual, expected)

    @pytest.mark.parametrize("wrong", [(24, 16), (16, 25), (8, 8), (16, 24, 3)])
    def test_refuses_another_shape(self, wrong: tuple[int, ...]) -> None:
        codec = self.codec()
        with pytest.raises(FrameDecodeError):
            codec.decode(codec.encode(picture((16, 24))), wrong)

    def test_refuses_cut_off_and_foreign_bytes(self) -> None:
        codec = self.codec()
        data = codec.encode(picture((16, 24)))
        for broken in (b"", data[:1], data[: len(data) // 2], data[:-1], b"GIF89a" + data, bytes(len(data))):
            with pytest.raises(FrameDecodeError):
                codec.decode(broken, (16, 24))

    def test_options_rebuild_the_codec(self) -> None:
        codec, image = self.codec(), picture((16, 24))
        rebuilt = type(codec)(**codec.options())
        assert rebuilt.encode(image) == codec.encode(image)
        assert pickle.loads(pickle.dumps(codec)).encode(image) == codec.encode(image)

    def test_threads_share_it(self) -> None:
        codec = self.codec()
        images = [picture((16, 24)) // (i + 1) for i in range(20)]
        with ThreadPoolExecutor(4) as pool:
            encoded = list(pool.map(codec.encode, images))
            decoded = list(pool.map(lambda data: codec.decode(data, (16, 24)), encoded))
        for image, frame in zip(images, decoded, strict=True):
            assert np.abs(frame.astype(int) - image).max() <= self.tolerance

    def test_serves_a_stack(self) -> None:
        codec = self.codec()
        register_codec(type(codec))
        images = np.stack([picture((16, 24)) // (i + 1) for i in range(6)], axis=-1)
        stack = JPkl(images, codec=codec)
        assert np.abs(np.asarray(stack).astype(int) - images).max() <= self.tolerance
        np.testing.assert_array_equal(stack[3:9, ::-2, [4, 1]], np.asarray(stack)[3:9, ::-2, [4, 1]])
