"""Names of the files that the scenes of one image file are encoded to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

#: Bytes that a scene may add to the name of a file: file systems allow 255 for the whole.
_MOST_BYTES = 120


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
