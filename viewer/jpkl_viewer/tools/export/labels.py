"""Label images, drawn over an exported picture as the screen shows them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jpkl.toolkit import LabelImage
from jpkl_viewer.model.state import ViewState
from jpkl_viewer.model.viewed import Viewed
from jpkl_viewer.tools.export.place import Place
from jpkl_viewer.tools.labels.painting import LabelLook, painted_labels


def shown_labels(viewed: Viewed, state: ViewState) -> tuple[LabelImage, ...]:
    """Return the label images that a view shows, the uppermost last."""
    hidden = LabelLook.of(state.tools.get("labels")).hidden
    return tuple(image for name, image in viewed.frames.labels.items() if name not in hidden)


def with_labels(
    picture: NDArray[np.uint8],
    labels: Sequence[LabelImage],
    look: LabelLook,
    index: tuple[int, ...],
    place: Place,
) -> NDArray[np.uint8]:
    """Return an upright picture of a part of a frame with label images over it.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
        In the size of the export.
    labels : sequence of LabelImage
        The uppermost last.
    look : LabelLook
        How they are painted.
    index : tuple of int
        The frame.
    place : Place
        Which part of the frame it is.

    Raises
    ------
    FrameError
        If labels are damaged.
    """
    image = Image.fromarray(picture)
    for each in labels:
        painted = Image.fromarray(painted_labels(each.frame(index)[place.part], look, each.name), "RGBA")
        overlay = painted.resize(place.upright, Image.Resampling.NEAREST)
        image.paste(overlay, (0, 0), overlay)
    return np.array(image)
