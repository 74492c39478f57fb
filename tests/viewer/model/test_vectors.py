"""What Python and the browser both compute is in golden vectors, which Node checks, too (`tests/js`)."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytest.importorskip("holoviews")

from jpkl_viewer.frames.frame_key import FrameKey
from jpkl_viewer.limits import VIEW_SETTINGS
from jpkl_viewer.model.state import ViewState

from tests.tools import vectors
from tests.tools.settings_texts import SETTINGS_PAGE, TYPES, page_text, types_text


def read(name: str) -> Any:
    return json.loads((vectors.FOLDER / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("name", vectors.VECTORS)
def test_vectors_made_again_are_the_same(name: str) -> None:
    made = vectors.text_of(name)
    assert made == (vectors.FOLDER / f"{name}.json").read_text("utf-8"), "python -m tests.tools.vectors"


def test_types_of_settings_made_again_are_the_same() -> None:
    assert types_text() == TYPES.read_text("utf-8"), "python -m tests.tools.vectors"


def test_the_page_of_settings_made_again_is_the_same() -> None:
    assert page_text() == SETTINGS_PAGE.read_text("utf-8"), "python -m tests.tools.vectors"


@pytest.mark.parametrize("name", [name for name, _ in vectors.views() if name])
def test_a_setting_changes_what_is_painted_if_its_line_says_that_it_colors(name: str) -> None:
    pictures: dict[str, list[str]] = {}
    for view in vectors.make_views()["views"]:
        pictures.setdefault(view["other"], []).append(view["picture"])
    colors = VIEW_SETTINGS[name.partition(".")[0]].colors
    changes = pictures[name] != pictures[""]
    assert changes or not colors, f"{name} changes no pixel: its effect in model/resolve.py"
    assert colors or not changes, f'{name} changes pixels: it needs "colors": true in limits.json'
    assert colors, f"{name} changes no pixel: name what tests its effect in vectors.ELSEWHERE"


@pytest.mark.parametrize("case", read("keys")["keys"], ids=lambda case: str(case["key"]))
def test_python_reads_the_keys_of_the_browser(case: dict[str, Any]) -> None:
    key = FrameKey.parse(case["key"])
    part, projection = key.part, key.projection
    assert key.number == case["number"]
    assert (projection and {name: getattr(projection, name) for name in case["projection"]}) == case[
        "projection"
    ]
    names = ("x", "y", "width", "height", "shown_width", "shown_height")
    assert (part and [getattr(part, name) for name in names]) == case["part"]


LINKS = read("links")


@pytest.mark.parametrize("case", [*LINKS["written"], *LINKS["read"]], ids=lambda case: str(case["link"]))
def test_python_takes_what_links_say(case: dict[str, Any]) -> None:
    settings = {name: value for name, value in case["settings"].items() if name in VIEW_SETTINGS}
    strict, lenient = ViewState(vectors.stack()), ViewState(vectors.stack())
    strict.update(**settings)
    lenient.restore(settings)
    expected = {**LINKS["start"], **settings}
    assert strict.settings() == lenient.settings() == expected
