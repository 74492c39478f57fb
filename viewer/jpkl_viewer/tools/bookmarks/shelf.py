"""Where a viewer keeps the bookmarks of its stack: in the JSON beside the file, or in memory."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from jpkl.toolkit import short_reason
from jpkl_viewer.limits import MAX_BOOKMARKS
from jpkl_viewer.model.bookmarks import Bookmark, Bookshelf, bookmark_of, bookmarks_of, complete, merge
from jpkl_viewer.model.settings import check_settings
from jpkl_viewer.model.stack import StackDescription
from jpkl_viewer.tools.bookmarks.beside import path_beside, read_items, write_items

#: Pages of one server may change the same file.
_WRITING = Lock()


class Shelf:
    """The bookmarks of one stack.

    Parameters
    ----------
    stack : StackDescription
        The stack.
    first : mapping
        Settings of its first view.
    path : str or None
        Its file; without one on this machine, bookmarks are kept in memory.
    given : sequence of Bookmark, optional
        Bookmarks in place of those beside the file; they are kept in memory.

    Raises
    ------
    TypeError, ValueError
        If `given` has what is no bookmark, or does not fit the stack.
    """

    def __init__(
        self,
        stack: StackDescription,
        first: Mapping[str, Any],
        path: str | None,
        given: Sequence[Bookmark] | None = None,
    ) -> None:
        self._stack = stack
        self._first = first
        has_file = given is None and path is not None and Path(path).is_file()
        self._path = path_beside(Path(path)) if path is not None and has_file else None
        self._memory = [each.plain() for each in check_bookmarks(given or (), stack)]

    @property
    def why_not_changed(self) -> str:
        """Why they cannot be changed; empty where they can."""
        if self._path is None:
            return ""
        if not os.access(self._path.parent, os.W_OK):
            return "Nothing can be written beside the file"
        try:
            self.read()
        except (ValueError, OSError) as error:
            return short_reason(error)
        return ""

    @property
    def is_lasting(self) -> bool:
        """Whether they are there the next time that the stack is opened."""
        return self._path is not None

    def read(self) -> tuple[Bookmark, ...]:
        """Return them, with complete settings that fit the stack.

        Raises
        ------
        ValueError
            If the file is not one of bookmarks.
        OSError
            If it cannot be read.
        """
        return tuple(self._complete(each) for each in bookmarks_of(self._items(), self._name))

    def change(self, base: Sequence[Bookmark], wanted: Sequence[Bookmark]) -> tuple[Bookmark, ...]:
        """Carry out the changes from one list to another on the present one, and return what comes of it.

        What others have added or changed since `base` stays. So does, of bookmarks that are not changed, what
        only a newer version understands.

        Raises
        ------
        ValueError
            If they cannot be changed; says why.
        OSError
            If the file cannot be written.
        """
        with _WRITING:
            items, now = self._items(), self.read()
            kept = {id(each): item for each, item in zip(now, items, strict=True)}
            changed = merge([*map(self._complete, base)], [*map(self._complete, wanted)], now)
            if len(changed) > MAX_BOOKMARKS:
                raise ValueError(f"there are {MAX_BOOKMARKS} bookmarks at most")
            self._keep([kept.get(id(each)) or each.plain() for each in changed], items)
        return tuple(changed)

    def for_visitors(self) -> ReadOnlyShelf:
        """Return the same for those who may only read."""
        return ReadOnlyShelf(self)

    @property
    def _name(self) -> str:
        return "bookmarks" if self._path is None else f"{self._path.name}: bookmarks"

    def _items(self) -> list[Any]:
        return self._memory if self._path is None else read_items(self._path)

    def _keep(self, items: list[Any], before: list[Any]) -> None:
        if self._path is None:
            self._memory = items
        elif items != before:
            write_items(self._path, items)

    def _complete(self, bookmark: Bookmark) -> Bookmark:
        return complete(bookmark, self._stack, self._first)


@dataclass(frozen=True)
class ReadOnlyShelf:
    """A shelf for those who may only read: they see what others change.

    Attributes
    ----------
    shelf : Bookshelf
        The shelf.
    """

    shelf: Bookshelf

    @property
    def why_not_changed(self) -> str:
        """Why they cannot be changed."""
        return "Only those who run the server can change these"

    @property
    def is_lasting(self) -> bool:
        """Whether they are there the next time that the stack is opened."""
        return self.shelf.is_lasting

    def read(self) -> tuple[Bookmark, ...]:
        """Return them; raises what the shelf raises."""
        return self.shelf.read()

    def change(self, base: Sequence[Bookmark], wanted: Sequence[Bookmark]) -> tuple[Bookmark, ...]:
        """Raise ValueError."""
        raise ValueError(self.why_not_changed)

    def for_visitors(self) -> ReadOnlyShelf:
        """Return itself."""
        return self


def check_bookmarks(bookmarks: Sequence[Bookmark], stack: StackDescription) -> list[Bookmark]:
    """Check bookmarks that were given in Python, more strictly than those of a file.

    Raises
    ------
    TypeError
        If one is none, or a setting is unknown.
    ValueError, IndexError
        If a setting does not fit the stack, or two have the same name.
    """
    checked: list[Bookmark] = []
    for i, each in enumerate(bookmarks):
        if not isinstance(each, Bookmark):
            raise TypeError(f"bookmarks[{i}] must be a Bookmark, not {each!r}")
        check_settings(each.settings, stack)
        if each.name in [other.name for other in checked]:
            raise ValueError(f"bookmarks: there are two of the name {each.name!r}")
        checked.append(bookmark_of(each.plain(), f"bookmarks[{i}]"))
    return checked


def find_bookmark(name: str, bookmarks: Sequence[Bookmark]) -> Bookmark:
    """Return the bookmark of a name.

    Raises
    ------
    ValueError
        If there is none; lists those that there are.
    """
    names = [each.name for each in bookmarks]
    if name in names:
        return bookmarks[names.index(name)]
    nearest = difflib.get_close_matches(str(name), names, n=1)
    hint = f"did you mean {nearest[0]!r}? " if nearest else ""
    there = f"There are {', '.join(names)}" if names else "There are none"
    raise ValueError(f"there is no bookmark {name!r}; {hint}{there}")
