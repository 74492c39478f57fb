"""What a browser gets of stacks with other codecs: stored pictures, display JPEG, and exact values."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from jpkl_viewer.browser.description import describe_for_browser
from jpkl_viewer.frames.answers import Answers
from jpkl_viewer.frames.pixels import answer_pixels
from jpkl_viewer.frames.task import UNWATCHED
from jpkl_viewer.model.stack import describe
from jpkl_viewer.tools import find_answers
from jpkl_viewer.tools.regions.measure import caveat, line_profile, measure_along
from jpkl_viewer.tools.regions.roi import Line, Rectangle, find_pixels
from numpy.typing import NDArray
from PIL import Image

from jpkl import JPkl
from tests.viewer import stacks


@pytest.fixture
def deep() -> NDArray[np.uint16]:
    rng = np.random.default_rng(0)
    return rng.integers(500, 40000, (24, 40, 3, 2)).astype(np.uint16)


def frame(jp: JPkl, form: str = "jpeg") -> bytes:
    sent: list[dict[str, Any]] = []
    answers = Answers([stacks.viewed(jp)], find_answers, sent.append)
    answers.handle({"type": "want", "keys": [1], "form": form}, sent.append)
    return bytes(sent[0]["data"])


@pytest.mark.parametrize("codec", ["png", "webp", "avif"])
def test_what_browsers_decode_travels_as_it_is_stored(codec: str) -> None:
    images = np.asarray(stacks.ramp((3,)))
    jp = JPkl(images, codec=codec)
    assert frame(jp) == jp.images[1,]
    exact = codec == "png"
    assert describe_for_browser(describe(jp), "")["sendsStored"] is exact
    assert describe_for_browser(describe(jp), "")["isLossy"] is not exact


def test_a_jpeg_xl_travels_to_browsers_that_decode_it() -> None:
    pytest.importorskip("imagecodecs")
    jp = JPkl(np.asarray(stacks.ramp((3,))), lossless=True, codec="jpegxl")
    assert frame(jp).startswith(b"\xff\xd8")
    assert frame(jp, "jxl") == jp.images[1,]


def test_exact_values_are_shown_by_their_range(deep: NDArray[np.uint16]) -> None:
    jp = JPkl(deep, dim_names=("time", "channel"), lossless=True)
    stack = stacks.viewed(jp)
    data = frame(jp)
    shown = np.asarray(Image.open(io.BytesIO(data)))
    low, high = deep[..., 1].min(), deep[..., 1].max()
    expected = (deep[..., 0, 1].astype(float) - low) * 255 / (high - low)
    assert data.startswith(b"\xff\xd8")
    assert np.abs(shown - expected).mean() < 2
    assert stack.description.range_at((0, 1)) == (low, high)
    assert not stack.description.is_lossy
    assert stack.description.is_integer
    assert not stack.description.sends_stored


def test_the_readout_has_the_exact_value(deep: NDArray[np.uint16]) -> None:
    jp = JPkl(deep, dim_names=("time", "channel"), lossless=True)
    message = {"frames": [2, "2@max,0,0,3"], "x": 5, "y": 3}
    (answer,) = answer_pixels(stacks.viewed(jp), message, UNWATCHED)
    assert answer["exact"] == [[str(deep[3, 5, 1, 0])], None]
    (answer,) = answer_pixels(stacks.viewed(stacks.ramp((3,))), {**message, "frames": [2]}, UNWATCHED)
    assert answer["exact"] == [None]


def test_regions_are_measured_on_the_exact_values(deep: NDArray[np.uint16]) -> None:
    jp = JPkl(deep, dim_names=("time", "channel"), lossless=True)
    stack = stacks.viewed(jp)
    rectangle = Rectangle(3, 2, 9, 8)
    *_, curve = measure_along(stack.frames.measured, stack.description, rectangle, (0, 1), 0)
    pixels = find_pixels(rectangle, 24, 40)
    part = deep[pixels.rows, pixels.columns][pixels.mask]
    np.testing.assert_allclose(curve.mean, part[..., 1].mean(axis=0))
    assert curve.max.tolist() == part[..., 1].max(axis=0).tolist()
    frame = stack.frames.measured_pixels((2, 0))
    row = line_profile(frame, stack.description, Line(0, 5, 39, 5), (2, 0))
    assert row.values.tolist() == deep[5, :, 2, 0].tolist()
    assert row.in_original_units
    assert caveat(stack.description, in_original_units=True) == "png, lossless uint16: original values"


def test_values_beyond_what_a_browser_counts_are_texts() -> None:
    jp = JPkl(np.full((24, 40, 1), 2**63 - 1, np.int64), lossless=True)
    (answer,) = answer_pixels(stacks.viewed(jp), {"frames": [0], "x": 0, "y": 0}, UNWATCHED)
    assert answer["exact"] == [["9223372036854775807"]]
