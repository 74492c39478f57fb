"""Pictures of reports: chosen positions and bookmarks, with captions and legends; and the bundle of files."""

from __future__ import annotations

import base64
import io
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from jpkl import JPkl
from jpkl._cli import main
from tests.conftest import replace_frame
from tests.movies import read_mp4
from tests.viewer.stacks import ramp

pytest.importorskip("holoviews")

from jpkl_viewer import Bookmark, JPklViewer, Report, ReportTooLargeError
from jpkl_viewer.report import movies as movies_module

FIGURE = re.compile(r'<figure class="(?P<kind>\w+)">(?P<text>.*?)</figure>', re.DOTALL)


def steps(sizes: tuple[int, ...] = (4, 3), **arguments: Any) -> JPkl:
    """A stack whose frames are of one gray each: 20 more along the first dim, 5 along the second."""
    time, z = np.ogrid[: sizes[0], : sizes[1]]
    values = np.broadcast_to(np.uint8(40 + 20 * time + 5 * z), (24, 40, *sizes))
    return JPkl(values, **{"dim_names": ["time", "z"], "display_range": (0, 255), **arguments})


def shown(jp: JPkl, **options: Any) -> JPklViewer:
    """A viewer that shows pixel values as gray values."""
    return JPklViewer(jp, **{"channels": [{"limits": (0, 255)}], "position": (0, 0), **options})


def figures_in(page: str) -> list[tuple[str, str]]:
    return [(found["kind"], found["text"]) for found in FIGURE.finditer(page)]


def picture_in(figure: str) -> np.ndarray[Any, Any]:
    data = re.search(r"data:image/jpeg;base64,([^\"]+)", figure)
    assert data is not None
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data[1]))).convert("L"))


def page_of(tmp_path: Path, viewer: JPklViewer, **options: Any) -> str:
    viewer.save(tmp_path / "report.html", progress=False, **options)
    return (tmp_path / "report.html").read_text("utf-8")


def test_chosen_positions_are_pictures(tmp_path: Path) -> None:
    page = page_of(tmp_path, shown(steps()), stills={"time": slice(1, 4, 2), "z": 2})
    (_, first), *chosen = figures_in(page)
    assert [kind for kind, _ in chosen] == ["position", "position"]
    assert picture_in(first)[0, 0] == pytest.approx(40, abs=2)
    assert [picture_in(text)[0, 0] for _, text in chosen] == pytest.approx([70, 110], abs=2)
    assert ["time 1 · z 2" in chosen[0][1], "time 3 · z 2" in chosen[1][1]] == [True, True]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stills": {"time": 9}}, "stills: dim 'time' has indices 0 to 3, not 9"),
        ({"stills": {"time": 1}, "select": {"time": 0}}, "the report has none of time 1"),
        ({"stills": {"depth": 1}}, "no stack has a dim 'depth'"),
    ],
)
def test_positions_that_are_not_there(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Report([shown(steps())], **options)


def test_too_many_positions() -> None:
    with pytest.raises(ValueError, match="100 at most"):
        Report([shown(steps((60, 2)))], stills={"time": slice(None), "z": slice(None)})


def test_bookmarks_are_figures_as_the_viewer_draws_them(tmp_path: Path) -> None:
    marks = [
        Bookmark("Late", {"position": (3, 1)}, caption="The <end>"),
        Bookmark("Brightest", {"projection": {"dim": 0, "method": "max"}}),
        Bookmark("Cut", {"tools": {"ortho": {"dim": 1, "x": 20, "y": 12}}}),
        Bookmark("All", {"tools": {"montage": {"mode": "montage", "dim": 0}}}),
        Bookmark("Near", {"position": (2, 0)}, zoom=(0.0, 0.0, 4.0)),
    ]
    page = page_of(tmp_path, shown(steps(), bookmarks=marks), bookmarks=True)
    late, brightest, cut, whole, near = (text for kind, text in figures_in(page) if kind == "bookmark")
    assert picture_in(late)[0, 0] == pytest.approx(105, abs=2)
    assert "<b>Late</b>" in late
    assert "The &lt;end&gt;" in late
    assert picture_in(brightest)[0, 0] == pytest.approx(100, abs=2)
    assert "time max 0–3" in brightest
    frame, both = picture_in(late), picture_in(cut)
    assert both.shape[1] / both.shape[0] == pytest.approx(frame.shape[1] / frame.shape[0], rel=0.2)
    assert both[both.shape[0] // 2, -3] == pytest.approx(50, abs=3)  # the deepest z, at the right
    assert {20 * round(int(v) / 20) for v in picture_in(whole)[-40::20, ::8].ravel()} >= {80, 100}
    assert picture_in(near).shape == frame.shape
    assert picture_in(near)[0, 0] == pytest.approx(80, abs=2)


def test_a_zoomed_bookmark_shows_what_is_in_the_crop(tmp_path: Path) -> None:
    values = np.zeros((40, 80, 2), np.uint8)
    values[:, 40:] = np.linspace(200, 220, 40).astype(np.uint8)[:, None]
    jp = JPkl(values, dim_names=["time"], display_range=(0, 255))
    marks = [Bookmark("Right", zoom=(70.0, 20.0, 2.0)), Bookmark("Out", zoom=(5.0, 20.0, 8.0))]
    viewer = JPklViewer(jp, channels=[{"limits": (0, 255)}], bookmarks=marks, scale_bar=False)
    page = page_of(tmp_path, viewer, bookmarks=True, crop=(slice(0, 40), slice(50, 80)))
    still, right, out = (picture_in(text) for _, text in figures_in(page))
    assert min(still.min(), right.min(), out.min()) > 190  # nothing of what was left out is in a picture
    assert still.shape[1] / still.shape[0] == pytest.approx(30 / 40, rel=0.02)


def test_legends_have_the_channels_and_their_limits(tmp_path: Path) -> None:
    metadata = {"channel_names": ["DNA", "A <b>"]}
    jp = ramp((3, 2, 2), metadata=metadata)
    colors = [{"color": "#00ff00"}, {"color": "#ff0000"}]
    page = page_of(tmp_path, JPklViewer(jp, composite=True, channels=colors))
    ((_, still),) = figures_in(page)
    assert "<b>DNA</b>" in still
    assert "<b>A &lt;b&gt;</b>" in still
    assert re.findall(r"#000000,.*?(#\w+)\)", still) == ["#00ff00", "#ff0000"]
    assert "DNA + A &lt;b&gt;" in still


# --- the bundle ---------------------------------------------------------------------------------------


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def test_a_bundle_has_the_page_movies_posters_and_says_what_is_for_what(tmp_path: Path) -> None:
    pytest.importorskip("imageio_ffmpeg")
    viewer = shown(steps(), bookmarks=[Bookmark("In: focus?", {"position": (1, 2)})], scale_bar=False)
    report = Report([viewer], title="Steps", select={"time": slice(0, 4, 3)}, bookmarks=True)
    report.save(tmp_path / "page.html")
    written = report.save_bundle(tmp_path / "out.zip", dim="time", fps=4)
    files = unpacked(tmp_path / "out.zip")
    stem = "JPkl in memory"
    marked = f"{stem} - In- focus-.png"
    assert list(files) == ["README.txt", "report.html", f"{stem}.mp4", f"{stem}.png", marked]
    assert (written.parts, written.nbytes) == (tuple(files), (tmp_path / "out.zip").stat().st_size)
    assert files["report.html"] == (tmp_path / "page.html").read_bytes()
    (tmp_path / "movie.mp4").write_bytes(files[f"{stem}.mp4"])
    movie = read_mp4(tmp_path / "movie.mp4")
    # The bookmark's frame is in the report, and so in the movie.
    assert movie[:, -9, -9, 0] == pytest.approx([40, 60, 100], abs=3)
    poster = np.asarray(Image.open(io.BytesIO(files[f"{stem}.png"])))
    assert poster.shape == movie.shape[1:]
    assert np.asarray(Image.open(io.BytesIO(files[marked])))[0, 0].tolist() == pytest.approx([70] * 3, abs=2)
    readme = files["README.txt"].decode()
    assert all(name in readme for name in files if name != "README.txt")
    assert "3 pictures along time, 4 per second" in readme
    assert "refuse HTML" in readme


@pytest.mark.parametrize("projection", [None, {"dim": 1, "method": "max"}])
def test_a_damaged_frame_is_left_out_of_the_movie(tmp_path: Path, projection: dict[str, Any] | None) -> None:
    pytest.importorskip("imageio_ffmpeg")
    jp = replace_frame(steps(), (1, 0), b"\xff\xd8 nothing")
    report = Report([shown(jp, position=(1, 0), projection=projection)])
    written = report.save_bundle(tmp_path / "out.zip")
    assert written.damaged == ("JPkl in memory.mp4: 1 picture left out, as frames are damaged",)
    (tmp_path / "movie.mp4").write_bytes(unpacked(tmp_path / "out.zip")["JPkl in memory.mp4"])
    assert len(read_mp4(tmp_path / "movie.mp4")) == 3


@pytest.mark.parametrize(
    ("select", "kept", "gray"),
    [
        # The part begins at time 1 and has all that is projected.
        ({"time": slice(1, None)}, {"dim": 0, "method": "max", "start": 0, "stop": 2}, 80),
        ({"time": slice(2, None)}, None, 80),
        ({"time": slice(0, 2)}, None, 60),
    ],
)
def test_still_and_viewer_agree_on_a_projection_of_a_part(
    select: dict[str, slice], kept: dict[str, Any] | None, gray: int
) -> None:
    viewer = shown(steps(), position=(2, 0), projection={"dim": 0, "method": "max", "start": 1, "stop": 3})
    report = Report([viewer], select=select)
    assert report.excerpts[0].settings["projection"] == kept
    picture = report._shots[0].first.picture(64)
    assert picture[0, 0, 0] == pytest.approx(gray, abs=2)


def test_one_picture_is_no_movie(tmp_path: Path) -> None:
    report = Report([shown(steps(), projection={"dim": 0})], select={"z": 1})
    assert report.save_bundle(tmp_path / "out.zip").parts == (
        "README.txt",
        "report.html",
        "JPkl in memory.png",
    )


def test_names_are_told_apart_and_fit_every_system() -> None:
    from jpkl_viewer.report.bundle import Names

    names = Names()
    given = ["cells", "Cells", "a/b:c", "report", "con", "..", " ", "x" * 300]
    assert [names.new(name)[:12] for name in given] == [
        *("cells", "Cells (2)", "a-b-c", "report (2)", "con-", "stack", "stack (2)", "x" * 12)
    ]


def test_an_interrupt_in_a_movie_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(*args: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    pytest.importorskip("imageio_ffmpeg")
    monkeypatch.setattr(movies_module, "export_movie", interrupted)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    with pytest.raises(KeyboardInterrupt):
        Report([shown(steps())]).save_bundle(tmp_path / "out.zip")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert list((tmp_path / "temporary").iterdir()) == []


def test_bundles_that_cannot_be(tmp_path: Path) -> None:
    report = Report([shown(steps())])
    with pytest.raises(ValueError, match="no stack has a dim 'depth' to play; there are time, z"):
        report.save_bundle(tmp_path / "out.zip", dim="depth")
    with pytest.raises(ReportTooLargeError):
        report.save_bundle(tmp_path / "out.zip", max_nbytes=1000)
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_what_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("imageio_ffmpeg")
    monkeypatch.chdir(tmp_path)
    steps().save("a.jpkl")
    command = ["report", "a.jpkl", "--bundle", "a.zip", "-o", "a.html", "--stills", "ti=0,z=1", "--dim", "ti"]
    assert main(command) == 0
    assert list(unpacked(Path("a.zip")))[1:] == ["report.html", "a.mp4", "a.png", "a - time 0, z 1.png"]
    assert capsys.readouterr().out.splitlines()[1].startswith("a.zip: 5 files, ")
    assert main(command) == 2
    assert "a.html: exists already; --force replaces it" in capsys.readouterr().err
    for arguments, message in [
        (["report", "a.jpkl"], "nothing to write: give -o OUT.html, --bundle OUT.zip or --slides OUT.pptx"),
        (["report", "a.jpkl", "--bundle", "a.html"], "--bundle: a.html must end in .zip"),
        (["report", "a.jpkl", "-o", "a.pdf"], "--output: a.pdf must end in .html"),
        (["report", "a.jpkl", "-o", "b.html", "--fps", "3"], "--dim and --fps are for the movies of"),
        (["report", "a.jpkl", "-o", "b.html", "--stills", "time=9"], "stills: dim 'time' has indices 0 to 3"),
    ]:
        assert main(arguments) == 2
        assert message in capsys.readouterr().err


# --- slides -------------------------------------------------------------------------------------------


def test_a_slide_for_each_stack_and_bookmark(tmp_path: Path) -> None:
    pptx = pytest.importorskip("pptx")
    pytest.importorskip("imageio_ffmpeg")
    marks = [Bookmark("Late", {"position": (3, 1)}, caption="The end\nof it")]
    viewer = shown(steps(), bookmarks=marks, scale_bar=False)
    report = Report([viewer], title="Steps", bookmarks=True, stills={"z": 2})
    written = report.save_slides(tmp_path / "out.pptx", dim="time", fps=4)
    assert written.parts == ("JPkl in memory", "JPkl in memory, time 0 · z 2", "Late")
    assert str(written).startswith("3 slides, ")
    deck = pptx.Presentation(tmp_path / "out.pptx")
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, rel=1e-3)
    assert (deck.core_properties.title, deck.core_properties.author) == ("Steps", "")
    assert [slide.shapes.title.text for slide in deck.slides] == list(written.parts)
    first, still, late = deck.slides
    assert [media_types(slide) for slide in (first, still, late)] == [["video/mp4"], [], ["video/mp4"]]
    texts = [shape.text_frame.text for shape in late.shapes if shape.has_text_frame]
    assert "The end\nof it\ntime 3, z 1" in texts
    assert "Measure on the original data" in late.notes_slide.notes_text_frame.text
    for slide, gray in ((first, 40), (still, 50), (late, 105)):
        shape = max(
            (s for s in slide.shapes if hasattr(s, "image") or s.shape_type == 16), key=lambda s: s.width
        )
        assert shape._element._nvXxPr.cNvPr.get("descr").startswith(("JPkl in memory, time", "Late, time 3"))
        assert shape.width / shape.height == pytest.approx(40 / 24, rel=0.01)
        assert 0 < shape.left + shape.width < deck.slide_width
        assert 0 < shape.top + shape.height <= deck.slide_height
        data = shape.poster_frame.blob if shape.shape_type == 16 else shape.image.blob
        assert np.asarray(Image.open(io.BytesIO(data)))[-9, -9, 0] == pytest.approx(gray, abs=2)
    movie = next(part for part in late.part.package.iter_parts() if part.content_type == "video/mp4")
    (tmp_path / "movie.mp4").write_bytes(movie.blob)
    assert len(read_mp4(tmp_path / "movie.mp4")) == 4


def media_types(slide: Any) -> list[str]:
    """Types of the movies of a slide, each of which is linked twice."""
    parts = {rel.target_part for rel in slide.part.rels.values() if not rel.is_external}
    return [part.content_type for part in parts if part.content_type.startswith("video/")]


def test_slides_of_damaged_frames_and_too_large_ones(tmp_path: Path) -> None:
    pptx = pytest.importorskip("pptx")
    jp = replace_frame(steps(), (1, 0), b"\xff\xd8 nothing")
    report = Report([shown(jp)], select={"time": 1, "z": 0})
    written = report.save_slides(tmp_path / "out.pptx")
    assert "frame (1, 0)" in written.damaged[0]
    (slide,) = pptx.Presentation(tmp_path / "out.pptx").slides
    assert any("frame (1, 0)" in shape.text_frame.text for shape in slide.shapes)
    with pytest.raises(ReportTooLargeError, match="the slides would have"):
        report.save_slides(tmp_path / "large.pptx", max_nbytes=1000)
    assert [path.name for path in tmp_path.iterdir()] == ["out.pptx"]


def test_without_the_package_slides_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pptx", None)
    with pytest.raises(ImportError, match=re.escape('pip install "jpkl[slides]"')):
        Report([shown(steps())]).save_slides(tmp_path / "out.pptx")
    assert list(tmp_path.iterdir()) == []


def test_texts_may_hold_anything(tmp_path: Path) -> None:
    pytest.importorskip("pptx")
    pytest.importorskip("imageio_ffmpeg")
    evil = "\x00\x1b[31m\ud800\x0b\u2028 <b>"
    metadata = {"channel_names": [evil, "b"], "pixel_size": (1.0, 1.0), "pixel_unit": f"µ{evil}"}
    jp = ramp((2, 1, 2), dim_names=[f"t{evil}", "z", "channel"], metadata=metadata)
    viewer = JPklViewer(jp, bookmarks=[Bookmark(evil, caption=evil)])
    report = Report([viewer], title=evil * 50, note=evil, bookmarks=True)
    assert len(report.save_slides(tmp_path / "out.pptx").parts) == 2
    (marked,) = [name for name in report.save_bundle(tmp_path / "out.zip").parts if "-x00" in name]
    assert set(marked) <= set(map(chr, range(32, 127)))
