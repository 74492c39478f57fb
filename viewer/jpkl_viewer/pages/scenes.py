"""The stack that a page shows, and the other scenes of its original as pages ask for them."""

from __future__ import annotations

import threading

from cachetools import LRUCache

from jpkl import JPkl
from jpkl.toolkit import open_scene, open_with_axes
from jpkl_viewer.pages.library import OpenStack, is_outdated, open_stack, renewed

#: Scenes that stay open, besides the first.
_MOST_OPEN = 8


class SceneStacks:
    """A stack and the scenes beside it, each opened once for all who look at it.

    Parameters
    ----------
    jp : JPkl
        The stack.
    """

    def __init__(self, jp: JPkl) -> None:
        self._first = open_stack(jp)
        self._others: LRUCache[tuple[str, str], OpenStack] = LRUCache(_MOST_OPEN)
        self._lock = threading.Lock()

    def open(self, scene: str = "", axes: str = "") -> OpenStack:
        """Open a scene, or by default the stack, as it is now; read with other axes, where these are given.

        Raises
        ------
        ValueError
            If there is no such scene, or it has other axes.
        OSError
            If the original cannot be read.
        """
        with self._lock:
            self._first = renewed(self._first)
            if not scene and not axes:
                return self._first
            found = self._others.get((scene, axes))
            if found is None or is_outdated(found):
                jp = open_scene(self._first.jp, scene) if scene else self._first.jp
                jp = open_with_axes(jp, axes) if axes else jp
                if jp is self._first.jp:
                    return self._first
                found = open_stack(jp)
            self._others[scene, axes] = renewed(found)
            return self._others[scene, axes]

    def close(self) -> None:
        """Close all of them."""
        with self._lock:
            for each in (self._first, *self._others.values()):
                each.jp.close()
            self._others.clear()
