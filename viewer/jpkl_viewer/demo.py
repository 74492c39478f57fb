"""The real stack that ships with the viewer; see ``data/mitosis.txt`` for origin and license."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent / "data"


def demo_stack_path() -> Path:
    """Return the path of a small real stack: an ``.npz`` with one uint16 array ``images``, axes TCYX.

    Returns
    -------
    pathlib.Path
        Of the file, 3.8 MB.

    Examples
    --------
    >>> demo_stack_path().name
    'mitosis.npz'
    """
    return _DATA / "mitosis.npz"


def demo_stack_options() -> dict[str, Any]:
    """Return what the ``.npz`` cannot say, as keyword arguments for `jpkl.JPkl`.

    Returns
    -------
    dict
        ``axes`` and ``metadata``.

    Examples
    --------
    >>> sorted(demo_stack_options())
    ['axes', 'metadata']
    """
    metadata = {
        "source": "ImageJ sample image Mitosis, maximum projection along z",
        "channel_names": ["C1", "C2"],
        "channel_colors": ["#00ff00", "#ff00ff"],
    }
    return {"axes": "TCYX", "metadata": metadata}
