"""Settings from Python are checked, those of a link or a browser are sifted; both by one table."""

from __future__ import annotations

from dataclasses import fields
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jpkl import JPkl

pytest.importorskip("holoviews")

from jpkl_viewer import JPklViewer, Report, ViewerOptions, ViewSettings
from jpkl_viewer.limits import CHANNEL_SETTINGS, PLAYBACK_SETTINGS, VIEW_SETTINGS
from jpkl_viewer.model.projection import Projection
from jpkl_viewer.model.setting_types import ChannelSettings, PlaybackSettings
from jpkl_viewer.model.settings import check_names
from jpkl_viewer.model.stack import describe
from jpkl_viewer.model.state import ChannelDisplay, Playback, ViewState
from jpkl_viewer.report.report import ReportOptions
from jpkl_viewer.tools.export.stills import StillArguments, StillOptions

from tests.browser import controls

STACK = JPkl(np.zeros((8, 12, 5, 3, 2), np.uint8), dim_names=["time", "channel", "z"])


@pytest.fixture
def state() -> ViewState:
    return ViewState(describe(STACK))


def test_degrees_can_be_numbers() -> None:
    assert JPklViewer(STACK, rotation=90, flip=True).settings()["rotation"] == "90"
    assert JPklViewer(STACK, rotation="270").settings()["rotation"] == "270"


#: Settings that are wrong, what is raised, and what its message says.
WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    (
        {"positon": (3, 1, 0)},
        TypeError,
        r"the viewer has no 'positon'; did you mean 'position'\? There are position, colormap",
    ),
    ({"colourmap": "viridis"}, TypeError, "did you mean 'colormap'"),
    (
        {"colormap": "virdis"},
        ValueError,
        r"colormap: there is no 'virdis'; did you mean 'viridis'\? There are gray",
    ),
    ({"colormap": 3}, TypeError, "colormap must be one of gray"),
    ({"rotation": 45}, ValueError, "rotation: there is no '45'"),
    ({"rotation": True}, TypeError, "rotation must be one of 0, 90, 180, 270, not True"),
    (
        {"position": 3},
        TypeError,
        r"one index per dim; the stack has time \(5\), channel \(3\), z \(2\), not 3",
    ),
    ({"position": (3, 1)}, ValueError, r"but \(3, 1\) has 2"),
    ({"position": (5, 0, 0)}, IndexError, "dim 'time' has indices 0 to 4, not 5"),
    ({"position": (0, 0, -3)}, IndexError, "dim 'z' has indices 0 to 1, not -3"),
    ({"position": (0, 1.5, 0)}, TypeError, "along 'channel' must be a whole number, not 1.5"),
    ({"position": "000"}, TypeError, "one index per dim"),
    ({"invert": 1}, TypeError, "invert must be True or False, not 1"),
    ({"composite": "yes"}, TypeError, "composite must be True or False"),
    ({"per_frame": None}, TypeError, "per_frame must be True or False"),
    (
        {"projection": {"dim": 0, "method": "median"}},
        ValueError,
        "no 'median'.* There are max, mean, sum, min, std",
    ),
    ({"projection": {"dim": "tme"}}, ValueError, "no dim 'tme'; did you mean 'time'"),
    ({"projection": {"dim": 3}}, ValueError, r"no dim 3; the stack has time \(5\)"),
    ({"projection": {"dim": "z", "stop": 3}}, ValueError, "0 to 3 is not within a dim of 2 indices"),
    ({"projection": {"dim": "z", "start": 1, "stop": 1}}, ValueError, "not within"),
    ({"projection": {"dim": "z", "first": 1}}, TypeError, "there are dim, method, start, stop"),
    ({"projection": {"method": "max"}}, ValueError, "needs a 'dim'"),
    ({"projection": Projection(0, step=2)}, ValueError, "not every 2"),
    ({"projection": "max"}, TypeError, "projection must be a dict"),
    ({"tools": {"montge": {}}}, TypeError, "tools has no 'montge'; did you mean 'montage'"),
    ({"tools": {"montage": "filmstrip"}}, TypeError, r"tools\.montage must be a dict"),
    ({"tools": None}, TypeError, "tools must be a dict"),
    ({"channels": [{"limit": (0, 9)}]}, TypeError, r"channels\[0\] has no 'limit'; did you mean 'limits'"),
    ({"channels": [{}, {"limits": (9, 9)}]}, ValueError, r"channels\[1\]\.limits must be 0 <= low < high"),
    ({"channels": [{"limits": (0, 256)}]}, ValueError, "high <= 255"),
    ({"channels": [{"limits": (0, 10, 20)}]}, ValueError, "a pair"),
    ({"channels": [{"limits": ("0", "9")}]}, TypeError, "must be a number, not '0'"),
    ({"channels": [{"gamma": 0}]}, ValueError, r"gamma must be from 0.1 to 10, not 0"),
    ({"channels": [{"gamma": np.nan}]}, ValueError, "not nan"),
    ({"channels": [{"color": "red"}]}, ValueError, "such as '#ff8000', not 'red'"),
    ({"channels": [{"color": 255}]}, TypeError, "must be a color such as '#ff8000', not 255"),
    ({"channels": [{"visible": "no"}]}, TypeError, "True or False"),
    ({"channels": [{}] * 4}, ValueError, "the stack has 3, not 4"),
    ({"channels": {"gamma": 1}}, TypeError, "a list with one dict per channel"),
    ({"channels": [1]}, TypeError, r"channels\[0\] must be a dict"),
    ({"playback": {"fps": 500}}, ValueError, "playback.fps must be from 0.1 to 60, not 500"),
    ({"playback": {"speed": 5}}, TypeError, "there are dim, fps, mode"),
    ({"playback": {"mode": "bounce"}}, ValueError, "loop, once, back and forth"),
    ({"playback": {"dim": 3}}, ValueError, "no dim 3"),
    ({"playback": 7}, TypeError, "playback must be a dict"),
]


@pytest.mark.parametrize(("settings", "error", "says"), WRONG)
def test_wrong_settings_raise_in_python(
    state: ViewState, settings: dict[str, Any], error: type[Exception], says: str
) -> None:
    before = state.settings()
    with pytest.raises(error, match=says):
        state.update(**{"colormap": "magma", **settings})
    assert state.settings() == before, "all settings are taken, or none"
    with pytest.raises(error, match=says):
        STACK.view(**settings)


@pytest.mark.parametrize(("settings", "error", "says"), WRONG)
def test_what_is_wrong_in_a_link_is_ignored(
    state: ViewState, settings: dict[str, Any], error: type[Exception], says: str
) -> None:
    state.restore({"colormap": "magma", **settings})
    taken = state.settings()
    if "colormap" not in settings:
        assert taken["colormap"] == "magma"
    fresh = ViewState(describe(STACK))
    fresh.update(**taken)  # whatever was taken makes sense
    assert fresh.settings() == taken


def test_settings_that_make_sense_are_taken(state: ViewState) -> None:
    state.update(
        position=[np.int64(3), -1, 0],
        colormap="viridis",
        invert=True,
        composite=np.bool_(True),
        per_frame=True,
        projection={"dim": "z", "method": "std"},
        channels=[{"limits": np.array([3, 9]), "gamma": 2}, {}, {"visible": False, "color": "#ff8000"}],
        tools={"montage": {"mode": "filmstrip", "dim": 0}},
        playback={"dim": "z", "fps": 24, "mode": "once"},
    )
    assert state.position == (3, 2, 0)
    assert state.projection == Projection(2, "std", 0, 2)
    assert state.channels[0].limits == (3, 9)
    assert (state.channels[1].gamma, state.channels[2].visible) == (1, False)
    assert (state.playback.dim, state.playback.fps, state.playback.mode) == (2, 24, "once")
    twin = ViewState(describe(STACK))
    twin.update(**state.settings())
    assert twin.settings() == state.settings()
    state.update(projection=None)
    assert state.projection is None


def test_a_stack_with_one_dim_takes_one_index() -> None:
    state = ViewState(describe(JPkl(np.zeros((4, 4, 9)))))
    state.update(position=7)
    assert state.position == (7,)


def test_a_projection_is_of_the_whole_dim_unless_it_says(state: ViewState) -> None:
    for value, part in (({}, (0, 5)), ({"start": 2}, (2, 5)), ({"stop": 3}, (0, 3))):
        for take in (state.restore, lambda settings: state.update(**settings)):
            take({"projection": {"dim": 0, "method": "max", **value}})
            assert (state.projection.start, state.projection.stop) == part
    state.restore({"projection": {"dim": 3, "method": "max"}})
    assert state.projection is None


def test_positions_of_a_link_are_clipped_one_by_one(state: ViewState) -> None:
    state.update(position=(1, 1, 1))
    state.restore({"position": ["x", 99, -3, 7]})
    assert state.position == (1, 2, 0)
    state.restore({"position": (2, np.int64(1))})
    assert state.position == (2, 1, 0)


def test_channels_of_a_link_keep_their_places(state: ViewState) -> None:
    state.restore({"channels": [5, {"gamma": 2, "limits": [3]}]})
    assert [channel.gamma for channel in state.channels] == [1, 2, 1]


@pytest.mark.parametrize("method", ["save", "embed"])
def test_reports_list_the_options_that_there_are(method: str, tmp_path: Path) -> None:
    arguments: tuple[Any, ...] = (tmp_path / "a.html",) if method == "save" else ()
    with pytest.raises(TypeError, match=rf"{method}\(\) has no 'titel'; did you mean 'title'\?"):
        getattr(JPklViewer(STACK), method)(*arguments, titel="x")
    assert not list(tmp_path.iterdir())


def test_exports_list_the_options_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"export\(\) has no 'scalebar'; did you mean 'scale_bar'\?"):
        JPklViewer(STACK).export(tmp_path / "a.png", scalebar=False)  # type: ignore[call-arg]
    assert not list(tmp_path.iterdir())


def test_a_name_like_no_other_gets_no_suggestion() -> None:
    with pytest.raises(TypeError, match="it has no 'qqqqq'; there are zoom"):
        check_names(["qqqqq"], ["zoom"], "it")


# -- nobody forgets one ----------------------------------------------------------------------------------


def test_types_and_parameters_are_those_of_the_table() -> None:
    assert list(ViewSettings.__annotations__) == list(VIEW_SETTINGS)
    assert list(ChannelSettings.__annotations__) == list(CHANNEL_SETTINGS)
    assert list(PlaybackSettings.__annotations__) == list(PLAYBACK_SETTINGS)
    for kind, table in (
        (ViewState, VIEW_SETTINGS),
        (ChannelDisplay, CHANNEL_SETTINGS),
        (Playback, PLAYBACK_SETTINGS),
    ):
        assert set(kind.param) - {"name"} == set(table)
        assert all(kind.param[name].doc == setting.doc for name, setting in table.items())


def test_each_setting_has_a_control() -> None:
    tables = {"": VIEW_SETTINGS, "channels.": CHANNEL_SETTINGS, "playback.": PLAYBACK_SETTINGS}
    names = {prefix + name for prefix, table in tables.items() for name in table}
    assert controls.LABELS.keys() | controls.ELSEWHERE.keys() == names, (
        "name its control in tests/browser/controls.py: test_controls.py moves it"
    )


def test_types_of_options_are_those_of_the_functions() -> None:
    options = [
        (
            ViewerOptions.__annotations__.keys() - ViewSettings.__annotations__.keys(),
            JPklViewer.__init__,
            {"self", "jp", "settings"},
        ),
        (ReportOptions.__annotations__.keys(), Report.__init__, {"self", "viewers"}),
    ]
    for names, function, others in options:
        assert names == signature(function).parameters.keys() - others
    assert list(StillArguments.__annotations__) == [field.name for field in fields(StillOptions)]
