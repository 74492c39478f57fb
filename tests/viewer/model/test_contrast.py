"""Automatic contrast: of all kinds of pictures something is to be seen, and faint signal is not black."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from jpkl import JPkl

pytest.importorskip("holoviews")

from jpkl_viewer.model.colormaps import color_ramp, lookup_table
from jpkl_viewer.model.contrast import auto_limits

from tests.viewer import stacks

Picture: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.float64]

SIDE = 256
Y, X = np.mgrid[:SIDE, :SIDE]
BLOB = np.exp(-((Y - 128) ** 2 + (X - 128) ** 2) / 2 / 30**2)


def noise(mean: float, width: float) -> Floats:
    return np.random.default_rng(3).normal(mean, width, (SIDE, SIDE))


def encoded(image: NDArray[np.generic]) -> Picture:
    """What is left of an image in a file."""
    return np.asarray(JPkl(image)[...])


def limits_of(picture: Picture) -> tuple[float, float]:
    return auto_limits(np.bincount(picture.ravel(), minlength=256))


def shown(picture: Picture) -> Picture:
    """The picture as it is shown, in gray."""
    table = lookup_table(color_ramp("#ffffff"), limits_of(picture))[:, 0]
    return np.asarray(table[picture])


def tissue() -> Floats:
    image = noise(60, 9)
    image[:, :50] = noise(10, 3)[:, :50]  # the background is the smaller part
    image[np.random.default_rng(4).random(image.shape) > 0.995] = 250
    return image


def with_spots(image: Floats) -> Floats:
    image[100:103, 50:53] = 1000
    return image


def faint_beside_bright() -> Floats:
    image = noise(100, 10)
    image[30:60, 30:60] += 8
    image[200:204, 200:204] = 2000
    return image


#: Pictures, and at most how much of each may be black and how much white, in percent.
KINDS: dict[str, tuple[Callable[[], Floats], float, float]] = {
    "fluorescence": (lambda: noise(100, 10) + 900 * BLOB, 50, 1),
    "absorption": (lambda: noise(1000, 20) - 500 * BLOB, 1, 1),
    "noise alone": (lambda: noise(100, 10), 1, 1),
    "dead pixels": (lambda: np.where((X == 9) & (Y % 99 == 0), 0, noise(100, 10)), 1, 1),
    "a ramp": (lambda: X.astype(float), 1, 1.5),
    "a specimen that fills the picture": (tissue, 15, 1),
    "spots on noise": (lambda: with_spots(noise(100, 10)), 2, 1),
    "spots on nothing": (lambda: with_spots(np.zeros((SIDE, SIDE))), 99.99, 1),
    "faint beside bright": (faint_beside_bright, 2, 1),
    "a third is saturated": (lambda: np.where(X < 80, 4000, np.clip(noise(100, 10), 0, 4000)), 68, 32),
}


@pytest.mark.parametrize("kind", KINDS)
def test_of_all_kinds_of_pictures_something_is_to_be_seen(kind: str) -> None:
    make, most_black, most_white = KINDS[kind]
    picture = shown(encoded(make()))
    assert 100 * (picture == 0).mean() <= most_black
    assert 100 * (picture == 255).mean() <= most_white
    assert picture.max() >= 200


def test_the_brightest_spots_do_not_hide_a_faint_square_in_noise() -> None:
    picture = shown(encoded(faint_beside_bright())).astype(float)
    square, around = picture[33:57, 33:57], picture[33:57, 70:94]
    assert square.mean() - around.mean() > 4
    assert around.mean() > 20


def test_spots_are_brighter_than_the_noise_around_them() -> None:
    picture = shown(encoded(with_spots(noise(100, 10))))
    assert picture[101, 51] == 255
    assert np.percentile(picture, 99) < 128, "noise does not fill the range where there is more than noise"


@pytest.mark.parametrize("value", [0, 3, 90, 255])
def test_one_value_throughout_is_gray_unless_it_is_at_an_end(value: int) -> None:
    low, high = limits_of(np.full((8, 8), value, np.uint8))
    assert (low, high) == (max(0, value - 1), min(255, value + 1))


def test_without_pixels_the_limits_are_the_whole_range() -> None:
    assert auto_limits([0] * 256) == (0, 255)


@pytest.mark.parametrize("channel", [0, 1])
def test_fluorescence_of_a_real_stack_keeps_its_faint_parts(channel: int) -> None:
    frame = stacks.stack("shipped")[..., 0, channel]
    low, high = limits_of(frame)
    background = np.bincount(frame.ravel()).argmax()
    assert low <= background
    assert background / 2 <= low, "a dark background is dark"
    assert np.percentile(frame, 99.5) < high < 255


@given(st.lists(st.integers(0, 10**6), min_size=256, max_size=256), st.data())
def test_limits_are_apart_and_within_the_values(counts: list[int], data: st.DataObject) -> None:
    alone = data.draw(st.sets(st.integers(0, 255), max_size=4), label="the only values")
    if alone:
        counts = [n if value in alone else 0 for value, n in enumerate(counts)]
    low, high = auto_limits(counts)
    assert 0 <= low < high <= 255
