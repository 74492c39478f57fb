"""Patterns of paths: ``img_*.tif`` and ``img_t{time}_c{channel}.png``, and the files that they mean."""

from __future__ import annotations

import glob
import re
from pathlib import Path

from jpkl._text import natural_key
from jpkl.readers._file_grid import FileGrid, grid_of
from jpkl.readers._file_names import infer_grid

#: A name in braces; what follows a colon says how numbers are written, which does not matter here.
_NAME = re.compile(r"\{([^{}:/\\]+)(?::[^{}]*)?\}")
_FRAME_AXES = ("y", "x", "s", "height", "width", "rgb", "samples")


def is_pattern(path: Path) -> bool:
    """Return whether a path is a pattern: it has wildcards or names in braces, and there is no such file."""
    text = str(path)
    return bool(glob.has_magic(text) or _NAME.search(text)) and not path.exists()


def names_dims(path: Path) -> bool:
    """Return whether a path is a pattern with names in braces."""
    return is_pattern(path) and _NAME.search(str(path)) is not None


def files_of_pattern(path: Path) -> FileGrid:
    """Return the files that a pattern means, by their places.

    Raises
    ------
    FileNotFoundError
        If there are none.
    ValueError
        If a name in braces is repeated or that of an axis of frames, or two files are at the same place.
    """
    names = _checked_names(path)
    matching = [found for found in _glob(path) if found.is_file() or found.suffix.lower() == ".zarr"]
    if not matching:
        raise FileNotFoundError(f"{path}: no file matches")
    if not names:
        return infer_grid(matching)
    pattern = _as_expression(path)
    values = {found: match.groups() for found in matching if (match := pattern.fullmatch(found.as_posix()))}
    if not values:
        raise FileNotFoundError(f"{path}: no file matches")
    return grid_of(names, values)


def pattern_name(path: Path) -> str:
    """Return what to call what a pattern means: the part of its names that never differs.

    Examples
    --------
    >>> pattern_name(Path("scan/cells_t{time}_z{z}.tif")), pattern_name(Path("scan/*.png"))
    ('cells', 'scan')
    """
    for part in reversed(path.parts):
        fixed = re.split(r"[*?\[{]", part)[0]
        bare = re.sub(r"[_\-.\s]+[A-Za-z]?$", "", fixed) if fixed != part else fixed
        if bare:
            return bare
    return "stack"


def _checked_names(path: Path) -> list[str]:
    names = _NAME.findall(str(path))
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{path}: {{{name}}} is there more than once")
        if name.lower() in _FRAME_AXES:
            raise ValueError(
                f"{path}: {{{name}}} is what an axis of the frames is called; choose another name"
            )
    return names


def _glob(path: Path) -> list[Path]:
    found = glob.glob(_NAME.sub("*", str(path)), recursive=True)  # noqa: PTH207
    return [Path(each) for each in sorted(found, key=natural_key)]


def _as_expression(path: Path) -> re.Pattern[str]:
    """Return the expression that paths match, with a group for each name in braces."""
    pieces = _NAME.split(path.as_posix())
    fixed = [_wildcards_as_expression(piece) for piece in pieces[::2]]
    return re.compile("([^/]+?)".join(fixed), re.DOTALL)


def _wildcards_as_expression(text: str) -> str:
    pieces = re.split(r"(\*\*/|\*|\?|\[[^\]]+\])", text)
    known = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    return "".join(
        known.get(piece) or ("[^" + piece[2:] if piece.startswith("[!") else piece)
        if i % 2
        else re.escape(piece)
        for i, piece in enumerate(pieces)
    )
