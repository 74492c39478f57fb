"""A dask graph that is sent part by part: no task twice, and no result kept that nothing waits for; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from dask.core import get_dependencies

Key: TypeAlias = Hashable


@dataclass(frozen=True)
class Part:
    """Tasks to send together.

    Attributes
    ----------
    new : list
        Keys of the tasks.
    before : list
        Keys of earlier tasks, whose results they need.
    kept : list
        Those of the new ones whose results are needed again later.
    outputs : list
        What the part is for.
    """

    new: list[Key]
    before: list[Key]
    kept: list[Key]
    outputs: list[Key]


class GraphInParts:
    """Decides which tasks to send for the next outputs, and how long their results are kept.

    A scheduler forgets a result when nobody waits for it. So results that later parts need, such as a chunk
    that several blocks take their frames from, or the mean of all, have to be kept until the last of these.

    Parameters
    ----------
    graph : mapping
        Tasks by key.
    uses : mapping from key to int
        The outputs, and how often each will be used.
    there : iterable, optional
        Keys of results that the scheduler has, and keeps whatever is done.
    """

    def __init__(self, graph: Mapping[Key, Any], uses: Mapping[Key, int], there: Iterable[Key] = ()) -> None:
        self._waiting = Counter(uses)
        self._sent = set(there)
        self._needs: dict[Key, set[Key]] = {key: set() for key in self._sent}
        self.graph: dict[Key, Any] = {}
        unseen = list(uses)
        while unseen:
            key = unseen.pop()
            if key not in self._needs:
                self.graph[key] = graph[key]
                self._needs[key] = set(get_dependencies(graph, key))
                self._waiting.update(self._needs[key])
                unseen += self._needs[key]

    def take(self, outputs: Iterable[Key], *, is_use: bool = True) -> Part:
        """Return what has to be sent for some outputs.

        Parameters
        ----------
        outputs : iterable
            Keys.
        is_use : bool
            Whether this is one of the uses that were announced.
        """
        outputs = list(outputs)
        new: list[Key] = []
        before: dict[Key, None] = {}
        used = Counter(outputs) if is_use else Counter[Key]()
        unseen = list(outputs)
        while unseen:
            key = unseen.pop()
            if key in self._sent:
                before[key] = None
                continue
            self._sent.add(key)
            new.append(key)
            used.update(self._needs[key])
            unseen += self._needs[key]
        mine = set(new)
        return Part(
            new,
            [key for key in before if key not in mine],
            [key for key in new if self._waiting[key] > used[key]],
            outputs if is_use else [],
        )

    def done(self, part: Part) -> list[Key]:
        """Return the keys whose results nobody needs any more, now that a part was carried out."""
        used = Counter(part.outputs)
        for key in part.new:
            used.update(self._needs[key])
        self._waiting.subtract(used)
        return [key for key in used if self._waiting[key] <= 0]
