"""What every codec has to hold, as a test class: subclass it, give it your codec, and run pytest.

::

    from jpkl.testing import CodecContract

    class TestMyCodec(CodecContract):
        def codec(self) -> Codec:
            return MyCodec()

This module needs pytest, which JPkl does not install. For assertions that show their values, put
``pytest.register_assert_rewrite("jpkl.testing")`` into ``conftest.py``.
"""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from jpkl._array import JPkl
from jpkl._codecs.codec import Codec
from jpkl._codecs.registry import register_codec
from jpkl._errors import FrameDecodeError, FrameEncodeError
from jpkl._scaling import SCALES

__all__ = ["SHAPES", "CodecContract", "picture", "picture_of"]

#: Shapes of frames that a codec has to hold: gray and RGB, of one pixel and of odd sides.
SHAPES = [(1, 1), (7, 5), (16, 24), (33, 17), (1, 1, 3), (7, 5, 3), (33, 17, 3)]


def picture(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return a smooth picture with a bright corner: any flip, turn or swap of axes changes it.

    Parameters
    ----------
    shape : tuple of int
        ``(height, width)``, or ``(height, width, 3)`` of RGB.

    Returns
    -------
    ndarray of uint8
        Of that shape.
    """
    y, x = np.mgrid[: shape[0], : shape[1]]
    gray = 40 + 100 * y / shape[0] + 60 * x / shape[1]
    gray[: shape[0] // 3, : shape[1] // 4] += 30
    image = gray if len(shape) == 2 else np.stack([gray, gray * 0.7, 255 - gray], axis=-1)
    return image.astype(np.uint8)


def picture_of(codec: Codec, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return the same picture as a codec takes it; values that it keeps exactly use their whole range.

    Parameters
    ----------
    codec : Codec
        The codec.
    shape : tuple of int
        ``(height, width)``, or ``(height, width, 3)`` of RGB.

    Returns
    -------
    ndarray
        Of that shape and the codec's ``dtype``.
    """
    image = picture(shape)
    if codec.exact_dtype is None:
        return image
    if codec.exact_dtype.kind == "b":
        return image > 100
    limits = np.iinfo(codec.exact_dtype)
    step = (limits.max - limits.min) // 255
    return np.asarray(limits.min + image.astype(object) * step + image % 5, dtype=codec.exact_dtype)


class CodecContract:
    """What a codec has to hold. Override `codec`, and `tolerance` for a lossy one.

    `is_for_color` is for those that hold no RGB.
    """

    #: Largest error of a decoded pixel of a smooth picture.
    tolerance = 0
    #: Whether it holds RGB.
    is_for_color = True

    def skip_unless_held(self, shape: tuple[int, ...]) -> None:
        """Skip a test of RGB for a codec that holds none, once it has said so.

        Parameters
        ----------
        shape : tuple of int
            ``(height, width)``, or ``(height, width, 3)`` of RGB.
        """
        if len(shape) == 3 and not self.is_for_color:
            with pytest.raises(FrameEncodeError):
                self.codec().encode(picture_of(self.codec(), shape))
            pytest.skip("no RGB")

    def codec(self) -> Codec:
        """Return the codec under test.

        Returns
        -------
        Codec
            What is tested.
        """
        raise NotImplementedError

    @pytest.mark.parametrize("shape", SHAPES)
    def test_round_trip(self, shape: tuple[int, ...]) -> None:
        """Decoded frames are what was encoded, within the tolerance."""
        self.skip_unless_held(shape)
        codec = self.codec()
        image = picture_of(codec, shape)
        decoded = codec.decode(codec.encode(image), shape)
        assert decoded.dtype == image.dtype == codec.dtype
        assert decoded.shape == shape
        assert error_of(decoded, image) <= self.tolerance

    @pytest.mark.parametrize("shape", SHAPES)
    def test_decodes_into_place(self, shape: tuple[int, ...]) -> None:
        """``out`` receives the same pixels."""
        self.skip_unless_held(shape)
        codec = self.codec()
        data = codec.encode(picture_of(codec, shape))
        out = np.zeros(shape, codec.dtype)
        codec.decode(data, shape, out)
        np.testing.assert_array_equal(out, codec.decode(data, shape))

    @pytest.mark.parametrize("shape", SHAPES)
    def test_shape_from_the_first_bytes(self, shape: tuple[int, ...]) -> None:
        """Encoded bytes say the shape of their frame."""
        self.skip_unless_held(shape)
        codec = self.codec()
        assert codec.shape(codec.encode(picture_of(codec, shape))) == shape

    @pytest.mark.parametrize("shape", SHAPES)
    def test_knows_its_own_frames(self, shape: tuple[int, ...]) -> None:
        """Encoded frames are recognized, and are not below the least size."""
        self.skip_unless_held(shape)
        codec = self.codec()
        data = codec.encode(picture_of(codec, shape))
        assert codec.recognizes(data)
        assert codec.least_nbytes(shape) <= len(data)

    @pytest.mark.parametrize("shape", [(33, 17), (33, 17, 3)])
    @pytest.mark.parametrize("scale", SCALES)
    def test_decodes_scaled(self, shape: tuple[int, ...], scale: int) -> None:
        """Scaled frames are close to block means, and have the right shape."""
        self.skip_unless_held(shape)
        codec = self.codec()
        data = codec.encode(picture_of(codec, shape))
        scaled = codec.decode_scaled(data, shape, scale)
        assert scaled.shape == (-(-33 // scale), -(-17 // scale), *shape[2:])
        # Whole blocks: what those at the edges hold is up to the codec.
        whole = codec.decode(data, shape)[:32, :16].astype(float)
        means = whole.reshape(32 // scale, scale, 16 // scale, scale, *shape[2:]).mean(axis=(1, 3))
        most = 0.5 if codec.dtype.kind == "b" else 4 * np.ptp(whole) / 150  # four of the 8-bit levels
        assert np.abs(scaled[: 32 // scale, : 16 // scale] - means).mean() < most

    def test_takes_frames_that_are_not_contiguous(self) -> None:
        """Views of other arrays are encoded as their copies are."""
        codec = self.codec()
        image = picture_of(codec, (16, 24))
        wide = np.zeros((24, 32), codec.dtype)
        wide[:, ::2] = image.T
        expected = codec.decode(codec.encode(image), (16, 24))
        actual = codec.decode(codec.encode(wide[:, ::2].T), (16, 24))
        np.testing.assert_array_equal(actual, expected)

    @pytest.mark.parametrize("wrong", [(24, 16), (16, 25), (8, 8), (16, 24, 3)])
    def test_refuses_another_shape(self, wrong: tuple[int, ...]) -> None:
        """A frame of another shape than the stack declares raises."""
        codec = self.codec()
        with pytest.raises(FrameDecodeError):
            codec.decode(codec.encode(picture_of(codec, (16, 24))), wrong)

    def test_refuses_cut_off_and_foreign_bytes(self) -> None:
        """Bytes that are not a whole frame raise."""
        codec = self.codec()
        data = codec.encode(picture_of(codec, (16, 24)))
        for broken in (b"", data[:1], data[: len(data) // 2], data[:-1], b"GIF89a" + data, bytes(len(data))):
            with pytest.raises(FrameDecodeError):
                codec.decode(broken, (16, 24))

    def test_options_rebuild_the_codec(self) -> None:
        """Options and pickles give an equal codec."""
        codec = self.codec()
        image = picture_of(codec, (16, 24))
        rebuilt = type(codec)(**codec.options())
        assert rebuilt.encode(image) == codec.encode(image)
        assert pickle.loads(pickle.dumps(codec)).encode(image) == codec.encode(image)

    def test_threads_share_it(self) -> None:
        """Many threads can use one codec at once."""
        codec = self.codec()
        images = [np.roll(picture_of(codec, (16, 24)), i, 1) for i in range(20)]
        with ThreadPoolExecutor(4) as pool:
            encoded = list(pool.map(codec.encode, images))
            decoded = list(pool.map(lambda data: codec.decode(data, (16, 24)), encoded))
        for image, frame in zip(images, decoded, strict=True):
            assert error_of(frame, image) <= self.tolerance

    def test_serves_a_stack(self) -> None:
        """A stack with the codec encodes, decodes and indexes."""
        codec = self.codec()
        register_codec(type(codec))
        images = np.stack([np.roll(picture_of(codec, (16, 24)), i, 1) for i in range(6)], axis=-1)
        stack = JPkl(images, codec=codec)
        assert stack.dtype == codec.dtype
        assert error_of(np.asarray(stack), images) <= self.tolerance
        np.testing.assert_array_equal(stack[3:9, ::-2, [4, 1]], np.asarray(stack)[3:9, ::-2, [4, 1]])


def error_of(decoded: NDArray[Any], image: NDArray[Any]) -> int:
    """Return the largest difference of two pictures, exactly for all integers."""
    if np.array_equal(decoded, image):
        return 0
    return int(np.abs(decoded.astype(object) - image.astype(object)).max())
