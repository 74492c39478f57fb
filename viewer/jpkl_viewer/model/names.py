"""Names by which stacks are told apart; pure."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

#: Name of a stack that comes from no file.
IN_MEMORY = "JPkl in memory"

#: What a number that counts leaves at the end of a name: its first digits, after what says what it counts.
_COUNTER = re.compile(r"((?<=[\W_])([a-z]|ch|time|frame|slice|pos))?[\W_]*\d*$", re.IGNORECASE)


def distinct_names(paths: Sequence[str | None]) -> list[str]:
    """Return a name for each stack: that of its file, after as many of its folders as tell it apart.

    Parameters
    ----------
    paths : sequence of str or None
        Their files; None for a stack in memory. Of stacks that have the same, the second has a number, and
        so on.

    Examples
    --------
    >>> distinct_names(["/lab/a/cells.jpkl", "/lab/b/cells.jpkl", "/lab/raw.jpkl", "/lab/raw.jpkl", None])
    ['a/cells.jpkl', 'b/cells.jpkl', 'raw.jpkl', 'raw.jpkl (2)', 'JPkl in memory']
    """
    parts = [PurePath(path).parts if path else (IN_MEMORY,) for path in paths]
    seen: Counter[tuple[str, ...]] = Counter()
    names = []
    for own in parts:
        seen[own] += 1
        number = f" ({seen[own]})" if seen[own] > 1 else ""
        names.append(_shortest(own, parts) + number)
    return names


def series_name(names: Sequence[str]) -> str:
    """Return what the files of a sequence have in common, as the name of it; how many they are, if nothing.

    Examples
    --------
    >>> series_name(["cell_t001.tif", "cell_t002.tif", "cell_t010.tif"])
    'cell'
    >>> series_name(["001.png", "002.png", "003.png"])
    '3 pictures'
    """
    common = os.path.commonprefix([PurePath(name).stem for name in names])  # noqa: RUF071
    return _COUNTER.sub("", common, count=1).rstrip(" _-.,;#([{") or f"{len(names)} pictures"


def _shortest(own: tuple[str, ...], all_parts: Sequence[tuple[str, ...]]) -> str:
    others = [parts for parts in all_parts if parts != own]
    n = next((n for n in range(1, len(own)) if not any(parts[-n:] == own[-n:] for parts in others)), len(own))
    return PurePath(*own[-n:]).as_posix()
