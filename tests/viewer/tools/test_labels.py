"""Labels in the viewer: which can be given, what an object measures, and pictures that have them."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jpkl_viewer import JPklViewer
from jpkl_viewer.frames.task import UNWATCHED
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.report.excerpt import Excerpt
from jpkl_viewer.tools.export.seen import make_renderer
from jpkl_viewer.tools.export.stills import StillOptions
from jpkl_viewer.tools.labels.answers import ANSWERS
from numpy.typing import NDArray
from PIL import Image

from jpkl import JPkl
from jpkl._labels.payload import decode_payload


def images() -> NDArray[np.uint16]:
    """Four times of two channels."""
    rng = np.random.default_rng(3)
    return rng.integers(100, 3000, (20, 30, 4, 2)).astype(np.uint16)


def squares() -> NDArray[np.uint8]:
    """Object 5 moves to the right and is gone at the last time; 9 stays."""
    labels = np.zeros((20, 30, 4), np.uint8)
    for time in range(3):
        labels[4:8, 2 + 3 * time : 6 + 3 * time, time] = 5
    labels[12:, 20:] = 9
    return labels


def stack() -> JPkl:
    return JPkl(
        images(), dim_names=("time", "channel"), metadata={"pixel_size": (0.5, 0.5), "pixel_unit": "µm"}
    )


def ask(what: str, message: dict[str, Any]) -> list[dict[str, Any]]:
    viewer = JPklViewer(stack(), labels={"cells": squares()})
    viewed = ViewedStack(viewer.stack, viewer.frames, "stack.jpkl")
    return list(ANSWERS[what].compute(viewed, message, UNWATCHED))


def test_an_object_is_measured_where_it_is() -> None:
    message = {"name": "cells", "value": "5", "position": [0, 1], "dim": 0}
    (found,) = ask("object curve", message)
    assert found["pixels"] == [16, 16, 16, 0]
    assert found["x"] == [3.5, 6.5, 9.5, None]
    assert found["y"] == [5.5, 5.5, 5.5, None]
    intensity = stack().intensity[..., 1]
    means = [intensity[..., time][squares()[..., time] == 5].mean() for time in range(3)]
    np.testing.assert_allclose(found["mean"][:3], means, rtol=1e-5)
    (table,) = ask("object csv", {**message, "all_channels": True})
    lines = [line for line in table["text"].splitlines() if not line.startswith("#")]
    assert lines[0] == "object,channel,time_index,pixels,area [µm²],mean,x [px],y [px]"
    assert len(lines) == 1 + 2 * 3
    assert lines[1].startswith("cells 5,channel 0,0,16,4,")


def test_frames_of_labels_come_as_they_are_stored_and_others_are_said_to_be_none() -> None:
    sent = ask("label frames", {"wanted": [["cells", 3], ["cells", 99], ["none", 0]]})
    labels = stack().with_labels({"cells": squares()}).labels["cells"]
    assert sent[0] == {"name": "cells", "number": 3, "data": labels.encoded((1, 1))}
    assert all(each["failed"] for each in sent[1:])


def test_viewers_that_share_frames_have_labels_of_their_own() -> None:
    bare = JPklViewer(stack())
    viewer = JPklViewer(bare.jp, frames=bare.frames, labels={"cells": squares()})
    same = JPklViewer(bare.jp.with_labels({"nuclei": squares()}), frames=bare.frames)
    for each, names in ((bare, []), (viewer, ["cells"]), (same, ["nuclei"])):
        assert [label.name for label in each.stack.labels] == list(each.frames.labels) == names
        assert each.frames.cache is bare.frames.cache
    np.testing.assert_array_equal(viewer.frames.labels["cells"].frame((1, 0)), squares()[..., 1])


def test_pictures_have_labels_as_they_are_seen_unless_they_are_left_out(tmp_path: Path) -> None:
    viewer = JPklViewer(
        stack(), labels=squares(), position=(1, 0), composite=False, scale_bar=False, stamp=False
    )
    viewer.state.tools = {"labels": {"opacity": 1}}
    with_labels, without = (
        np.asarray(
            Image.open(viewer.export(tmp_path / f"{isWith}.png", labels=isWith) or tmp_path / f"{isWith}.png")
        )
        for isWith in (True, False)
    )
    is_object = squares()[..., 1] > 0
    assert (with_labels[~is_object] == without[~is_object]).all()
    (color,) = np.unique(with_labels[squares()[..., 1] == 5], axis=0)
    assert len(set(color.tolist())) > 1  # the frames are gray


@pytest.mark.parametrize(
    ("tools", "has_labels"),
    [
        ({"montage": {"mode": "filmstrip", "dim": 0}}, False),
        ({"montage": {"mode": "montage", "dim": 7}}, True),  # the stack has no such dim
        ({"compare": {"mode": "side by side"}}, True),  # it is compared with none
        ({"ortho": {"dim": 0, "x": 3, "y": 4}}, True),
    ],
)
def test_views_that_are_not_open_take_no_labels_away(tools: dict[str, Any], has_labels: bool) -> None:
    viewer = JPklViewer(stack(), labels=squares(), tools={**tools, "labels": {"opacity": 1}})
    with_labels, without = (make_renderer(viewer, StillOptions(labels=each)).at()() for each in (True, False))
    assert (with_labels != without).any() == has_labels


def test_a_lossy_stack_is_not_taken_for_labels_and_an_exact_one_is() -> None:
    lossy, exact = JPkl(squares()), JPkl(squares(), lossless=True)
    with pytest.raises(ValueError, match="'labels': its JPEG frames do not keep values exactly"):
        JPklViewer(stack(), labels=lossy)
    viewer = JPklViewer(stack(), labels={"cells": exact})
    np.testing.assert_array_equal(viewer.jp.labels["cells"][..., 0], squares())


def test_a_report_has_the_labels_of_its_frames_bit_by_bit(tmp_path: Path) -> None:
    viewer = JPklViewer(stack(), labels={"cells": squares()})
    viewer.save(tmp_path / "report.html", select={"time": slice(1, 3)}, progress=False)
    text = (tmp_path / "report.html").read_text("utf-8")
    data = json.loads(re.findall(r'<script type="application/json" id="report">(.*?)</script>', text)[0])
    (labels,) = data["stacks"][0]["description"]["labels"]
    assert (labels["name"], labels["dtype"], labels["sizes"]) == ("cells", "uint8", [2, 1])
    raw = zlib.decompress(base64.b64decode(labels["data"]))
    first = int.from_bytes(raw[:4], "little")
    assert raw[8 : 8 + first] == viewer.jp.labels["cells"].encoded((1, 0))
    assert raw[8 + first :] == viewer.jp.labels["cells"].encoded((2, 0))


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_a_report_of_a_part_of_the_frames_has_that_of_the_labels(scale: float) -> None:
    viewer = JPklViewer(stack(), labels={"cells": squares()})
    rows, columns = slice(2, 18), slice(4, 28)
    excerpt = Excerpt.of(viewer, select={"time": 2}, crop=(rows, columns), scale=scale)
    (labels,) = excerpt.stack.labels
    assert labels.sizes == (1, 1)
    found = decode_payload(
        zlib.decompress(excerpt.packed_labels(labels))[4:],
        (excerpt.stack.height, excerpt.stack.width),
        np.dtype(np.uint8),
    )
    step = round(1 / scale)
    expected = squares()[rows, columns, 2][step // 2 :: step, step // 2 :: step]
    assert len(np.unique(expected)) > 1
    np.testing.assert_array_equal(found, expected)
