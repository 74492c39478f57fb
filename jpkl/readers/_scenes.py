"""Which image of a file that holds several: they have names, and are chosen by name or number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jpkl._text import count

#: Scenes to name in a message; of more, the rest is counted.
_MOST_NAMED = 10


def distinct_names(names: Sequence[str | None]) -> tuple[str, ...]:
    """Return names by which scenes can be told apart: one without a name is called by its number.

    Examples
    --------
    >>> distinct_names(["cells", None, "cells"])
    ('cells', '1', 'cells (2)')
    """
    found: dict[str, None] = {}
    for number, name in enumerate(names):
        plain = " ".join((name or "").split()) or str(number)
        distinct, copy = plain, 1
        while distinct in found:
            copy += 1
            distinct = f"{plain} ({copy})"
        found[distinct] = None
    return tuple(found)


def choose_scene(path: Path, names: Sequence[str], wanted: str | None, *, default: int = 0) -> int:
    """Return the number of a scene.

    Parameters
    ----------
    path : Path
        The file, for messages.
    names : sequence of str
        Names of its scenes, each different from the others.
    wanted : str or None
        A name, exactly as it is, or else a number, counted from 0.
    default : int
        The number if nothing is wanted.

    Raises
    ------
    ValueError
        If there is no such scene, or none at all.

    Examples
    --------
    >>> choose_scene(Path("a.lif"), ["cells", "beads"], "beads")
    1
    >>> choose_scene(Path("a.lif"), ["cells", "beads"], "2")
    Traceback (most recent call last):
    ...
    ValueError: a.lif: holds no scene '2'; its 2 scenes are 0 'cells', 1 'beads'
    """
    if not names:
        raise ValueError(f"{path}: holds no images")
    if wanted is None:
        return default
    if wanted in names:
        return list(names).index(wanted)
    if wanted.isdecimal() and int(wanted) < len(names):
        return int(wanted)
    are = "its only scene is" if len(names) == 1 else f"its {count(len(names), 'scene')} are"
    raise ValueError(f"{path}: holds no scene {wanted!r}; {are} {_listed(names)}")


def split_level(names: Sequence[str], wanted: str | None) -> tuple[str | None, int]:
    """Return the scene and the level of its pyramid in ``"SCENE:LEVEL"``; 0 is the full resolution.

    Examples
    --------
    >>> split_level(["a", "b:1"], "a:2"), split_level(["a", "b:1"], "b:1"), split_level(["a"], ":1")
    (('a', 2), ('b:1', 0), (None, 1))
    """
    if wanted is None or wanted in names:
        return wanted, 0
    scene, colon, level = wanted.rpartition(":")
    return (scene or None, int(level)) if colon and level.isdecimal() else (wanted, 0)


def choose_level(path: Path, shapes: Sequence[tuple[int, ...]], level: int, scene: str) -> tuple[str, ...]:
    """Check that a pyramid, whose frames have these shapes, has a level; return a note about the others.

    Raises
    ------
    ValueError
        If it has no such level.
    """
    listed = ", ".join(f"{i}: {shape[0]} x {shape[1]}" for i, shape in enumerate(shapes))
    if level >= len(shapes):
        raise ValueError(f"{path}: scene {scene!r} has no level {level}; its levels are {listed}")
    if len(shapes) == 1:
        return ()
    return (f"a pyramid, levels {listed}; read level {level}, choose another with --scene {scene}:LEVEL",)


def scene_notes(names: Sequence[str], number: int, wanted: str | None) -> tuple[str, ...]:
    """Return a note that names the scenes of a file of which the first was read without being asked for."""
    if wanted is not None or len(names) == 1:
        return ()
    return (
        f"the file holds {count(len(names), 'scene')}: {_listed(names)}; read {_called(names, number)}, "
        "choose another with --scene NAME or NUMBER, or all with --all-scenes",
    )


def _listed(names: Sequence[str]) -> str:
    listed = ", ".join(_called(names, number) for number in range(len(names[:_MOST_NAMED])))
    beyond = len(names) - _MOST_NAMED
    return f"{listed} and {beyond:,} more" if beyond > 0 else listed


def _called(names: Sequence[str], number: int) -> str:
    name = names[number]
    return name if name == str(number) else f"{number} {name!r}"
