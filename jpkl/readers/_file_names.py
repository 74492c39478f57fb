"""What the names of many files say: the parts that differ, and which dims these are likely to be; pure.

Names are cut into words at ``_``, ``-``, blanks and dots. What differs in a word is a number, which is called
by what precedes it (``t001``, ``Z3``, ``channel_0``), or else the whole word (``DAPI``, ``GFP``, the well
``B07``). A ``-`` before a number is its sign if other names have none there, or a ``+`` (``z-10``, ``z0``,
``z10``). Names of folders that differ count, too. Unless all that differs is understood, files follow each
other along one dim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from os.path import commonpath, commonprefix
from pathlib import Path

from jpkl._text import natural_key
from jpkl.readers._file_grid import FileGrid, grid_of

#: The dim of files of which no more is known.
FRAME = "frame"

#: What cameras and programs of microscopes write before a number, in lower case.
_LABELS = {
    **dict.fromkeys(("t", "time", "tp", "timepoint"), "time"),
    **dict.fromkeys(("z", "slice", "sl", "plane", "section"), "z"),
    **dict.fromkeys(("c", "ch", "chan", "channel", "w", "wavelength"), "channel"),
    **dict.fromkeys(("p", "pos", "position", "xy", "s", "site", "stage", "fov"), "position"),
}
_WORD_BREAKS = re.compile(r"[_\-\s.=/]+")
_MINUS = "\u2212"  # which no word is cut at
_NUMBERS = re.compile(rf"({_MINUS}?\d+)", re.ASCII)
#: A number, with what may be its sign: not what follows another number, as in 2024-01-31.
_SIGNED = re.compile(r"(?<!\d)([-+]?)(\d+)", re.ASCII)
#: Labels at the end of a text: a word, or one capital after a small letter, as in ``cellT001``.
_ENDS = (re.compile(r"(?<![A-Za-z])[A-Za-z]+$"), re.compile(r"(?<=[a-z])[A-Z]$"))
#: Names of Micro-Manager 1.3 and 2: time, channel, z.
_MICRO_MANAGER = re.compile(r"(.*/)?img_(\d{9})_(.+)_(\d{3})")
#: A well of a plate, of up to 1536.
_WELL = re.compile(r"(?:[A-P]|A[A-F])\d{1,2}")

#: More texts than these are names of things rather than of channels.
_MOST_CHANNELS = 12


@dataclass(frozen=True)
class _Field:
    """Something that differs among names: what it is called, if it is known, and its value in each name."""

    name: str | None
    values: tuple[str, ...]
    is_text: bool = False


def infer_grid(paths: Sequence[Path]) -> FileGrid:
    """Return where files are along the dims that their names tell apart; at worst along one, `FRAME`."""
    if len(paths) == 1:
        return FileGrid((), (), {(): paths[0]})
    paths = [path for _, path in sorted((natural_key(text), path) for text, path in _named(paths))]
    texts = _with_signs([text for text, _ in _named(paths)])
    fields = _micro_manager(texts) or _without_idle(_differences(texts))
    if fields is None or not _is_understood(fields, len(paths)):
        return _in_a_row(paths, fields)
    names = [each.name or FRAME for each in fields]
    return grid_of(names, dict(zip(paths, zip(*(each.values for each in fields), strict=True), strict=True)))


def _named(paths: Sequence[Path]) -> list[tuple[str, Path]]:
    """Return the name of each file without its suffix, after the folders in which they differ."""
    root = Path(commonpath([path.parent for path in paths]))
    return [(path.relative_to(root).with_suffix("").as_posix(), path) for path in paths]


def _in_a_row(paths: Sequence[Path], fields: list[_Field] | None) -> FileGrid:
    numbers = [each for each in fields or () if not each.is_text]
    if len(numbers) == 1 and len(set(map(int, numbers[0].values))) == len(paths):
        return grid_of(
            [numbers[0].name or FRAME], {p: (v,) for p, v in zip(paths, numbers[0].values, strict=True)}
        )
    stems = [text for text, _ in _named(paths)]
    names = stems if len(set(stems)) == len(paths) else [str(i) for i in range(len(paths))]
    return FileGrid((FRAME,), (tuple(names),), dict(zip(((name,) for name in names), paths, strict=True)))


def _is_understood(fields: Sequence[_Field], n: int) -> bool:
    """Return whether each field is a dim, and files are at most of their combinations."""
    names = [each.name or FRAME for each in fields]
    if (len(fields) == 1 and fields[0].is_text) or len(set(names)) < len(names):
        return False
    distinct = [tuple(dict.fromkeys(each.values)) for each in fields]
    if len(set(zip(*(each.values for each in fields), strict=True))) < n:
        return False
    if any(
        each.name == "channel" and each.is_text and len(values) > _MOST_CHANNELS
        for each, values in zip(fields, distinct, strict=True)
    ):
        return False
    size = prod(map(len, distinct))
    return size == n or (None not in [each.name for each in fields] and n > size / 2)


def _without_idle(fields: list[_Field] | None) -> list[_Field] | None:
    """Leave out numbers without a name that tell no two files apart, such as the time of day of each."""
    kept = list(fields or ())
    # The largest numbers first: these are dates and times rather than counters.
    for each in sorted(fields or (), key=_largest, reverse=True):
        others = [other for other in kept if other is not each]
        if each.name is None and others and not each.is_text:
            combinations = set(zip(*(other.values for other in others), strict=True))
            if len(combinations) == len(each.values):
                kept = others
    return None if fields is None else kept


def _largest(field: _Field) -> int:
    return 0 if field.is_text else max(map(int, field.values))


# -- what differs --------------------------------------------------------------------------------------


def _with_signs(texts: Sequence[str]) -> list[str]:
    """Return names with a minus for each hyphen that is one, and no plus signs."""
    alike: dict[str, list[str]] = {}
    for text in texts:
        alike.setdefault(_SIGNED.sub("0", text), []).append(text)
    signed: dict[str, str] = {}
    for group in alike.values():
        found = [_SIGNED.findall(text) for text in group]
        are_signs = [len({sign for sign, _ in column}) > 1 for column in zip(*found, strict=True)]
        for text in group:
            signed[text] = _signs_replaced(text, are_signs)
    return [signed[text] for text in texts]


def _signs_replaced(text: str, are_signs: Sequence[bool]) -> str:
    are_left = iter(are_signs)

    def replaced(number: re.Match[str]) -> str:
        sign, digits = number.groups()
        return {"-": _MINUS, "+": "", "": ""}[sign] + digits if next(are_left) else number[0]

    return _SIGNED.sub(replaced, text)


def _differences(texts: Sequence[str]) -> list[_Field] | None:
    """Return what differs among names, in order; None if they are not made alike."""
    words = [[word for word in _WORD_BREAKS.split(text) if word] for text in texts]
    if len({len(of_name) for of_name in words}) != 1:
        return None
    found: list[_Field] = []
    before = ""
    for column in zip(*words, strict=True):
        if len(set(column)) > 1:
            found += _differences_in_word(column, before)
        before = column[0]
    return found


def _differences_in_word(column: Sequence[str], before: str) -> Iterator[_Field]:
    if len({word[0] for word in column}) > 1 and all(map(_WELL.fullmatch, column)):
        yield _Field("well", tuple(column), is_text=True)
        return
    pieces = [_NUMBERS.split(word) for word in column]
    if len({tuple(of_word[::2]) for of_word in pieces}) != 1:
        yield _Field("channel", _without_label(column), is_text=True)
        return
    for i, numbers in enumerate(zip(*(of_word[1::2] for of_word in pieces), strict=True)):
        if len(set(numbers)) > 1:
            text = pieces[0][2 * i] or (before if i == 0 else "")
            yield _Field(_label(text), tuple(str(int(number.replace(_MINUS, "-"))) for number in numbers))


def _without_label(texts: Sequence[str]) -> tuple[str, ...]:
    """Return texts without a label that they all begin with: ``cDAPI``, ``cGFP``."""
    prefix = commonprefix(list(texts))  # noqa: RUF071
    bare = tuple(text.removeprefix(prefix) for text in texts)
    return bare if _label(prefix) == "channel" and all(text[:1].isalpha() for text in bare) else tuple(texts)


def _label(text: str) -> str | None:
    found = (end.search(text) for end in _ENDS)
    known = (_LABELS.get(match[0].lower()) for match in found if match)
    return next((name for name in known if name), None)


def _micro_manager(texts: Sequence[str]) -> list[_Field] | None:
    found = [_MICRO_MANAGER.fullmatch(text) for text in texts]
    if not all(found):
        return None
    folders, *columns = zip(*(match.groups("") for match in found if match), strict=True)
    kinds = (("time", False), ("channel", True), ("z", False))
    fields = [_Field(name, tuple(column), text) for (name, text), column in zip(kinds, columns, strict=True)]
    positions = _differences(folders)
    return None if positions is None else positions + [each for each in fields if len(set(each.values)) > 1]
