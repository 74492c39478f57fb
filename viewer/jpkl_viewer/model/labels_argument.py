"""Labels as an argument of the viewer: arrays by name, one array, or a stack that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from jpkl import JPkl


def named_labels(labels: Any) -> dict[str, Any]:
    """Return label images by name.

    Parameters
    ----------
    labels : mapping of str to array-like or JPkl, array-like, or JPkl
        One without a name has that of its file, or is called labels.

    Raises
    ------
    ValueError
        If a stack does not hold the values of labels.
    """
    if not isinstance(labels, Mapping):
        path = labels.path if isinstance(labels, JPkl) else None
        labels = {PurePath(path).stem if path else "labels": labels}
    for name, given in labels.items():
        if isinstance(given, JPkl) and not given.is_exact:
            raise ValueError(
                f"labels {name!r}: its {given.codec.upper()} frames do not keep values exactly; encode "
                "it with lossless=True"
            )
    return dict(labels)
