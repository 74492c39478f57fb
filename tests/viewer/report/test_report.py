"""Reports in Python: what goes into the page, how large it is, and what is refused. No browser."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from jpkl import JPkl
from jpkl._cli import main
from tests.conftest import replace_frame
from tests.viewer.stacks import NAMES, ramp, stack

pytest.importorskip("holoviews")


from jpkl_viewer import Bookmark, JPklViewer, Report, ReportTooLargeError
from jpkl_viewer.model.resolve import resolve
from jpkl_viewer.report import report as report_module
from jpkl_viewer.report.facts import facts, metadata_rows

SCRIPTS = re.compile(r"<script(?P<attributes>[^>]*)>(?P<text>.*?)</script>", re.DOTALL)


def scripts(path: Path) -> list[tuple[str, str]]:
    """Attributes and text of each script element."""
    return [(found["attributes"], found["text"]) for found in SCRIPTS.finditer(path.read_text("utf-8"))]


def frames_in(path: Path) -> dict[tuple[int, int], bytes]:
    """The JPEGs of a report by number of the stack and of the frame."""
    found = {}
    for attributes, text in scripts(path):
        if 'class="frames"' not in attributes:
            continue
        quoted = re.search(r'data-frames="([^"]*)"', attributes)
        assert quoted is not None
        table = json.loads(html.unescape(quoted[1]))
        start = 0
        for number, length in zip(table["numbers"], table["lengths"], strict=True):
            found[table["stack"], number] = base64.b64decode(text[start : start + length], validate=True)
            start += length
        assert start == len(text)
    return found


def data_in(path: Path) -> dict[str, Any]:
    """What the page's script is given."""
    (text,) = [text for attributes, text in scripts(path) if 'id="report"' in attributes]
    data: dict[str, Any] = json.loads(text)
    return data


def saved(tmp_path: Path, jp: JPkl, **options: Any) -> Path:
    path = tmp_path / "report.html"
    JPklViewer(jp).save(path, progress=False, **options)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_the_page_holds_the_stored_bytes_once_and_unchanged(tmp_path: Path, name: str) -> None:
    jp = stack(name)
    found = frames_in(saved(tmp_path, jp))
    assert list(found.values()) != []
    assert found == {(0, number): data for number, data in enumerate(jp.images.values())}


@pytest.mark.parametrize("name", NAMES)
def test_the_page_takes_no_more_than_1_36_of_the_frames_and_the_fixed_part(tmp_path: Path, name: str) -> None:
    jp = stack(name)
    nbytes = saved(tmp_path, jp).stat().st_size
    fixed = (
        saved(tmp_path, ramp((1,))).stat().st_size
    )  # BokehJS, our modules, colormaps, and next to no frame
    still = 100_000
    assert nbytes <= 1.36 * jp.compressed_nbytes + fixed + still


def test_the_forecast_is_the_size(tmp_path: Path) -> None:
    jp = stack("shipped")
    report = Report([JPklViewer(jp)])
    forecast = report.forecast()
    written = report.save(tmp_path / "report.html")
    assert forecast.n_frames == written.n_frames == 102
    assert written.nbytes == (tmp_path / "report.html").stat().st_size
    assert forecast.nbytes == pytest.approx(written.nbytes, rel=0.01)
    assert forecast.frames_nbytes == written.frames_nbytes == jp.compressed_nbytes
    assert re.fullmatch(r"102 frames, (\d+ kB|\d\.\d MB)", str(forecast))


def test_frames_that_are_shown_first_come_first_in_the_page(tmp_path: Path) -> None:
    jp = stack("shipped")
    viewer = JPklViewer(jp, position=[30, 1], composite=True)
    viewer.save(tmp_path / "report.html", progress=False)
    numbers = [number for _, number in frames_in(tmp_path / "report.html")]
    assert numbers[:2] == [60, 61]
    assert sorted(numbers) == list(range(102))


def test_what_is_shown_first_is_not_worked_out_for_each_frame(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = []

    def resolve_and_count(*view: Any) -> Any:
        asked.append(view)
        return resolve(*view)

    monkeypatch.setattr("jpkl_viewer.report.excerpt.resolve", resolve_and_count)
    path = saved(tmp_path, ramp((100,)))
    assert len(frames_in(path)) == 100
    assert len(asked) < 5


def test_a_part_of_the_dims(tmp_path: Path) -> None:
    jp = ramp((9, 4))
    path = saved(tmp_path, jp, select={"time": slice(1, 8, 3), "z": np.int64(2)})
    expected = [jp.images[time, 2] for time in (1, 4, 7)]
    assert list(frames_in(path).values()) == expected
    (described,) = data_in(path)["stacks"]
    time, z = described["description"]["dims"]
    assert (time["size"], time["coords"]) == (
        3,
        [1, 4, 7],
    )  # a frame keeps the number that it has in the file
    assert (z["size"], z["coords"]) == (1, [2])


def test_what_is_on_record_of_fidelity_is_that_of_the_part(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 255, (32, 40, 6, 2), np.uint8)
    jp = JPkl(images, dim_names=["time", "z"], fidelity="all")
    assert jp.fidelity is not None
    path = saved(tmp_path, jp, select={"time": [5, 2], "z": 1})
    (described,) = data_in(path)["stacks"]
    psnr = jp.fidelity.psnr.reshape(6, 2).round(2)
    time, z = described["description"]["profiles"]["psnr"]["dims"]
    assert time == {"values": psnr[[5, 2], 1].tolist(), "frames": [0, 1]}
    assert z["values"] == [psnr[[5, 2], 1].min()]
    said = described["description"]["fidelity"]
    assert said.endswith("measured on all 2 frames")
    assert said in path.read_text("utf-8").partition("Encoding and fidelity")[2]
    (again,) = data_in(saved(tmp_path, jp, quality=50))["stacks"]
    assert again["description"]["fidelity"] == "", "nobody has measured what this quality loses"
    assert "profiles" not in again["description"]
    assert "measured on all 12 frames in the file" in path.read_text("utf-8")


def test_dates_texts_and_reductions_are_in_the_report(tmp_path: Path) -> None:
    days = np.arange(4).astype("datetime64[D]")
    metadata = {"coords": {"time": days, "z": ["top", "bottom"]}}
    path = saved(tmp_path, ramp((4, 2), metadata=metadata), select={"time": [1, 3]}, scale=0.25)
    (described,) = data_in(path)["stacks"]
    assert described["description"]["reduction"] == [4, 4]
    assert [dim["texts"] for dim in described["description"]["dims"]] == [
        ["1970-01-02", "1970-01-04"],
        ["top", "bottom"],
    ]
    page = path.read_text("utf-8")
    assert "2 of 4: 1970-01-02, 1970-01-04" in page
    assert "2: top, bottom" in page


def test_a_part_of_the_channels_keeps_names_colors_and_ranges(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 4000, (3, 4, 2, 16, 16), np.uint16)
    pixels[:, 1] //= 2
    pixels = np.moveaxis(pixels, (0, 1), (1, 0))  # channel first
    metadata = {
        "channel_names": ["A", "B", "C", "D"],
        "channel_colors": ["#ff0000", "#00ff00", "#0000ff", "#ffffff"],
    }
    jp = JPkl(pixels, axes="CTZYX", metadata=metadata)
    path = saved(tmp_path, jp, select={"channel": [1, 3]})
    description = data_in(path)["stacks"][0]["description"]
    assert [c["name"] for c in description["channels"]] == ["B", "D"]
    assert [c["color"] for c in description["channels"]] == ["#00ff00", "#ffffff"]
    ranges = description["ranges"]
    assert ranges["shape"][0] == 2
    assert jp.display_range is not None
    whole = np.broadcast_to(jp.display_range, (*jp.dim_sizes, 2))
    told = np.broadcast_to(np.reshape(ranges["values"], (*ranges["shape"], 2)), (2, *jp.dim_sizes[1:], 2))
    np.testing.assert_allclose(told, whole[[1, 3]])
    assert sorted(frames_in(path).values()) == sorted(jp.images[i] for i in jp.images if i[0] in (1, 3))


@pytest.mark.parametrize(("channel", "expected"), [(3, {"channel": 1}), (2, {}), (None, {})])
def test_the_difference_is_of_the_same_channel_in_a_part_of_them(
    channel: int | None, expected: dict[str, int]
) -> None:
    jp = ramp((3, 2, 4))
    assert jp.dim_names[2] == "channel"
    viewer = JPklViewer(
        jp, compare=[jp], tools={"compare": {"mode": "difference", "gain": 2, "channel": channel}}
    )
    (excerpt, _) = Report([viewer], select={"channel": [1, 3]}).excerpts
    assert excerpt.settings["tools"]["compare"] == {"mode": "difference", "gain": 2, **expected}


def test_crop_scale_and_quality_reencode_the_frames(tmp_path: Path) -> None:
    jp = JPkl(np.full((40, 60, 3), 200, np.uint8), metadata={"pixel_size": [2.0, 1.0], "pixel_unit": "µm"})
    path = saved(tmp_path, jp, crop=(slice(10, 30), slice(None, 50)), scale=0.5, quality=40)
    for data in frames_in(path).values():
        with Image.open(io.BytesIO(data)) as image:
            assert image.size == (25, 10)
            assert np.abs(np.asarray(image).astype(int) - 200).max() <= 2
    description = data_in(path)["stacks"][0]["description"]
    assert (description["height"], description["width"], description["quality"]) == (10, 25, 40)
    assert description["pixelSize"] == [4.0, 2.0]
    said = path.read_text("utf-8")
    assert "rows 10 to 29, columns 0 to 49, scaled from 20 × 50 pixels" in said
    whole = saved(tmp_path, jp).read_text("utf-8")
    for fact in ("60 × 40 px, gray, 8-bit", "1 × 2 µm"):
        assert f"<td>{fact}</td>" in whole, "width by height, as in the viewer"


def test_a_lower_quality_takes_less_and_its_forecast_is_near(tmp_path: Path) -> None:
    viewer = JPklViewer(stack("shipped"))
    report = Report([viewer], quality=30)
    forecast, written = report.forecast(), report.save(tmp_path / "small.html")
    assert "about" in str(forecast)
    assert written.frames_nbytes < 0.6 * viewer.jp.compressed_nbytes
    assert forecast.frames_nbytes == pytest.approx(written.frames_nbytes, rel=0.2)


class Inverted(JPkl):
    """Other pixels than the stored JPEG has."""

    def decode_slice(self, data: bytes) -> np.ndarray[Any, Any]:
        return 255 - super().decode_slice(data)


def test_a_decoder_of_ones_own_decides_what_the_report_shows(tmp_path: Path) -> None:
    jp = Inverted(np.full((16, 16, 2), 30, np.uint8), dim_names=["time"])
    for data in frames_in(saved(tmp_path, jp)).values():
        with Image.open(io.BytesIO(data)) as image:
            assert np.abs(np.asarray(image).astype(int) - 225).max() <= 2


def test_a_damaged_frame_is_forecast_and_named_in_its_place(tmp_path: Path) -> None:
    jp = ramp((5,))
    damaged = replace_frame(jp, (2,), jp.images[2,][:-20])
    report = Report([JPklViewer(damaged)])
    assert "1 damaged: JPkl in memory (2,)" in str(report.forecast())
    path = tmp_path / "report.html"
    report.save(path)
    assert [number for _, number in frames_in(path)] == [0, 1, 3, 4]
    assert "&quot;errors&quot;:{&quot;2&quot;:" in path.read_text("utf-8")


def test_embedded_in_a_notebook_it_has_the_same_frames(tmp_path: Path) -> None:
    jp = ramp((5,))
    viewer = JPklViewer(jp)
    embedded = viewer.embed(title='5 < 6 "frames"')
    assert re.fullmatch(r"<report of .*: 5 frames, \d+ kB>", repr(embedded))
    shown = embedded._repr_html_()
    found = re.search(r' srcdoc="([^"]*)"', shown)
    assert found is not None
    (tmp_path / "embedded.html").write_text(html.unescape(found[1]), "utf-8")
    viewer.save(tmp_path / "report.html", progress=False)
    assert frames_in(tmp_path / "embedded.html") == frames_in(tmp_path / "report.html")
    assert "5 &lt; 6 &quot;frames&quot;: 5 frames" in shown
    with pytest.raises(ReportTooLargeError, match=r"5 frames.*limit is 100 kB"):
        viewer.embed(max_nbytes=10**5)


def test_a_damaged_first_frame_leaves_a_report(tmp_path: Path) -> None:
    jp = ramp((3,))
    path = saved(tmp_path, replace_frame(jp, (0,), b"not a picture"))
    assert 'class="error"' in path.read_text("utf-8")


def test_too_large_is_refused_with_what_to_do_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ReportTooLargeError, match=r"5 frames, \d+ kB.*limit is 100 kB.*select.*crop, scale"):
        saved(tmp_path, ramp((5,)), max_nbytes=10**5)
    assert list(tmp_path.iterdir()) == []


def test_far_too_large_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(report_module, "survey", lambda excerpt: pytest.fail("read"))
    with pytest.raises(ReportTooLargeError, match="about"):
        saved(tmp_path, ramp((50,)), max_nbytes=1000)


def test_an_interrupt_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("before")

    def interrupt() -> bytes:
        raise KeyboardInterrupt

    report = Report([JPklViewer(ramp((5,)))])
    forecast = report.forecast()
    monkeypatch.setattr(report, "forecast", lambda: forecast)
    monkeypatch.setattr(report_module, "page_end", interrupt)  # when all else is written
    with pytest.raises(KeyboardInterrupt):
        report.save(path)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"select": {"t": 0}}, ValueError, "no stack has a dim 't'.*there are time, z"),
        ({"select": {"time": 9}}, IndexError, "dim 'time' has indices 0 to 3, not 9"),
        ({"select": {"time": slice(9, 12)}}, ValueError, "leaves nothing of dim 'time'"),
        ({"crop": (slice(20, 10), slice(None))}, ValueError, "20:10 are not rows of a frame that has 24"),
        ({"scale": 0}, ValueError, "scale 0"),
        ({"scale": 2}, ValueError, "scale 2"),
        ({"quality": 101}, ValueError, "quality 101"),
    ],
)
def test_options_that_do_not_fit(
    tmp_path: Path, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        saved(tmp_path, ramp((4, 2)), **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("has_overlay", [False, True])
def test_the_policy_names_the_scripts_that_run(tmp_path: Path, has_overlay: bool) -> None:
    import holoviews as hv

    path = tmp_path / "report.html"
    overlay = hv.Points([(3, 4)]) if has_overlay else None
    JPklViewer(ramp((2,)), overlay=overlay).save(path, progress=False)
    running, packed = [], []
    for attributes, text in scripts(path):
        if "packed" in attributes or "computer" in attributes:
            packed.append(gzip.decompress(base64.b64decode(text)).decode())
        elif "json" not in attributes and "text/plain" not in attributes:
            running.append(text)
    # BokehJS draws overlays, and is there only for them.
    assert (len(running), len(packed)) == (1, 2 + has_overlay)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', path.read_text("utf-8"))
    for text in (*running, *packed):
        assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy
    assert "'unsafe-eval'" not in policy
    assert "worker-src blob:" in policy  # the worker that computes


def test_html_of_strangers_is_text(tmp_path: Path) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    jp = JPkl(np.zeros((8, 8, 2), np.uint8), dim_names=[evil], metadata={evil: {evil: evil}})
    path = saved(tmp_path, jp, title=evil, note=f"{evil} ![x](http://example.org/x.png)")
    page = path.read_text("utf-8")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert '<img src="http' not in page


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ([0, 1], "GFP: 0 to 3000; DAPI: 0 to 1500 are shown as 0 to 255"),
        ([1], "0 to 1500 are shown as 0 to 255"),
    ],
)
def test_display_ranges_are_those_of_the_channels_by_name_and_in_their_order(
    channels: list[int], expected: str
) -> None:
    pixels = np.linspace(0, 3000, 2 * 3 * 8 * 8).astype(np.uint16).reshape(3, 2, 8, 8)
    jp = JPkl(
        pixels,
        axes="TCYX",
        display_range=[[(0, 3000), (0, 1500)]],
        metadata={"channel_names": ["GFP", "DAPI"]},
    )
    (excerpt,) = Report([JPklViewer(jp)], select={"channel": channels, "time": [0, 2]}).excerpts
    assert facts(excerpt)["display range"] == expected


def test_display_ranges_that_differ_along_other_dims_are_listed_without_names() -> None:
    pixels = np.linspace(0, 3000, 5 * 8 * 8).astype(np.uint16).reshape(5, 8, 8)
    jp = JPkl(pixels, axes="TYX", display_range=[(0, 100 * (5 - i)) for i in range(5)])
    said = [
        facts(Report([JPklViewer(jp)], select={"time": times}).excerpts[0])["display range"]
        for times in ([0, 1], range(5))
    ]
    assert said == ["0 to 400; 0 to 500 are shown as 0 to 255", "5 ranges within 0 to 500"]


def test_pixels_that_are_as_in_the_original_are_said_to_be() -> None:
    jp = JPkl(np.linspace(0, 255, 3 * 8 * 8).astype(np.uint8).reshape(3, 8, 8), axes="TYX")
    (excerpt,) = Report([JPklViewer(jp)]).excerpts
    assert facts(excerpt)["display range"] == "0 to 255, not rescaled"


def test_metadata_are_flat_short_rows() -> None:
    rows = metadata_rows({"a": {"b": {"c": 1}}, "long": "x" * 1000, "empty": {}, "times": np.arange(20)})
    assert rows["a.b.c"] == "1"
    assert len(rows["long"]) < 450
    assert rows["empty"] == "{}"
    assert rows["times"].endswith("... (20 values)")


# --- the commands ------------------------------------------------------------------------


def test_stacks_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    viewers = []
    for folder in ("day1", "day2"):
        (tmp_path / folder).mkdir()
        ramp((3,)).save(tmp_path / folder / "cells.jpkl")
        viewers.append(JPklViewer(JPkl.load(tmp_path / folder / "cells.jpkl")))
    report = Report([*viewers, JPklViewer(ramp((3,)))])
    assert report.title == "day1/cells.jpkl, day2/cells.jpkl, JPkl in memory"
    report.save(tmp_path / "report.html")
    titles = [each["description"]["title"] for each in data_in(tmp_path / "report.html")["stacks"]]
    assert titles == report.title.split(", ")
    assert "<h2>day2/cells.jpkl</h2>" in (tmp_path / "report.html").read_text("utf-8")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    ramp((6,), metadata={"by": "me"}).save(tmp_path / "a.jpkl")
    ramp((4, 2)).save(tmp_path / "b.jpkl")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_export_html(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "a.jpkl", "a.html", "--select", "time=1:3"]) == 0
    assert "a.html: 2 frames, " in capsys.readouterr().out
    assert len(frames_in(files / "a.html")) == 2


def test_report_of_several_stacks(files: Path) -> None:
    (files / "n.md").write_text("See **this**", "utf-8")
    arguments = ["report", "a.jpkl", "b.jpkl", "--title", "Both & more", "--note", "n.md", "-o", "r.html"]
    assert main(arguments) == 0
    page = (files / "r.html").read_text("utf-8")
    assert "<title>Both &amp; more</title>" in page
    assert "<strong>this</strong>" in page
    assert page.count('<section class="stack">') == 2
    assert {number for number, _ in frames_in(files / "r.html")} == {0, 1}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", "a.jpkl", "-o", "taken.html"], "exists already; --force replaces it"),
        (["report", "a.jpkl", "-o", "nowhere/r.html"], "there is no folder nowhere"),
        (
            ["report", "a.jpkl", "-o", "r.html", "--select", "time=99"],
            "--select: dim 'time' has indices 0 to 5",
        ),
        (["report", "a.jpkl", "-o", "r.html", "--max-size", "1kB"], "the limit is 1 kB"),
        (["export", "a.jpkl", "a.npy", "--scale", "0.5"], "are for .html"),
    ],
)
def test_wrong_use_is_one_line(
    files: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    (files / "taken.html").write_text("mine")
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert (files / "taken.html").read_text() == "mine"
    assert not list(files.glob("*.part"))


@pytest.mark.parametrize("text", ["time", "time=", "time=a", "=", "time=1:2:3:4"])
def test_a_selection_that_is_none(files: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["report", "a.jpkl", "-o", "r.html", "--select", text])
    assert "is not a dim and its indices" in capsys.readouterr().err


def test_bookmarks_are_listed_with_the_frames_that_they_show(tmp_path: Path) -> None:
    jp = ramp((8, 3, 4))
    hidden: Any = [{"visible": i in (1, 3)} for i in range(4)]
    marks = [
        Bookmark("late <b>", {"position": (7, 2, 0), "colormap": "magma"}, caption="x"),
        Bookmark(
            "two", {"position": (1, 0, 0), "composite": True, "channels": hidden}, zoom=(20.0, 10.0, 3.0)
        ),
    ]
    viewer = JPklViewer(jp, bookmarks=marks)
    path = tmp_path / "report.html"
    Report([viewer], select={"time": slice(0, 6, 2), "z": 2, "channel": 0}, bookmarks=True).save(path)
    (found,) = data_in(path)["stacks"]
    dims = {dim["name"]: dim for dim in found["description"]["dims"]}
    assert dims["time"]["coords"] == [0, 1, 2, 4, 7]
    assert dims["z"]["coords"] == [0, 2]
    assert [channel["name"] for channel in found["description"]["channels"]] == [
        f"channel {i}" for i in (0, 1, 3)
    ]
    assert len(frames_in(path)) == 5 * 2 * 3
    late, two = found["bookmarks"]
    assert (late["name"], late["caption"]) == ("late <b>", "x")
    assert late["settings"]["position"] == [4, 1, 0]
    assert late["settings"]["colormap"] == "magma"
    assert two["settings"]["position"] == [1, 0, 0]
    assert [channel["visible"] for channel in two["settings"]["channels"]] == [False, True, True]
    assert two["zoom"] == [20, 10, 3]
    assert "late <b>" not in re.sub(SCRIPTS, "", path.read_text("utf-8"))


def test_bookmarks_of_a_cropped_report_show_the_same_place(tmp_path: Path) -> None:
    marks = [Bookmark("in", zoom=(23.5, 9.5, 4.0)), Bookmark("out", zoom=(1.0, 9.5, 4.0)), Bookmark("all")]
    viewer = JPklViewer(ramp((2,), height=24, width=40), bookmarks=marks)
    crop = (slice(0, 12), slice(20, 40))
    path = tmp_path / "report.html"
    Report([viewer], crop=crop, scale=0.5, bookmarks=True).save(path)
    found = [each.get("zoom") for each in data_in(path)["stacks"][0]["bookmarks"]]
    # From 40 x 24 pixels to 20 x 12, half of which are left on each side.
    assert found == [[1.5, 4.5, 2.0], None, None]


def test_reports_have_bookmarks_only_if_they_are_to(tmp_path: Path) -> None:
    viewer = JPklViewer(ramp((2,)), bookmarks=[Bookmark("a")])
    path = tmp_path / "report.html"
    viewer.save(path, progress=False)
    assert data_in(path)["stacks"][0]["bookmarks"] == []
    viewer.save(path, bookmarks=True, progress=False)
    assert [each["name"] for each in data_in(path)["stacks"][0]["bookmarks"]] == ["a"]
    with pytest.raises(ValueError, match="there are no bookmarks to include"):
        Report([JPklViewer(ramp((2,)))], bookmarks=True)


def test_the_command_includes_bookmarks_of_the_json_beside_the_file(files: Path) -> None:
    with JPkl.load("a.jpkl") as jp:
        JPklViewer(jp, position=-1).add_bookmark("last")
    assert main(["report", "a.jpkl", "-o", "r.html", "--select", "time=0", "--bookmarks"]) == 0
    assert [each["name"] for each in data_in(Path("r.html"))["stacks"][0]["bookmarks"]] == ["last"]
    assert len(frames_in(Path("r.html"))) == 2


def test_the_pixel_size_of_a_report_is_that_of_the_stack_to_the_last_digit() -> None:
    size = (0.44825, 0.45875)
    jp = JPkl(np.zeros((43, 73, 2), np.uint8), metadata={"pixel_size": size, "pixel_unit": "Å"})
    (excerpt,) = Report([JPklViewer(jp)]).excerpts
    assert excerpt.stack.pixel_size == size
