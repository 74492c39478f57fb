"""From pixel values to colors; pure."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from jpkl_viewer.model.resolve import Layer


def paint(layers: Iterable[tuple[Layer, NDArray[np.uint8]]], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Color the pixels of each layer and add them up.

    Parameters
    ----------
    layers : iterable of (Layer, ndarray of uint8)
        Pixels of shape ``shape`` or ``(*shape, 3)``.
    shape : (int, int)
        Height and width.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        Sums above 255 are 255; black without layers.
    """
    total = np.zeros((*shape, 3), np.uint8)
    for number, (layer, pixels) in enumerate(layers):
        colors = _color(layer, pixels)
        total = colors if number == 0 else np.minimum(total, 255 - colors) + colors
    return total


def _color(layer: Layer, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    lut = layer.lookup_table()
    if pixels.ndim == 2:
        return np.take(lut, pixels, axis=0)  # a fifth of the time of lut[pixels]
    return np.stack([lut[:, sample][pixels[..., sample]] for sample in range(3)], axis=-1)
