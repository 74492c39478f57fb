"""What Python answers the browser on bookmarks: those that are kept, and changes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jpkl.toolkit import short_reason
from jpkl_viewer.frames.answers import Answer
from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.frames.task import Task
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.model.bookmarks import Bookmark, bookmarks_of


def answer_bookmarks(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield the bookmarks, why they cannot be changed, and whether they last."""
    shelf = stack.bookmarks
    if shelf is None:
        raise ValueError("a stack that another is compared with has no bookmarks here")
    why = shelf.why_not_changed
    try:
        found, problem = shelf.read(), ""
    except (ValueError, OSError) as error:
        found, problem = (), short_reason(error)
    yield {
        "bookmarks": _plain(found),
        "whyNotChanged": why,
        "isLasting": shelf.is_lasting,
        "problem": problem,
    }


def answer_change_bookmarks(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Carry out the changes from ``message["base"]`` to ``message["bookmarks"]``; yield the result."""
    if stack.bookmarks is None:
        raise ValueError("a stack that another is compared with has no bookmarks here")
    base = bookmarks_of(message["base"], "base")
    wanted = bookmarks_of(message["bookmarks"], "bookmarks")
    yield {"bookmarks": _plain(stack.bookmarks.change(base, wanted))}


def _plain(bookmarks: tuple[Bookmark, ...]) -> list[dict[str, Any]]:
    return [each.plain() for each in bookmarks]


ANSWERS = {
    "bookmarks": Answer(answer_bookmarks),
    "change bookmarks": Answer(answer_change_bookmarks),
}
