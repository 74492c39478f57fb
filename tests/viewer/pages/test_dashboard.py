"""The stacks of a folder: which are listed, which names open one, and who shares what."""

from __future__ import annotations

import io
import os
import re
import socket
import string
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import jpkl
from jpkl import FormatError, JPkl
from jpkl.toolkit import OriginalStack, conversion_of
from tests.conftest import replace_frame
from tests.viewer import stacks

pytest.importorskip("panel")

from jpkl_viewer import JPklViewer
from jpkl_viewer.frames.task import UNWATCHED, Task
from jpkl_viewer.pages import library as library_module
from jpkl_viewer.pages.app import app, stack_page
from jpkl_viewer.pages.dashboard import Dashboard, describe_details, describe_listing
from jpkl_viewer.pages.folder import NotInFolderError, find_stack, list_stacks, short_reason
from jpkl_viewer.pages.library import THUMBNAIL_SIDE, Library
from jpkl_viewer.pages.reports import ReportOrder, ReportWriter
from jpkl_viewer.tools.conversion.answers import answer_conversion


def save(path: Path, level: int = 90, **arguments: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    images = np.full((24, 32, 5, 2), level, np.uint8)
    JPkl(images, **{"dim_names": ["time", "channel"], **arguments}).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of stacks, beside one that is nobody's business."""
    save(tmp_path / "secret" / "secret.jpkl")
    save(tmp_path / "secret.jpkl")
    root = tmp_path / "stacks"
    for name in ("b10.jpkl", "b9.jpkl", "sub/deep/a b & ü#%.jpkl"):
        save(root / name)
    return root


def names(root: Path) -> list[str]:
    return [file.name for file in list_stacks(root).stacks]


# --- the list ----------------------------------------------------------------------


def test_stacks_are_listed_in_natural_order_with_those_of_inner_folders(folder: Path) -> None:
    assert names(folder) == ["b9.jpkl", "b10.jpkl", "sub/deep/a b & ü#%.jpkl"]
    first = list_stacks(folder).stacks[0]
    status = (folder / "b9.jpkl").stat()
    assert (first.nbytes, first.mtime_ns) == (status.st_size, status.st_mtime_ns)


def test_what_is_not_listed(folder: Path) -> None:
    before = names(folder)
    save(folder / ".hidden.jpkl")
    save(folder / ".trash" / "old.jpkl")
    (folder / "b9.jpkl.1234abcd.part").write_bytes(b"half")
    (folder / "notes.txt").write_text("no stack")
    (folder / "folder.jpkl").mkdir()
    os.mkfifo(folder / "pipe.jpkl")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "socket.jpkl"))
        assert names(folder) == before


def test_links_are_listed_where_they_stay_inside(folder: Path) -> None:
    (folder / "again.jpkl").symlink_to(folder / "b9.jpkl")
    (folder / "out.jpkl").symlink_to(folder.parent / "secret.jpkl")
    (folder / "gone.jpkl").symlink_to(folder / "nothing.jpkl")
    (folder / "loop.jpkl").symlink_to(folder / "loop.jpkl")
    (folder / "up").symlink_to(folder)
    (folder / "away").symlink_to(folder.parent / "secret")
    assert names(folder) == ["again.jpkl", "b9.jpkl", "b10.jpkl", "sub/deep/a b & ü#%.jpkl"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_reported(folder: Path) -> None:
    (folder / "sub").chmod(0)
    try:
        listing = list_stacks(folder)
    finally:
        (folder / "sub").chmod(0o755)
    assert listing.unreadable == (("sub/", "Permission denied"),)
    assert len(listing.stacks) == 2


def test_disk_errors_are_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def refuse(path: Any) -> Any:
        if Path(path).name == "sub":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    listing = list_stacks(folder)
    assert [file.name for file in listing.stacks] == ["b9.jpkl", "b10.jpkl"]
    assert describe_listing(listing)["notes"] == ["sub/: Permission denied"]


def test_file_names_that_are_not_valid_text_are_reported(folder: Path) -> None:
    (folder / "b9.jpkl").rename(folder / os.fsdecode(b"\xff.jpkl"))
    stacks = describe_listing(list_stacks(folder))["stacks"]
    (bad,) = [stack for stack in stacks if stack["error"]]
    assert bad["name"] == "?.jpkl"
    assert "rename it" in bad["error"]


def test_numbers_in_names_count(tmp_path: Path) -> None:
    for name in ("t10z2", "t9z11", "T9z2", "9"):
        (tmp_path / f"{name}.jpkl").touch()
    names = [Path(file.name).stem for file in list_stacks(tmp_path).stacks]
    assert names == ["9", "T9z2", "t9z11", "t10z2"]


# --- names from outside ---------------------------------------------------------------

HOSTILE = [
    "",
    ".",
    "..",
    "/",
    "../secret.jpkl",
    "sub/../../secret.jpkl",
    "sub/deep/../../../secret/secret.jpkl",
    "./../secret.jpkl",
    "..\\secret.jpkl",
    "sub\\..\\..\\secret.jpkl",
    "\\secret.jpkl",
    "\\\\server\\share\\secret.jpkl",
    "C:\\secret.jpkl",
    "//secret.jpkl",
    "/etc/passwd",
    "/etc/passwd\0.jpkl",
    "../secret.jpkl\0",
    "b9.jpkl\0",
    "\0",
    "%2e%2e/secret.jpkl",
    "%2e%2e%2fsecret.jpkl",
    "..%2fsecret.jpkl",
    "..%5csecret.jpkl",
    "%252e%252e/secret.jpkl",
    "..%c0%afsecret.jpkl",
    "\uff0e\uff0e/secret.jpkl",
    "....//secret.jpkl",
    "~/secret.jpkl",
    "file:///etc/passwd",
    "http://localhost/x.jpkl",
    "b9",
    "b9.jpkl/",
    "b9.jpkl/../b9.jpkl",
    "sub",
    "nothing.jpkl",
    "\ud800.jpkl",
    "a" * 300 + ".jpkl",
    "a/" * 3000 + ".jpkl",
    "out.jpkl",
    "away/secret.jpkl",
    ".hidden.jpkl",
    "pipe.jpkl",
    "loop.jpkl",
]


@pytest.fixture
def guarded(folder: Path) -> Path:
    """The folder with links that lead out of it, and with what is not offered."""
    (folder / "out.jpkl").symlink_to(folder.parent / "secret.jpkl")
    (folder / "away").symlink_to(folder.parent / "secret")
    (folder / "loop.jpkl").symlink_to("loop.jpkl")
    save(folder / ".hidden.jpkl")
    os.mkfifo(folder / "pipe.jpkl")
    return folder


def names_of_hostile() -> list[str]:
    absolute = [str(Path(__file__).resolve()), str(Path.home() / "x.jpkl")]
    return HOSTILE + absolute


@pytest.mark.parametrize("name", names_of_hostile(), ids=repr)
def test_names_that_open_nothing(guarded: Path, name: str) -> None:
    with pytest.raises(NotInFolderError) as caught:
        find_stack(guarded, name)
    assert str(guarded.parent) not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_absolute_names_of_stacks_inside_open_nothing(folder: Path) -> None:
    with pytest.raises(NotInFolderError):
        find_stack(folder, str(folder / "b9.jpkl"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            ["..", ".", "", "sub", "deep", "away", "secret", "b9.jpkl", "secret.jpkl", "\\", "\0"]
        )
        | st.text(string.printable, max_size=3),
        max_size=6,
    ),
    st.sampled_from(["/", "\\", "%2f"]),
)
def test_whatever_is_found_is_inside(guarded: Path, parts: list[str], separator: str) -> None:
    try:
        found = find_stack(guarded, separator.join(parts))
    except NotInFolderError:
        return
    assert found.path.is_relative_to(guarded.resolve())
    assert found.path.name != "secret.jpkl"


def test_every_listed_name_opens(folder: Path) -> None:
    (folder / "again.jpkl").symlink_to(folder / "b9.jpkl")
    save(folder / "<script>alert(1)<" / "img src=x onerror=alert(1)>'\".jpkl")
    save(folder / "back\\slash C: 100%25.JPKL")
    listing = list_stacks(folder).stacks
    assert len(listing) == 6
    for file in listing:
        assert find_stack(folder, file.name) == file


# --- one stack for several people ------------------------------------------------------


def test_people_share_decoded_frames_but_not_positions(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(folder)
    decoded: list[int] = []
    viewers = []
    for position in ([3, 0], [1, 1]):
        opened = library.open("b9.jpkl")
        decode = opened.jp._decoder.decode
        viewers.append(JPklViewer(opened.jp, frames=opened.frames, position=position))
    monkeypatch.setattr(
        viewers[0].frames._jp._decoder, "decode", lambda number: decoded.append(number) or decode(number)
    )
    for viewer in viewers:
        viewer.frames.pixels((2, 1))
    assert decoded == [5]
    assert [viewer.state.position for viewer in viewers] == [(3, 0), (1, 1)]
    viewers[0].state.move(0, 4)
    assert viewers[1].state.position == (1, 1)


def test_a_changed_file_is_opened_again(folder: Path) -> None:
    library = Library(folder)
    before = library.open("b9.jpkl")
    assert library.open("b9.jpkl") is before
    save(folder / "b9.jpkl", 200)
    after = library.open("b9.jpkl")
    assert after.frames.pixels((0, 0))[0, 0] == 200
    assert before.frames.pixels((0, 0))[0, 0] == 90, "who looks at the old one goes on"


def test_what_is_open_is_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_module, "LIBRARY_NBYTES", 2 * 24 * 32 * 10)
    library = Library(folder)
    first = library.open("b9.jpkl")
    library.open("b10.jpkl")
    assert library.open("b9.jpkl") is first
    library.open("sub/deep/a b & ü#%.jpkl")
    assert len(library._open) == 2
    assert library.open("b9.jpkl") is first, "the least recently used one went"


def test_many_small_stacks_do_not_take_all_file_descriptors(tmp_path: Path) -> None:
    for i in range(70):
        save(tmp_path / f"{i}.jpkl")
    library = Library(tmp_path)
    for i in range(70):
        library.open(f"{i}.jpkl")
    assert len(library._open) == 64


def test_threads_that_open_the_same_stack_get_the_same(folder: Path) -> None:
    library = Library(folder)
    start = threading.Barrier(8)

    def open_one(_: int) -> Any:
        start.wait()
        return library.open("b9.jpkl")

    with ThreadPoolExecutor(8) as pool:
        assert len({id(opened) for opened in pool.map(open_one, range(8))}) == 1


@pytest.mark.skipif(os.name != "posix", reason="links need rights there")
def test_a_link_that_takes_the_place_of_a_file_while_it_is_opened_gives_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_file = jpkl.open

    def open_another(path: Path) -> JPkl:
        path.rename(path.with_name("between"))
        path.symlink_to(folder.parent / "secret.jpkl")
        jp = open_file(path)
        path.with_name("between").rename(path)
        return jp

    monkeypatch.setattr(jpkl, "open", open_another)
    library = Library(folder)
    with pytest.raises(NotInFolderError, match="changed or moved while it was opened"):
        library.open("b9.jpkl")
    assert "while it was opened" in library.details("b9.jpkl").error
    monkeypatch.undo()
    assert library.open("b9.jpkl").frames.pixels((0, 0))[0, 0] == 90
    assert not library.details("b9.jpkl").error


def test_what_cannot_be_opened_leaves_nothing_behind(folder: Path) -> None:
    library = Library(folder)
    for number in range(3):
        with pytest.raises(ValueError, match="scene"):
            library.open("b9.jpkl", f"no scene {number}")
    assert not library._opening


# --- what the list tells -----------------------------------------------------------------


def test_details_of_a_stack(tmp_path: Path) -> None:
    images = np.zeros((600, 1000, 3, 4, 2), np.uint8)
    images[:300, :, 0, 2, 0], images[300:, :, 0, 2, 1] = 200, 100
    JPkl(images, dim_names=["time", "z", "channel"]).save(tmp_path / "x.jpkl")
    details = describe_details(Library(tmp_path).details("x.jpkl"))
    assert (details["width"], details["height"], details["error"]) == (1000, 600, "")
    assert [tuple(dim.values()) for dim in details["dims"]] == [("time", 3), ("z", 4), ("channel", 2)]
    with Image.open(io.BytesIO(details["thumbnail"])) as image:
        assert image.size == (THUMBNAIL_SIDE, 240)
        top, bottom = image.getpixel((200, 60)), image.getpixel((200, 180))
    # The middle of z at the first time, both channels in their colors, each with a contrast of its own.
    np.testing.assert_allclose(top, (0, 255, 0), atol=6)
    np.testing.assert_allclose(bottom, (255, 0, 255), atol=6)


@pytest.mark.parametrize(
    ("pixel_size", "size"), [((4, 1), (30, 80)), ((1, 50), (400, 5)), ((1, 1), (30, 20))]
)
def test_thumbnails_have_pixels_of_the_shape_in_the_specimen(
    tmp_path: Path, pixel_size: tuple[int, int], size: tuple[int, int]
) -> None:
    JPkl(np.zeros((20, 30, 2), np.uint8), metadata={"pixel_size": pixel_size}).save(tmp_path / "x.jpkl")
    with Image.open(io.BytesIO(Library(tmp_path).details("x.jpkl").thumbnail)) as image:
        assert image.size == size


def test_details_are_read_once_until_the_file_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(folder)
    read, opened = library_module._read_details, []
    monkeypatch.setattr(library_module, "_read_details", lambda file: opened.append(file.name) or read(file))
    first = library.details("b9.jpkl")
    assert library.details("b9.jpkl") is first
    save(folder / "b9.jpkl", 200)
    assert library.details("b9.jpkl").thumbnail != first.thumbnail or opened == ["b9.jpkl"] * 2
    assert opened == ["b9.jpkl", "b9.jpkl"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"not a stack at all", "not a JPkl file"),
        (b"cos\nsystem\n(S'touch /tmp/jpkl-was-here'\ntR.", "system"),
    ],
)
def test_broken_files_say_what_is_wrong_and_nothing_of_the_disk(
    tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "x.jpkl").write_bytes(content)
    library = Library(tmp_path)
    details = library.details("x.jpkl")
    assert says in details.error
    assert str(tmp_path) not in details.error
    html = stack_page(library, "x.jpkl").object
    assert "x.jpkl cannot be shown" in html
    assert str(tmp_path) not in html


def test_a_damaged_frame_leaves_the_rest_of_the_line(tmp_path: Path) -> None:
    jp = JPkl(np.full((24, 32, 5), 90, np.uint8), dim_names=["z"])
    replace_frame(jp, (2,), b"\xff\xd8\xff nonsense").save(tmp_path / "x.jpkl")
    details = Library(tmp_path).details("x.jpkl")
    assert details.description is not None
    assert details.error.startswith("frame (2,): ")
    assert str(tmp_path) not in details.error


def test_stacks_without_frames_and_of_one_frame(tmp_path: Path) -> None:
    JPkl(np.zeros((4, 6, 0))).save(tmp_path / "none.jpkl")
    JPkl(np.full((4, 6), 3, np.uint8)).save(tmp_path / "one.jpkl")
    JPkl(np.full((4, 6, 3, 2), 3, np.uint8), color=True).save(tmp_path / "color.jpkl")
    library = Library(tmp_path)
    assert library.details("none.jpkl").error == "holds no frames"
    for name in ("one.jpkl", "color.jpkl"):
        assert library.details(name).error == ""
        with Image.open(io.BytesIO(library.details(name).thumbnail)) as image:
            assert image.size == (6, 4)


def test_a_file_that_vanishes_between_list_and_look(folder: Path) -> None:
    library = Library(folder)
    (folder / "b9.jpkl").unlink()
    assert "moved or deleted" in library.details("b9.jpkl").error


def test_errors_on_pages_reveal_no_paths(tmp_path: Path) -> None:
    assert (
        short_reason(FileNotFoundError(2, "No such file or directory", "/a/b")) == "No such file or directory"
    )
    assert short_reason(FormatError("it is odd", path="/a/b", offset=3)) == "it is odd"
    for place in (
        "https://lab.org:80/a b/c.jpkl",
        "simplecache::s3://lab/c.jpkl",
        "/a b/c",
        "C:\\a",
        r"\\lab\a",
    ):
        assert short_reason(PermissionError(f"{place}: it is locked")) == "it is locked"
    assert short_reason(OSError("cannot identify image file '/a/b.png'")) == "OSError"
    assert short_reason(MemoryError()) == "MemoryError"


# --- the pages -----------------------------------------------------------------------------


def test_messages_that_make_no_sense_are_answered_and_do_not_fill_the_log(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    board = Dashboard(Library(folder), can_convert=True)
    order = {"type": "report", "what": "begin", "names": 5, "kind": "page", "title": "", "scale": 1}
    messages: list[Any] = [{}, {"type": "details"}, {"type": "report"}, order, [], "x", None]
    with caplog.at_level("WARNING"):
        for message in messages * 10:
            assert "logged" in board._answer_anything(message)["error"]
    assert "nothing can be written" in board._answer_anything({**order, "names": []})["problem"]
    assert 1 <= len(caplog.records) <= 10
    assert "Only stacks" in board._answer_anything({"type": ["x"], "name": "x" * 10**5})["error"]
    assert board._answer_anything({"type": "details", "name": "b9.jpkl"})["error"] == ""


def test_the_app_lists_a_folder(folder: Path) -> None:
    assert isinstance(app([str(folder)]), Dashboard)


def test_the_app_names_a_folder_that_cannot_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> Any:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert "Permission denied" in app([str(folder)]).object


def test_names_in_pages_are_text(folder: Path) -> None:
    (folder / "<img src=x onerror=alert(1)>.jpkl").write_bytes(b"broken")
    html = stack_page(Library(folder), "<img src=x onerror=alert(1)>.jpkl").object
    assert "&lt;img src=x" in html
    assert "<img" not in html


def test_pages_of_refused_names_reveal_nothing(guarded: Path) -> None:
    library = Library(guarded)
    for name in names_of_hostile():
        html = stack_page(library, name).object
        assert "There is no such stack" in html
        assert str(guarded.parent) not in html


# --- originals ---------------------------------------------------------------------


@pytest.fixture
def original(folder: Path) -> str:
    np.save(folder / "raw.npy", np.random.default_rng(0).integers(0, 4000, (24, 32, 5), np.uint16))
    (folder / "figure.png").write_bytes(b"no stack")
    return "raw.npy"


def test_originals_are_listed_and_opened_but_figures_are_not(folder: Path, original: str) -> None:
    listed = describe_listing(list_stacks(folder))["stacks"]
    assert [(file["name"], file["isOriginal"]) for file in listed][2] == (original, True)
    assert len(listed) == 4
    library = Library(folder)
    assert library.details(original).thumbnail.startswith(b"\xff\xd8")
    opened = library.open(original)
    assert isinstance(opened.jp, OriginalStack)
    assert library.open(original) is opened
    conversion_of(opened.jp).wait()
    assert not isinstance(library.open(original).jp, OriginalStack)
    with pytest.raises(NotInFolderError):
        library.open("figure.png")
    with pytest.raises(NotInFolderError):
        library.open("../secret.npy")


def test_an_original_is_encoded_beside_itself(folder: Path, original: str) -> None:
    board = Dashboard(Library(folder), can_convert=True)
    asked = {"type": "convert", "name": original}
    while (said := board._answer(asked))["what"]:
        assert said["type"] == "conversion"
    assert said["problem"] == ""
    with JPkl.load(folder / "raw.jpkl") as jp:
        assert jp.shape == (24, 32, 5)
    again = Dashboard(Library(folder), can_convert=True)._answer(asked)
    assert again["problem"] == "raw.jpkl is there already"
    visited = Dashboard(Library(folder))._answer(asked)
    assert visited["problem"] == "only the person who runs the server can write files there"


def test_what_a_file_that_was_cut_off_holds_is_saved_beside_it(folder: Path) -> None:
    images = np.random.default_rng(0).integers(0, 255, (24, 32, 9), np.uint8)
    JPkl(images, dim_names=["z"]).save(folder / "whole.jpkl")
    data = (folder / "whole.jpkl").read_bytes()
    (folder / "cut.jpkl").write_bytes(data[: len(data) // 2])
    board = Dashboard(Library(folder), can_convert=True)
    details = board._answer({"type": "details", "name": "cut.jpkl"})
    assert re.fullmatch(r"Cut off: [1-8] of 9 frames can be read\.", details["error"])
    assert details["canRecover"]
    assert not Dashboard(Library(folder))._answer({"type": "details", "name": "cut.jpkl"})["canRecover"]
    asked = {"type": "recover", "name": "cut.jpkl"}
    assert "only the person who runs" in Dashboard(Library(folder))._answer(asked)["problem"]
    said = board._answer(asked)
    assert (said["type"], said["saved"], said["problem"]) == ("recovered", "cut-recovered.jpkl", "")
    with JPkl.load(folder / "whole.jpkl") as whole, JPkl.load(folder / "cut-recovered.jpkl") as saved:
        np.testing.assert_array_equal(saved[...], whole[..., : saved.shape[-1]])
    assert board._answer(asked)["problem"] == "cut-recovered.jpkl is there already"


def written(board: Dashboard, names: list[str], **order: Any) -> dict[str, Any]:
    """Have a report made, and return what is said when it has ended."""
    asked = {"type": "report", "kind": "page", "title": "", "scale": 1, "what": "begin", "names": names}
    said = board._answer(asked | order)
    while said["isRunning"]:
        assert (said["type"], said["saved"], said["problem"]) == ("report", "", "")
        said = board._answer({"type": "report", "what": "look"})
    return said


def test_a_report_of_stacks_and_originals_is_written_beside_them(folder: Path, original: str) -> None:
    board = Dashboard(Library(folder), can_convert=True)
    stacks.ramp((3,)).save(folder / "b.jpkl")
    for name in (f"{folder.name} report.html", f"{folder.name} report (2).html"):
        said = written(board, ["b.jpkl", original], title="Ours & theirs")
        assert (said["saved"], said["problem"]) == (name, "")
        page = (folder / name).read_text("utf-8")
        assert "<title>Ours &amp; theirs</title>" in page
        assert original in page
    stacks.ramp((3,)).save(folder / "sub" / "c.jpkl")
    assert written(board, ["sub/c.jpkl"], scale=0.5)["saved"] == "c.html"
    whole, half = written(board, ["b.jpkl"])["saved"], written(board, ["b.jpkl"], scale=0.5)["saved"]
    assert (whole, half) == ("b.html", "b (2).html")
    pytest.importorskip("pptx")
    assert written(board, ["b.jpkl"], kind="slides")["saved"] == "b.pptx"


def test_reports_that_are_written_at_once_do_not_replace_each_other(folder: Path) -> None:
    path = folder / "b.jpkl"
    stacks.ramp((3,)).save(path)
    with JPkl.load(path) as jp:
        writers = [ReportWriter([jp], ReportOrder(title=title)) for title in ("One", "Two", "Three")]
        for writer in writers:
            writer.start()
        while any(writer.is_running for writer in writers):
            time.sleep(0.01)
    names = {writer.plain()["saved"] for writer in writers}
    assert names == {"b.html", "b (2).html", "b (3).html"}
    titles = {(folder / name).read_text("utf-8").partition("<title>")[2][:3] for name in names}
    assert titles == {"One", "Two", "Thr"}


@pytest.mark.parametrize("path", [None, "https://example.org/b.jpkl"])
def test_no_report_is_written_beside_what_is_elsewhere(
    path: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(JPkl, "path", path)
    with pytest.raises(ValueError, match="nothing can be written beside"):
        ReportWriter([stacks.ramp((3,))], ReportOrder())


def test_what_keeps_a_report_from_being_written_is_said(folder: Path) -> None:
    stacks.ramp((3,)).save(folder / "b.jpkl")
    board = Dashboard(Library(folder), can_convert=True)
    assert "only the person who runs" in written(Dashboard(Library(folder)), ["b.jpkl"])["problem"]
    assert "not in the folder" in written(board, ["gone.jpkl"])["problem"]
    assert "Only stacks of the folder" in written(board, ["../b.jpkl"])["problem"]
    assert "no report of the kind" in written(board, ["b.jpkl"], kind="save")["problem"]
    assert "smaller" in written(board, ["b.jpkl"], scale=2)["problem"]
    assert not list(folder.glob("*.html"))


@pytest.mark.parametrize("what", ["convert", "recover", "report"])
def test_no_page_gives_itself_the_right_to_write(folder: Path, what: str) -> None:
    board = Dashboard(Library(folder))
    board.can_convert = True  # as the properties of a page are those of its component
    order = {"kind": "page", "title": "", "scale": 1, "what": "begin", "names": ["b9.jpkl"], "begin": True}
    said = board._answer({"type": what, "name": "b9.jpkl", **order})
    assert said["problem"] == "only the person who runs the server can write files there"


def test_a_report_can_be_given_up_and_nothing_of_it_is_left(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stacks.ramp((200,)).save(folder / "b.jpkl")
    board = Dashboard(Library(folder), can_convert=True)
    is_begun, goes_on = threading.Event(), threading.Event()
    report = Task.report

    def wait(task: Task, done: int, total: int) -> None:
        is_begun.set()
        goes_on.wait(30)
        report(task, done, total)

    monkeypatch.setattr(Task, "report", wait)
    asked = {"type": "report", "kind": "page", "title": "", "scale": 1, "names": ["b.jpkl"]}
    assert board._answer(asked | {"what": "begin"})["isRunning"]
    assert is_begun.wait(30)
    threading.Timer(0.1, goes_on.set).start()
    said = board._answer({"type": "report", "what": "cancel"})
    assert (said["isRunning"], said["saved"], said["problem"]) == (False, "", "")
    assert [path.name for path in folder.iterdir() if "b.h" in path.name or "part" in path.name] == []


def test_a_reader_that_is_missing_is_named_with_the_command_that_installs_it(
    folder: Path, original: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise jpkl.MissingDependencyError("Reading ND2 files", "bio", "nd2")

    monkeypatch.setattr(jpkl, "open", fail)
    details = describe_details(Library(folder).details(original))
    assert (details["error"], details["install"]) == ("Needs the ND2 reader.", 'pip install "jpkl[bio]"')


def test_a_zarr_that_was_written_again_has_another_thumbnail_in_the_list(tmp_path: Path) -> None:
    zarr = pytest.importorskip("zarr")
    pixels = np.full((3, 32, 32), 10, np.uint8)
    pixels[:, :8] = 200
    array = zarr.create_array(tmp_path / "raw.zarr", data=pixels, chunks=(1, 32, 32))
    library = Library(tmp_path)
    times = (tmp_path / "raw.zarr").stat()
    before = library.details("raw.zarr")
    assert library.details("raw.zarr") is before
    array[:] = 210 - pixels
    os.utime(tmp_path / "raw.zarr", ns=(times.st_atime_ns, times.st_mtime_ns))
    after = library.details("raw.zarr")

    def top(details: library_module.Details) -> int:
        with Image.open(io.BytesIO(details.thumbnail)) as image:
            return int(np.asarray(image.convert("L"))[2, 2])

    assert top(before) > 250
    assert top(after) < 5


@pytest.mark.parametrize("name", ["raw.npy", "raw{y}.npy"])  # the second is a pattern, once it is no file
def test_a_file_that_vanishes_once_it_was_found_is_an_error_of_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    np.save(tmp_path / name, np.zeros((24, 32, 5), np.uint8))
    library = Library(tmp_path)
    found = library.find(name)
    monkeypatch.setattr(library, "find", lambda _: found)
    (tmp_path / name).unlink()
    details = library.details(name)
    assert details.description is None
    assert details.error


def test_encoding_an_original_can_be_ended(folder: Path, original: str) -> None:
    board = Dashboard(Library(folder), can_convert=True)
    board._answer({"type": "convert", "name": original})
    assert board._answer({"type": "cancel", "name": original})["isCancelled"]
    assert board._answer({"type": "cancel", "name": "a.jpkl"})["isCancelled"]  # of which nothing was begun
    assert not list(folder.glob("*.part*"))


def test_who_looks_at_an_original_can_end_its_encoding_but_no_visitor_can(
    folder: Path, original: str
) -> None:
    with jpkl.open(folder / original) as jp:
        stack = replace(stacks.viewed(jp), path=str(folder / original))
        asked = {"what": "conversion", "begin": True, "cancel": True}
        (visited,) = answer_conversion(replace(stack, path=None), asked, UNWATCHED)
        assert not visited["canCancel"]
        (said,) = answer_conversion(stack, asked, UNWATCHED)
        assert said["canCancel"]
        assert said["what"] == ""
