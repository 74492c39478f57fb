"""What exports, stills and reports need of a viewer, so that they need not know the viewer itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from jpkl_viewer.model.resolve import FrameRequest, Layer
from jpkl_viewer.model.stack import StackDescription
from jpkl_viewer.model.state import ViewState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jpkl import JPkl
    from jpkl.toolkit import LabelImage


class FramePixels(Protocol):
    """Where the pixels of a stack come from: the viewer's `Frames`."""

    @property
    def jp(self) -> JPkl:
        """The stack."""
        ...

    @property
    def labels(self) -> Mapping[str, LabelImage]:
        """Label images over the frames."""
        ...

    def encoded(self, index: tuple[int, ...]) -> bytes:
        """Return a frame as a picture that browsers decode."""
        ...

    def pixels(self, index: tuple[int, ...]) -> NDArray[np.uint8]:
        """Return the pixels of a frame."""
        ...

    def layer(self, layer: Layer) -> NDArray[np.uint8]:
        """Return the pixels of a layer, uncolored."""
        ...

    def picture(self, request: FrameRequest) -> NDArray[np.uint8]:
        """Return the RGB pixels of a request."""
        ...


class Viewed(Protocol):
    """A stack and how it is shown: a `JPklViewer`, or anything that has its three parts."""

    @property
    def frames(self) -> FramePixels:
        """Where its pixels come from."""
        ...

    @property
    def stack(self) -> StackDescription:
        """What is known of the stack."""
        ...

    @property
    def state(self) -> ViewState:
        """What is chosen to be seen."""
        ...


class TitledView(Viewed, Protocol):
    """The same with a name to print."""

    @property
    def title(self) -> str:
        """Name of the stack's file."""
        ...
