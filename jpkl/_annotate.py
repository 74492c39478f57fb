"""`annotate_file`: change what a file says of its frames, and not the frames."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike, fspath
from typing import Any, Unpack

from jpkl._bytes import is_url
from jpkl._codecs.stored import damage_test
from jpkl._fidelity import Fidelity
from jpkl._file.labels import check_number
from jpkl._file.rewriting import Watch, rewrite
from jpkl._file.schema import StackInfo
from jpkl._labels.encode import ImageAxes, encode_labels, resolve_labels
from jpkl._metadata_changes import MetadataChanges, change_metadata
from jpkl._pipeline import resolve_workers


def annotate_file(
    path: str | PathLike[str],
    output: str | PathLike[str] | None = None,
    *,
    dim_names: Sequence[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    labels: Mapping[str, Any] | None = None,
    watch: Watch | None = None,
    **changes: Unpack[MetadataChanges],
) -> None:
    """Change the metadata of a JPkl file.

    The bytes of the frames and their checksums are copied. Frames of a file without checksums are decoded, so
    that those which are damaged get none that is right. The file is written beside the old one and takes its
    place when it is complete: a crash, a full disk or Ctrl-C leaves the old one, and who has that open keeps
    seeing it.

    Parameters
    ----------
    path : path-like
        The file.
    output : path-like, optional
        Write a copy here, and leave the file as it is.
    dim_names : sequence of str, optional
        New names of the dims, whose coordinates and units stay with them.
    metadata : mapping, optional
        Keys of your own, and their values; None removes a key.
    labels : mapping, optional
        Label images to add or to replace, as for `jpkl.JPkl.with_labels`; None removes one.
    watch : callable, optional
        Called as ``watch(n, total)`` for every ``n`` bytes of ``total`` that are written.
    **changes
        As for `jpkl.JPkl.with_metadata`.

    Raises
    ------
    FormatError
        If it is not a well-formed JPkl file, or another program changes it meanwhile.
    TypeError, ValueError
        If a value does not fit the stack, or the file holds something that would be lost.
    MetadataError
        If the metadata hold something that a JPkl file cannot.
    OSError
        If a file cannot be read or written.
    """
    if output is None:
        _check_writable(path)

    def change(info: StackInfo) -> StackInfo:
        try:
            changed = change_info(info, changes, dim_names, metadata)
            return change_labels(changed, labels, resolve_workers(None)) if labels else changed
        except ValueError as error:
            raise ValueError(f"{fspath(path)}: {error}") from error

    rewrite(path, path if output is None else output, change, watch or _ignore, damage_test)


def record_fidelity(path: str | PathLike[str], fidelity: Fidelity, watch: Watch | None = None) -> None:
    """Put on record how far the frames of a JPkl file are from their originals; atomically.

    Parameters
    ----------
    path : path-like
        The file.
    fidelity : Fidelity
        Replaces what is on record. Noise, steps and target stay, where it does not have them.
    watch : callable, optional
        As for `annotate_file`.

    Raises
    ------
    FormatError, ValueError, OSError
        As by `annotate_file`.
    """

    def change(info: StackInfo) -> StackInfo:
        old = info.fidelity
        if old is None:
            return replace(info, fidelity=fidelity)
        noise, steps = fidelity.noise or old.noise, fidelity.steps or old.steps
        target = fidelity.target or old.target
        return replace(info, fidelity=replace(fidelity, noise=noise, steps=steps, target=target))

    _check_writable(path)
    rewrite(path, path, change, watch or _ignore, damage_test)


def change_info(
    info: StackInfo,
    changes: Mapping[str, Any],
    dim_names: Sequence[str] | None,
    metadata: Mapping[str, Any] | None,
) -> StackInfo:
    """Return what a file says, with changes: see `change_metadata`."""
    changed, names = change_metadata(
        info.metadata, info.dim_names, info.dim_sizes, changes, new_names=dim_names, others=metadata
    )
    return replace(info, metadata=changed, dim_names=names)


def change_labels(info: StackInfo, labels: Mapping[str, Any], workers: int) -> StackInfo:
    """Return what a file says, with other label images; those that are not named stay.

    Raises
    ------
    TypeError, ValueError
        If they do not fit the stack; says which and why.
    """
    if info.frame_shape is None:
        raise ValueError("labels: the file does not record the size of its frames; save it again first")
    if not isinstance(labels, Mapping):
        raise TypeError(f"labels: a mapping from names to arrays, not {type(labels).__name__}")
    kept = {stored.name: stored for stored in info.labels}
    for name in [name for name, array in labels.items() if array is None]:
        if name not in kept:
            raise ValueError(
                f"labels: there are none called {name!r}; there are: {', '.join(kept) or 'none'}"
            )
    check_number(sum(labels.get(name, name) is not None for name in {**kept, **labels}))
    axes = ImageAxes.of_stack(info.frame_shape, info.dim_sizes, info.dim_names)
    new = resolve_labels({name: array for name, array in labels.items() if array is not None}, axes)
    kept |= {stored.name: stored for stored in encode_labels(new, workers)}
    return replace(
        info, labels=tuple(each for name, each in kept.items() if labels.get(name, each) is not None)
    )


def _check_writable(path: str | PathLike[str]) -> None:
    """Refuse a file that is protected: its folder might let it be replaced."""
    if is_url(path):
        raise ValueError(f"{fspath(path)}: a remote file cannot be changed; write a copy to a local file")
    if os.path.exists(path) and not os.access(path, os.W_OK):  # noqa: PTH110
        raise PermissionError(f"{fspath(path)}: is read-only; write a copy to another file")


def _ignore(n: int, total: int) -> None: ...
