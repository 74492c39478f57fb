"""The scenes of originals: which there are beside the one that is shown, and what each is encoded to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jpkl._array import JPkl
from jpkl._originals.opening import find_kept
from jpkl._originals.original import Original
from jpkl._originals.stack import KeptStack, OriginalStack

#: Bytes that a scene may add to the name of a file: file systems allow 255 for the whole.
_MOST_BYTES = 120


@dataclass(frozen=True)
class Scenes:
    """The scenes of an original.

    Attributes
    ----------
    names : tuple of str
        Their names, without those that are others at a smaller scale; empty where the format has one image.
    chosen : str or None
        The one that a stack is of.
    """

    names: tuple[str, ...] = ()
    chosen: str | None = None


def scenes_beside(jp: JPkl) -> Scenes:
    """Return the scenes of the original that a stack is of; none where it is of no original.

    Parameters
    ----------
    jp : JPkl
        Any stack.

    Returns
    -------
    Scenes
        Their names, and the one that the stack is of.

    Raises
    ------
    ValueError, OSError
        If the original can no longer be read.
    """
    if isinstance(jp, OriginalStack):
        source = jp.original.source
        return Scenes(source.full_scenes, source.scene)
    if not isinstance(jp, KeptStack):
        return Scenes()
    with jp.request.open() as source:
        return Scenes(source.full_scenes, source.scene)


def open_scene(jp: JPkl, scene: str) -> JPkl:
    """Open another scene of the original that a stack is of; return the stack itself if it is that scene.

    Parameters
    ----------
    jp : JPkl
        A stack that `jpkl.open` has made of an original.
    scene : str
        One of ``scenes_beside(jp).names``.

    Returns
    -------
    JPkl
        Of that scene.

    Raises
    ------
    ValueError
        If it is of no original, or that has no such scene.
    OSError
        If the original cannot be read.
    """
    found = scenes_beside(jp)
    if scene not in found.names:
        raise ValueError(f"there is no scene {scene!r}")
    if scene == found.chosen:
        return jp
    if isinstance(jp, KeptStack):
        request = replace(jp.request, scene=scene)
        kept = find_kept(request)
        return kept if kept is not None else OriginalStack.of(Original.open(request))
    assert isinstance(jp, OriginalStack)  # nothing else has scenes
    request = replace(jp.original.request, scene=scene)
    if jp.target is None and (kept := find_kept(request)) is not None:
        return kept
    stack = OriginalStack.of(Original.open(request))
    stack.frames.shares_copy_of(jp.frames.copy)
    if jp.target is not None:
        stack.target = scene_paths(jp.target, found.names)[found.names.index(scene)]
    return stack


def scene_paths(output: Path, scenes: Sequence[str]) -> list[Path]:
    """Return a path for each scene, beside `output`; that one itself where there are no scenes.

    All differ, also on file systems that do not tell upper from lower case.

    Examples
    --------
    >>> [path.name for path in scene_paths(Path("a.jpkl"), ["Pos 1/Cells", "pos 1:cells"])]
    ['a_Pos_1_Cells.jpkl', 'a_pos_1_cells-2.jpkl']
    """
    taken: set[str] = set()
    paths = []
    for scene in scenes:
        plain, copy = _plain(scene), 1
        name = plain
        while name.lower() in taken:
            copy += 1
            name = f"{plain}-{copy}"
        taken.add(name.lower())
        paths.append(output.with_name(f"{output.stem}_{name}{output.suffix}"))
    return paths or [output]


def _plain(scene: str) -> str:
    """Return a scene's name as part of a file's: letters of any script, digits, and a few signs."""
    text = re.sub(r"[^\w.+-]+", "_", scene).strip("._") or "scene"
    return text.encode()[:_MOST_BYTES].decode(errors="ignore")
