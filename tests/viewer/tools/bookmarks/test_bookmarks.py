"""Bookmarks in Python: read, written beside the file, merged, gone to, and refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("panel")

from jpkl_viewer import Bookmark, JPklViewer
from jpkl_viewer.frames.task import UNWATCHED
from jpkl_viewer.model.bookmarks import merge
from jpkl_viewer.tools.bookmarks.answers import answer_bookmarks, answer_change_bookmarks

from jpkl import JPkl
from tests.viewer import stacks


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "cells.jpkl"
    stacks.ramp((5, 3, 2)).save(path)
    return path


@pytest.fixture
def beside(path: Path) -> Path:
    return path.with_name("cells.bookmarks.json")


def open_viewer(path: Path, **options: Any) -> JPklViewer:
    return JPklViewer(JPkl.load(path), **options)


def write(beside: Path, bookmarks: Any, **others: Any) -> str:
    text = json.dumps({"format": "JPkl bookmarks", "version": 1, "bookmarks": bookmarks, **others})
    beside.write_text(text)
    return text


def ask(viewer: JPklViewer, *, for_visitors: bool = False) -> dict[str, Any]:
    """What a page is told of the bookmarks."""
    stack = viewer._answers(for_visitors).stacks[0]
    (found,) = answer_bookmarks(stack, {}, UNWATCHED)
    return found


def change(viewer: JPklViewer, base: Any, wanted: Any, *, for_visitors: bool = False) -> list[dict[str, Any]]:
    """What comes of the changes that a page makes."""
    stack = viewer._answers(for_visitors).stacks[0]
    (found,) = answer_change_bookmarks(stack, {"base": base, "bookmarks": wanted}, UNWATCHED)
    result: list[dict[str, Any]] = found["bookmarks"]
    return result


def names(bookmarks: Any) -> list[str]:
    return [each["name"] if isinstance(each, dict) else each.name for each in bookmarks]


def test_views_are_kept_beside_the_file_and_gone_to_by_name(path: Path, beside: Path) -> None:
    viewer = open_viewer(path, position=(3, 1, 0), colormap="magma")
    viewer.state.channels[0].limits = (20, 90)
    viewer.add_bookmark("Anaphase", caption="The poles move apart")
    kept = json.loads(beside.read_text("utf-8"))
    assert (kept["format"], kept["version"]) == ("JPkl bookmarks", 1)
    assert kept["bookmarks"][0]["caption"] == "The poles move apart"
    other = open_viewer(path, tools={"rois": {"rois": []}})
    other.go_to("Anaphase")
    assert other.state.position == (3, 1, 0)
    assert other.state.colormap == "magma"
    assert other.state.channels[0].limits == (20, 90)
    assert not other.state.composite
    assert other.state.tools == {"rois": {"rois": []}}, "regions stay as they are"
    assert [item.name for item in path.parent.iterdir() if item.suffix == ".part"] == []


def test_what_the_file_says_in_few_words_is_completed_by_the_first_view(path: Path, beside: Path) -> None:
    write(beside, [{"name": "a", "settings": {}}, {"name": "b", "settings": {"position": [2, 99, 0]}}])
    viewer = open_viewer(path)
    first, second = viewer.bookmarks
    assert first.settings["composite"] == viewer.state.composite is True
    assert second.settings["position"] == [2, 2, 0], "clipped to the stack"
    assert not second.settings["composite"], "a position is of one channel"


def test_a_page_goes_to_the_zoom_of_a_bookmark_that_python_goes_to(path: Path, beside: Path) -> None:
    write(beside, [{"name": "a", "zoom": [10, 5.5, 3]}, {"name": "b"}])
    viewer = open_viewer(path)
    sent: list[Any] = []

    class View:
        def show_settings(self, settings: dict[str, Any], is_meant: Any, **zoom: Any) -> None:
            sent.append(zoom)

        def reload_bookmarks(self) -> None:
            sent.append("bookmarks")

    view: Any = View()
    viewer._add_view(view)
    viewer.go_to("a")
    viewer.go_to("b")
    assert sent == [{"zoom": (10.0, 5.5, 3.0)}, {"zoom": None}]
    viewer.add_bookmark("c")
    assert sent[-1] == "bookmarks"


def test_changes_of_two_pages_are_both_kept(path: Path, beside: Path) -> None:
    one, two = open_viewer(path), open_viewer(path)
    base = change(one, [], [{"name": "a"}, {"name": "b"}])
    assert names(change(two, base, [*base, {"name": "c"}])) == ["a", "b", "c"]
    # This page has not heard of it.
    renamed = [{**base[0], "name": "A"}, base[1]]
    assert names(change(one, base, renamed)) == ["A", "b", "c"]
    assert names(change(one, renamed, [renamed[1]])) == ["b", "c"]
    assert names(json.loads(beside.read_text())["bookmarks"]) == ["b", "c"]


A, B, C = (Bookmark(name) for name in "abc")
A1, A2 = Bookmark("a", caption="one"), Bookmark("a", caption="two")


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "merged"),
    [
        ([A, B], [B, A], [A, B], [B, A]),
        ([A, B], [B], [A, B], [B]),
        ([A, B], [A, B], [B], [B]),
        ([A], [A1], [A], [A1]),
        ([A], [A], [A1], [A1]),
        ([A], [A1], [A2], [A2, Bookmark("a (2)", caption="one")]),
        ([A], [A1], [A1], [A1]),
        ([A], [], [A1], [A1]),
        ([A], [A1], [], [A1]),
        ([], [A], [A, C], [A, C]),
    ],
)
def test_changes_are_merged(base: Any, mine: Any, theirs: Any, merged: Any) -> None:
    assert merge(base, mine, theirs) == merged


def test_what_only_a_newer_version_understands_stays_where_nothing_is_changed(
    path: Path, beside: Path
) -> None:
    new = {"name": "a", "settings": {"position": [1, 0, 0], "hologram": True}, "tags": ["x"]}
    write(beside, [new])
    viewer = open_viewer(path)
    viewer.add_bookmark("b")
    assert json.loads(beside.read_text())["bookmarks"][0] == new


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ('{"format": "JPkl bookmarks", "version": NaN}', "NaN is no number"),
        ("[]", 'does not say "format": "JPkl bookmarks"'),
        ('{"format": "JPkl bookmarks", "version": 2, "bookmarks": []}', "version 2.*newer JPkl.*update JPkl"),
        ('{"format": "JPkl bookmarks", "version": 1}', "no list of bookmarks"),
        ('{"format": "JPkl bookmarks", "version": 1, "bookmarks": [7]}', r"bookmarks\[0\] must be an object"),
        (
            '{"format": "JPkl bookmarks", "version": 1, "bookmarks": [{"name": 7}]}',
            r"bookmarks\[0\] must have a name",
        ),
        (
            '{"format": "JPkl bookmarks", "version": 1, "bookmarks": [{"name": "a", "settings": 7}]}',
            r"bookmarks\[0\]: settings must be an object",
        ),
        ("\xff", "it is not JSON"),
    ],
)
def test_a_file_of_something_else_is_said_so_and_never_written_over(
    path: Path, beside: Path, text: str, problem: str
) -> None:
    beside.write_bytes(text.encode("latin-1"))
    viewer = open_viewer(path)
    told = ask(viewer)
    assert told["bookmarks"] == []
    for said in (told["problem"], told["whyNotChanged"]):
        assert "cells.bookmarks.json" in said
        assert str(path.parent) not in said
    with pytest.raises(ValueError, match=problem):
        _ = viewer.bookmarks
    with pytest.raises(ValueError, match=problem):
        change(viewer, [], [{"name": "mine"}])
    with pytest.raises(ValueError, match=problem):
        viewer.add_bookmark("mine")
    assert beside.read_bytes() == text.encode("latin-1")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_in_the_place_of_the_file_keeps_nobody_waiting(path: Path, beside: Path) -> None:
    os.mkfifo(beside)
    assert "it is not a file" in ask(open_viewer(path))["problem"]


def test_settings_from_a_file_are_sifted(path: Path, beside: Path) -> None:
    settings = {
        "position": "x",
        "colormap": "<b>",
        "channels": [{"color": "red", "limits": [9, 3]}, 7],
        "tools": {"rois": {"rois": []}, "unknown": {}, "ortho": {"dim": 0}},
        "playback": {"fps": 60},
        "zoom": 3,
    }
    write(beside, [{"name": " a\n<b> ", "settings": settings, "zoom": [0, 0, -1]}])
    viewer = open_viewer(path)
    (found,) = viewer.bookmarks
    assert found.name == "a <b>"
    assert found.zoom is None
    assert found.settings["colormap"] == viewer.settings()["colormap"]
    assert found.settings["tools"] == {"ortho": {"dim": 0}}
    assert "playback" not in found.settings
    viewer.go_to("a <b>")


def test_visitors_read_and_do_not_write(path: Path, beside: Path) -> None:
    write(beside, [{"name": "a"}])
    viewer = open_viewer(path)
    assert ask(viewer)["whyNotChanged"] == ""
    told = ask(viewer, for_visitors=True)
    assert names(told["bookmarks"]) == ["a"]
    assert "those who run the server" in told["whyNotChanged"]
    before = beside.read_bytes()
    with pytest.raises(ValueError, match="those who run the server"):
        change(viewer, told["bookmarks"], [], for_visitors=True)
    assert beside.read_bytes() == before


def test_bookmarks_given_in_python_are_of_the_viewer_alone(path: Path, beside: Path) -> None:
    before = write(beside, [{"name": "in the file"}])
    viewer = open_viewer(path, bookmarks=[Bookmark("given", {"position": (4, 2, 1)})])
    assert names(viewer.bookmarks) == ["given"]
    told = ask(viewer)
    assert (names(told["bookmarks"]), told["isLasting"]) == (["given"], False)
    change(viewer, told["bookmarks"], [*told["bookmarks"], {"name": "of the page"}])
    assert names(viewer.bookmarks) == ["given", "of the page"]
    viewer.bookmarks = viewer.bookmarks[1:]
    assert names(viewer.bookmarks) == ["of the page"]
    assert beside.read_text() == before


def test_a_stack_in_memory_keeps_them_in_the_viewer() -> None:
    viewer = JPklViewer(stacks.ramp((5,)))
    viewer.add_bookmark("a")
    assert names(viewer.bookmarks) == ["a"]
    assert not ask(viewer)["isLasting"]


def test_visitors_see_what_is_added_while_they_look() -> None:
    viewer = JPklViewer(stacks.ramp((3,)))
    page = viewer._answers(for_visitors=True)
    viewer.add_bookmark("a")
    (told,) = answer_bookmarks(page.stacks[0], {}, UNWATCHED)
    assert names(told["bookmarks"]) == ["a"]
    assert "Only those who run the server" in told["whyNotChanged"]


def test_what_is_wrong_in_python_is_said(path: Path) -> None:
    viewer = open_viewer(path)
    viewer.add_bookmark("Anaphase")
    with pytest.raises(ValueError, match="'Anaphase' already"):
        viewer.add_bookmark("Anaphase")
    with pytest.raises(ValueError, match="no bookmark 'anaphase'; did you mean 'Anaphase'"):
        viewer.go_to("anaphase")
    with pytest.raises(TypeError, match=r"bookmarks\[0\] must be a Bookmark, not 'a'"):
        viewer.bookmarks = ["a"]  # type: ignore[list-item]
    with pytest.raises(IndexError, match="dim 'time' has indices 0 to 4, not 9"):
        viewer.bookmarks = [Bookmark("far", {"position": (9, 0, 0)})]
    with pytest.raises(ValueError, match="two of the name 'a'"):
        viewer.bookmarks = [Bookmark("a"), Bookmark("a")]
    assert names(viewer.bookmarks) == ["Anaphase"]
