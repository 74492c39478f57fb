"""What the browser is sent about regions of interest, against NumPy; without a browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from jpkl_viewer.frames.task import UNWATCHED
from jpkl_viewer.tools.regions.answers import (
    answer_measure,
    answer_profile_csv,
    answer_profiles,
    answer_regions_csv,
    answer_statistics_csv,
)
from jpkl_viewer.tools.regions.measure import line_profile
from jpkl_viewer.tools.regions.plain import parse_roi
from jpkl_viewer.tools.regions.roi import Ellipse, Line, Point, Polygon, Rectangle, Roi, RoiError

from jpkl import JPkl
from tests.conftest import replace_frame
from tests.viewer import stacks

RECTANGLE = {"name": "r1", "shape": "rectangle", "points": [[3.5, 2.5], [9.5, 8.5]]}
LINE = {"name": "r2", "shape": "line", "points": [[2, 3], [30, 11]]}
POLYGON = {"name": "r3", "shape": "polygon", "points": [[2, 3], [30, 11], [4, 20]]}
OUTSIDE = {"name": "r4", "shape": "point", "points": [[-5, 3]]}


def collect(answers: Any) -> dict[str, dict[str, Any]]:
    """Batches of curves put together: by name, with an entry per frame."""
    curves: dict[str, dict[str, Any]] = {}
    for answer in answers:
        curve = curves.setdefault(answer["name"], {"mean": {}, "min": {}, "max": {}})
        curve.update({key: value for key, value in answer.items() if key not in ("mean", "min", "max")})
        for part in ("mean", "min", "max"):
            new = dict(zip(answer.get("indices", []), answer.get(part, []), strict=True))
            assert not set(new) & set(curve[part]), "each frame is sent once"
            curve[part] |= new
    return curves


@pytest.mark.parametrize(
    ("item", "roi"),
    [
        ({"shape": "point", "points": [[3, 4.5]]}, Point(3, 4.5)),
        (LINE, Line(2, 3, 30, 11)),
        (RECTANGLE, Rectangle(3.5, 2.5, 9.5, 8.5)),
        (POLYGON, Polygon(((2, 3), (30, 11), (4, 20)))),
        ({**POLYGON, "shape": "freehand"}, Polygon(((2, 3), (30, 11), (4, 20)))),
        ({**RECTANGLE, "shape": "ellipse"}, Ellipse(3.5, 2.5, 9.5, 8.5)),
    ],
)
def test_regions_come_as_plain_data(item: dict[str, Any], roi: Roi) -> None:
    assert parse_roi(item) == roi


@pytest.mark.parametrize(
    ("shape", "points"),
    [
        ("point", [[1, 2], [3, 4]]),
        ("line", [[1, 2]]),
        ("polygon", [[1, 2], [3, 4]]),
        ("rectangle", [[1, 2], ["a", 4]]),
        ("rectangle", [[1, 2], [None, 4]]),
        ("rectangle", [[1, 2], [1e9, 4]]),
        ("point", [1, 2]),
        ("point", 7),
        ("point", [[1, 2, 3]]),
        ("ellipse", [[1, 2], [3, 4], [5, 6]]),
        (["line"], [[1, 2], [3, 4]]),
        (None, [[1, 2], [3, 4]]),
    ],
)
def test_an_impossible_region_is_an_error(shape: Any, points: Any) -> None:
    with pytest.raises(RoiError):
        parse_roi({"shape": shape, "points": points})


@pytest.mark.parametrize("name", stacks.NAMES)
def test_curves_are_those_of_numpy(name: str) -> None:
    jp = stacks.stack(name)
    source = stacks.viewed(jp)
    position = [size // 2 for size in jp.dim_sizes]
    dim = int(np.argmax(jp.dim_sizes))
    items: list[dict[str, Any]] = [RECTANGLE, LINE, POLYGON]
    curves = collect(answer_measure(source, {"rois": items, "position": position, "dim": dim}, UNWATCHED))
    for item in items:
        mask = stacks.mask_of(parse_roi(item), *jp.shape[:2])
        curve = curves[item["name"]]
        assert curve["pixels"] == mask.sum()
        assert sorted(curve["mean"]) == list(range(jp.dim_sizes[dim]))
        for i in (0, position[dim], jp.dim_sizes[dim] - 1):
            index = tuple(i if d == dim else at for d, at in enumerate(position))
            pixels = jp[(..., *index)][mask].astype(float)
            low, high = source.description.range_at(index) or (0, 255)
            pixels = low + pixels / 255 * (high - low)
            for part in ("mean", "min", "max"):
                np.testing.assert_allclose(curve[part][i], getattr(pixels, part)(axis=0))


def test_regions_take_turns_so_that_all_begin_at_once() -> None:
    source = stacks.viewed(stacks.ramp((50,)))
    answers = list(answer_measure(source, {"rois": [RECTANGLE, LINE], "position": [20], "dim": 0}, UNWATCHED))
    assert [answer["name"] for answer in answers] == ["r1", "r2"] * 4
    assert answers[0]["indices"] == answers[1]["indices"] == [18, 19, 20, 21]


def test_one_that_cannot_be_measured_leaves_the_others_be() -> None:
    source = stacks.viewed(stacks.ramp((6,)))
    message = {
        "rois": [OUTSIDE, RECTANGLE, {"name": "r5", "shape": "?", "points": []}],
        "position": [0],
        "dim": 0,
    }
    curves = collect(answer_measure(source, message, UNWATCHED))
    assert "contains no pixel of a frame of 24 x 40" in curves["r4"]["failed"]
    assert "no region" in curves["r5"]["failed"]
    assert len(curves["r1"]["mean"]) == 6


def test_a_damaged_frame_is_named_and_what_was_measured_before_is_kept() -> None:
    jp = stacks.ramp((40,))
    source = stacks.viewed(replace_frame(jp, (30,), jp.images[(30,)][:-30]))
    curves = collect(answer_measure(source, {"rois": [RECTANGLE], "position": [0], "dim": 0}, UNWATCHED))
    assert "(30,)" in curves["r1"]["failed"]
    assert 0 < len(curves["r1"]["mean"]) < 40


def test_profiles_are_those_of_the_frame() -> None:
    jp = stacks.ramp((6, 3), metadata={"pixel_size": (0.5, 0.25), "pixel_unit": "µm"})
    source = stacks.viewed(jp)
    outside = {"name": "r9", "shape": "line", "points": [[-9, -9], [-2, -2]]}
    message = {"rois": [LINE, RECTANGLE, outside], "position": [4, 2]}
    line, rectangle, nothing = answer_profiles(source, message, UNWATCHED)
    expected = line_profile(jp[..., 4, 2], source.description, Line(2, 3, 30, 11), (4, 2))
    assert line["values"] == expected.values.tolist()
    assert line["distance"] == expected.distance.tolist()
    assert line["unit"] == "µm"
    assert "is not a line" in rectangle["failed"]
    assert "outside of a frame" in nothing["failed"]


def test_csv_is_of_all_frames_and_leaves_out_what_has_no_pixels() -> None:
    jp = stacks.ramp((50,))
    source = stacks.viewed(jp)
    message = {"rois": [RECTANGLE, OUTSIDE], "position": [7], "dim": 0}
    (answer,) = answer_statistics_csv(source, message, UNWATCHED)
    assert answer["file"] == "cells rois along time.csv"
    rows = [line.split(",") for line in answer["text"].splitlines() if line.startswith("r1,")]
    means = [float(row[2]) for row in rows]
    np.testing.assert_allclose(means, jp[3:9, 4:10].mean(axis=(0, 1)))
    assert "q=90" in answer["text"]
    with pytest.raises(RoiError, match="contains no pixel"):
        list(answer_statistics_csv(source, {**message, "rois": [OUTSIDE]}, UNWATCHED))
    with pytest.raises(RoiError, match="no region to measure"):
        list(answer_statistics_csv(source, {**message, "rois": []}, UNWATCHED))


def test_csv_of_profiles() -> None:
    jp = stacks.ramp((6,))
    (answer,) = answer_profile_csv(stacks.viewed(jp), {"rois": [LINE, RECTANGLE], "position": [4]}, UNWATCHED)
    assert answer["file"] == "cells profiles.csv"
    first = next(line for line in answer["text"].splitlines() if line.startswith("r2,"))
    assert first == f"r2,2,3,0,{jp[3, 2, 4]}"
    with pytest.raises(RoiError, match="is not a line"):
        list(answer_profile_csv(stacks.viewed(jp), {"rois": [RECTANGLE], "position": [4]}, UNWATCHED))


def test_no_more_regions_and_points_than_the_browser_has() -> None:
    with pytest.raises(RoiError, match="at most 1000 points, not 1001"):
        parse_roi({"shape": "polygon", "points": [[i, i % 2] for i in range(1001)]})
    many = [{"name": f"r{i}", "shape": "point", "points": [[1, 1]]} for i in range(33)]
    stack = stacks.viewed(stacks.ramp((3,)))
    with pytest.raises(RoiError, match="at most 32 regions are measured at once, not 33"):
        next(answer_measure(stack, {"rois": many, "dim": 0, "position": [0]}, UNWATCHED))


def test_what_is_set_by_hand_counts_as_the_file_says() -> None:
    stack = stacks.viewed(stacks.ramp((6, 3)))
    by_hand = {"pixel_size": [0.5, 0.25], "pixel_unit": "µm", "spacing": {"time": [2.0, "s"]}}
    message = {"rois": [LINE, RECTANGLE], "position": [4, 2], "dim": 0, "by_hand": by_hand}
    line, *_ = answer_profiles(stack, message, UNWATCHED)
    assert (line["unit"], line["distance"][-1]) == ("µm", pytest.approx(np.hypot(28 * 0.25, 8 * 0.5)))
    (curves,) = answer_statistics_csv(stack, message, UNWATCHED)
    assert "time [s]" in curves["text"]
    (table,) = answer_regions_csv(stack, message, UNWATCHED)
    assert "area [µm²]" in table["text"]
    (profile,) = answer_profile_csv(stack, {**message, "rois": [LINE]}, UNWATCHED)
    assert "distance [µm]" in profile["text"]
    (table,) = answer_regions_csv(stack, {**message, "by_hand": {"pixel_size": "x"}}, UNWATCHED)
    assert "area [px²]" in table["text"], "what does not fit the stack is as in the file"


def test_regions_have_positions_of_their_own() -> None:
    jp = stacks.ramp((6, 3))
    items = [{**RECTANGLE, "name": f"r1 {channel}", "position": [4, channel]} for channel in range(3)]
    message = {"rois": items, "position": [4, 0], "dim": 0}
    curves = collect(answer_measure(stacks.viewed(jp), message, UNWATCHED))
    for channel in range(3):
        means = [curves[f"r1 {channel}"]["mean"][i] for i in range(6)]
        np.testing.assert_allclose(means, jp[3:9, 4:10, :, channel].mean(axis=(0, 1)))


def test_one_frame_is_measured_where_there_is_no_dim() -> None:
    values = np.random.default_rng(1).integers(0, 256, (24, 40), np.uint8)
    jp = JPkl(values)
    message = {"rois": [RECTANGLE, OUTSIDE], "position": [], "dim": None}
    curves = collect(answer_measure(stacks.viewed(jp), message, UNWATCHED))
    np.testing.assert_allclose(curves["r1"]["mean"][0], jp[3:9, 4:10].mean())
    assert curves["r1"]["pixels"] == 36
    assert "contains no pixel" in curves["r4"]["failed"]
    (table,) = answer_regions_csv(stacks.viewed(jp), message, UNWATCHED)
    assert table["file"] == "cells rois.csv"
    assert "r1,rectangle," in table["text"]
    with pytest.raises(RoiError, match="contains no pixel"):
        list(answer_regions_csv(stacks.viewed(jp), {**message, "rois": [OUTSIDE]}, UNWATCHED))


def test_csv_has_all_channels_and_the_names_that_were_given() -> None:
    stack = stacks.viewed(
        stacks.ramp((6, 3), dim_names=["time", "channel"], metadata={"channel_names": [*"abc"]})
    )
    renamed = {**LINE, "label": "Pole to pole"}
    message = {"rois": [renamed], "position": [4, 2], "dim": 0, "all_channels": True, "scale": "unit"}
    for answer, n in ((answer_statistics_csv, 18), (answer_regions_csv, 3)):
        (found,) = answer(stack, message, UNWATCHED)
        rows = [line for line in found["text"].splitlines() if line.startswith("Pole to pole,")]
        assert len(rows) == n
    (found,) = answer_statistics_csv(stack, {**message, "dim": 1}, UNWATCHED)
    assert sum(line.startswith("Pole to pole,") for line in found["text"].splitlines()) == 3
    (found,) = answer_profile_csv(stack, message, UNWATCHED)
    assert {line.split(",")[1] for line in found["text"].splitlines() if line.startswith("Pole")} == set(
        "abc"
    )
