"""Bookmarks: named views of a stack; pure.

What comes from a file or a browser is checked by `bookmark_of`, and its settings as leniently as those of
links: a bookmark outlives versions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Protocol

from jpkl.toolkit import one_line
from jpkl_viewer.limits import (
    BOOKMARKED_TOOLS,
    MAX_BOOKMARK_CAPTION,
    MAX_BOOKMARK_NAME,
    MAX_BOOKMARKS,
    VIEW_SETTINGS,
)
from jpkl_viewer.model.first_view import is_of_one_channel
from jpkl_viewer.model.stack import StackDescription
from jpkl_viewer.model.state import ViewState

#: Settings that are part of a bookmark: how a stack is played is not.
_SETTINGS = tuple(name for name in VIEW_SETTINGS if name != "playback")


@dataclass(frozen=True)
class Bookmark:
    """A named view of a stack.

    Attributes
    ----------
    name : str
        Its name, in one line.
    settings : mapping
        What is seen, as in `JPklViewer.settings`; what it does not say is as in the first view of the stack.
    caption : str
        A longer text.
    zoom : tuple of float, or None
        The pixel (x, y) in the middle, and the magnification relative to the whole frame; None for the whole
        frame.

    Examples
    --------
    >>> Bookmark("Anaphase", {"position": [12, 0]}, caption="The poles move apart.").name
    'Anaphase'
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    caption: str = ""
    zoom: tuple[float, float, float] | None = None

    def plain(self) -> dict[str, Any]:
        """Return it as plain data, without what is as by default.

        Returns
        -------
        dict
            From the name of each field to its value.
        """
        zoom = {} if self.zoom is None else {"zoom": list(self.zoom)}
        caption = {"caption": self.caption} if self.caption else {}
        return {"name": self.name, **caption, "settings": dict(self.settings), **zoom}


class Bookshelf(Protocol):
    """Where the bookmarks of a stack are kept."""

    @property
    def why_not_changed(self) -> str:
        """Why they cannot be changed; empty where they can."""
        ...

    @property
    def is_lasting(self) -> bool:
        """Whether they are there the next time that the stack is opened."""
        ...

    def read(self) -> tuple[Bookmark, ...]:
        """Return them, with complete settings that fit the stack."""
        ...

    def change(self, base: Sequence[Bookmark], wanted: Sequence[Bookmark]) -> tuple[Bookmark, ...]:
        """Carry out the changes from one list to another, and return what comes of it."""
        ...

    def for_visitors(self) -> Bookshelf:
        """Return the same for those who may only read."""
        ...


def bookmark_of(item: Any, where: str) -> Bookmark:
    """Read a bookmark from plain data.

    Raises
    ------
    ValueError
        If it is none; says what is wrong, and `where`.
    """
    if not isinstance(item, Mapping):
        raise ValueError(f"{where} must be an object with a name and settings")
    name, settings, caption = item.get("name"), item.get("settings", {}), item.get("caption", "")
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"{where} must have a name")
    if not isinstance(settings, Mapping):
        raise ValueError(f"{where}: settings must be an object")
    if not isinstance(caption, str):
        raise ValueError(f"{where}: caption must be a text")
    return Bookmark(_clean(name), dict(settings), caption[:MAX_BOOKMARK_CAPTION], _zoom_of(item.get("zoom")))


def bookmarks_of(items: Any, where: str) -> list[Bookmark]:
    """Read bookmarks from plain data.

    Raises
    ------
    ValueError
        If they are none, or too many.
    """
    if not isinstance(items, list | tuple):
        raise ValueError(f"{where} must be a list")
    if len(items) > MAX_BOOKMARKS:
        raise ValueError(f"{where}: there are {len(items)}, and {MAX_BOOKMARKS} at most are shown")
    return distinct([bookmark_of(item, f"{where}[{i}]") for i, item in enumerate(items)])


def _clean(name: str) -> str:
    return one_line(name)[:MAX_BOOKMARK_NAME]


def _zoom_of(value: Any) -> tuple[float, float, float] | None:
    if not isinstance(value, list | tuple) or len(value) != 3:
        return None
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in value):
        return None
    try:
        x, y, factor = map(float, value)
    except OverflowError:
        return None
    return (x, y, factor) if math.isfinite(x + y + factor) and factor > 0 else None


def distinct(bookmarks: Iterable[Bookmark]) -> list[Bookmark]:
    """Give bookmarks of the same name different ones.

    Examples
    --------
    >>> [each.name for each in distinct([Bookmark("a"), Bookmark("a"), Bookmark("b")])]
    ['a', 'a (2)', 'b']
    """
    found: dict[str, Bookmark] = {}
    for each in bookmarks:
        name = each.name
        numbers = count(2)
        while name in found:
            name = f"{each.name} ({next(numbers)})"
        found[name] = each if name == each.name else replace(each, name=name)
    return list(found.values())


def complete(bookmark: Bookmark, stack: StackDescription, first: Mapping[str, Any]) -> Bookmark:
    """Return a bookmark with all settings of a view, as far as they fit the stack.

    Parameters
    ----------
    bookmark : Bookmark
        The bookmark, whose settings may be anything.
    stack : StackDescription
        The stack.
    first : mapping
        Settings of its first view, which count where the bookmark says nothing.
    """
    state = ViewState(stack)
    state.restore(first)
    if is_of_one_channel(bookmark.settings):
        state.composite = False
    state.tools = {}
    state.restore(bookmark.settings)
    settings = {name: value for name, value in state.settings().items() if name in _SETTINGS}
    settings["tools"] = bookmarked_tools(settings["tools"])
    return replace(bookmark, settings=settings)


def bookmarked_tools(tools: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of those tools that are part of a bookmark."""
    return {name: of for name, of in tools.items() if name in BOOKMARKED_TOOLS}


def merge(base: Sequence[Bookmark], mine: Sequence[Bookmark], theirs: Sequence[Bookmark]) -> list[Bookmark]:
    """Carry out the changes from `base` to `mine` on what others have made of `base` meanwhile.

    Nothing is lost: what others have added or changed stays, and what both have changed is there twice.

    Examples
    --------
    >>> a, b, c = Bookmark("a"), Bookmark("b"), Bookmark("c")
    >>> [each.name for each in merge(base=[a], mine=[a, b], theirs=[c, a])]
    ['a', 'b', 'c']
    """
    before, now = ({each.name: each for each in of} for of in (base, theirs))
    result: list[Bookmark] = []
    for each in mine:
        other = now.get(each.name)
        if each == before.get(each.name):
            result += [] if other is None else [other]
        elif other in (None, each, before.get(each.name)):
            result.append(each)
        else:
            result += [other, each]
    names = {each.name for each in mine}
    result += [each for each in theirs if each.name not in names and each != before.get(each.name)]
    return distinct(result)
