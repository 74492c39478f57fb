"""A label image as a stack of its own, for what takes stacks: exports, and the viewer."""

from __future__ import annotations

from dataclasses import replace

from jpkl._array import JPkl
from jpkl._file.labels import StoredLabels
from jpkl._file.schema import CUSTOM
from jpkl._labels.frames import LabelCodec, LabelFrames
from jpkl._metadata import KEYS_OF_VALUES


def find_labels(jp: JPkl, name: str) -> StoredLabels:
    """Return where the label images of a name are.

    Raises
    ------
    ValueError
        If there are none of that name; lists those that there are.
    """
    for stored in jp._info.labels:
        if stored.name == name:
            return stored
    known = ", ".join(jp.labels) or "none"
    raise ValueError(f"{jp.path or 'the stack'}: there are no labels {name!r}; there are: {known}")


def label_stack(jp: JPkl, name: str) -> JPkl:
    """Return one of the label images of a stack as a stack, whose frames have its values.

    Parameters
    ----------
    jp : JPkl
        The stack, which has to stay open.
    name : str
        A key of `JPkl.labels`.

    Raises
    ------
    ValueError
        If there are none of that name; lists those that there are.
    """
    stored = find_labels(jp, name)
    frame_shape = (jp.frame_shape[0], jp.frame_shape[1])
    info = replace(
        jp._info,
        metadata={key: value for key, value in jp.metadata.items() if key not in KEYS_OF_VALUES},
        color=False,
        codec=f"{CUSTOM}labels",
        display_range=None,
        source_dtype=stored.dtype.str,
        fidelity=None,
        labels=(),
    )
    stack = JPkl.__new__(JPkl)
    stack._codec = LabelCodec(stored.dtype)
    stack._assemble(info, LabelFrames(stored, frame_shape, jp.dim_sizes))
    return stack
