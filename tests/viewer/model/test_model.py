"""What the viewer knows and decides, without a browser: stack, state, colormaps, requests."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from jpkl import JPkl

pytest.importorskip("holoviews")

from jpkl_viewer.frames.frames import Frames
from jpkl_viewer.model.colormaps import COLORMAPS, color_ramp, lookup_table
from jpkl_viewer.model.labels import describe_intensity
from jpkl_viewer.model.projection import Projection
from jpkl_viewer.model.resolve import resolve
from jpkl_viewer.model.stack import describe
from jpkl_viewer.model.state import ViewState

from tests.codecs.zlib_codec import ZlibCodec
from tests.conftest import ROOT


def make_stack(**arguments: Any) -> JPkl:
    images = np.zeros((16, 24, 5, 3, 1), np.uint8) + np.arange(5, dtype=np.uint8)[:, None, None] * 40
    images[..., 1, 0] += 20
    return JPkl(images, **{"dim_names": ["time", "channel", "z"], "jpeg_quality": 100, **arguments})


# -- what a stack says about itself ----------------------------------------------------------------------


@pytest.mark.parametrize("most", [1e300, 1.7e308, np.inf, np.nan])
def test_a_display_range_that_no_integers_have_is_written(most: float) -> None:
    jp = make_stack()
    jp._info = replace(jp._info, display_range=np.array([[[[-most, most]]]]), source_dtype="<u2")
    assert describe_intensity(describe(jp), (0, 0, 0), 255)


def test_metadata_become_labels() -> None:
    metadata = {
        "coords": {"time": [0, 0.5, 1, 1.5, 2]},
        "units": {"time": "s"},
        "pixel_size": (0.2, 0.1),
        "pixel_unit": "µm",
        "channel_names": ["DNA", "actin", "ER"],
        "channel_colors": ["#0000ff", "#00ff00", "#ff0000"],
    }
    stack = describe(make_stack(metadata=metadata))
    assert stack.dims[0].label(3) == "1.5 s"
    assert stack.dims[2].label(0) == ""
    assert stack.channel_dim == 1
    assert [channel.name for channel in stack.channels] == ["DNA", "actin", "ER"]
    assert stack.channels[0].color == "#0000ff"
    assert (stack.pixel_size, stack.pixel_unit) == ((0.2, 0.1), "µm")


def test_channels_without_names_have_those_of_their_coordinates() -> None:
    metadata = {"coords": {"channel": [405, 488, 561]}, "units": {"channel": "nm"}}
    names = [channel.name for channel in describe(make_stack(metadata=metadata)).channels]
    assert names == ["405 nm", "488 nm", "561 nm"]
    assert [channel.name for channel in describe(make_stack()).channels] == [f"channel {i}" for i in range(3)]


def test_a_part_of_a_dim_keeps_what_its_indices_stand_for() -> None:
    for coords in ([0, 0.5, 1, 1.5, 2], list("abcde"), [2**60 + i for i in range(5)]):
        dim = describe(make_stack(metadata={"coords": {"time": coords}})).dims[0]
        part = dim.part([3, 1])
        assert [part.label(i) for i in range(part.size)] == [dim.label(3), dim.label(1)]


class _Inverted(JPkl):
    def decode_slice(self, data: bytes) -> Any:
        return 255 - super().decode_slice(data)


def test_it_is_known_what_becomes_of_values_on_their_way_to_the_screen() -> None:
    def facts(jp: JPkl) -> tuple[bool, bool, bool]:
        stack = describe(jp)
        return stack.is_integer, stack.is_lossy, stack.sends_stored

    images = np.arange(64, dtype=np.uint16).reshape(8, 8)
    assert facts(JPkl(images)) == (True, True, True)
    assert facts(JPkl(images.astype(np.float32))) == (False, True, True)
    assert facts(JPkl(images > 7)) == (True, True, True)
    assert facts(JPkl(images, codec=ZlibCodec())) == (True, False, False)
    assert facts(_Inverted(images)) == (True, True, False)
    with JPkl.load(ROOT / "tests" / "data" / "dump_p4.jpkl") as jp:  # does not say what it was made of
        assert facts(jp) == (False, True, True)


@pytest.mark.parametrize(
    "metadata",
    [
        {"coords": {"time": [0, 1]}},
        {"coords": {"time": ["a", "a", "a", "a", 1]}},
        {"coords": [1, 2]},
        {"coords": {"time": [np.inf] * 5}},
        {"units": "s"},
        {"pixel_size": "big"},
        {"pixel_size": (0, 1)},
        {"channel_names": "abc"},
        {"channel_names": [1, 2, 3]},
        {"channel_colors": ["red", "url(x)", "#12345"]},
    ],
)
def test_malformed_metadata_are_ignored(metadata: dict[str, Any]) -> None:
    assert describe(make_stack(metadata=metadata)) == describe(make_stack())


def test_the_original_range_is_known_for_other_dtypes_only() -> None:
    assert describe(make_stack()).range_at((0, 0, 0)) is None
    stack = describe(JPkl(np.arange(48.0).reshape(4, 6, 2) * 10, dim_names=["channel"]))
    assert stack.range_at((1,)) == (10, 470)


# -- the state -------------------------------------------------------------------------------------------


def test_positions_stay_within_the_stack() -> None:
    state = ViewState(describe(make_stack()))
    assert state.position == (0, 0, 0)
    state.move(0, 99)
    state.move(1, -3)
    assert state.position == (4, 0, 0)
    state.move(-3, 2)
    assert state.position == (2, 0, 0)
    for position in ((5, 0, 0), (-1, 0, 0), (0.5, 0, 0), (True, 0, 0)):
        with pytest.raises(IndexError, match="no frame"):
            state.position = position
    other = ViewState(describe(JPkl(np.zeros((4, 4, 9)))))
    other.position = (8,)
    assert state.position == (2, 0, 0)


def test_limits_are_the_lower_and_the_higher() -> None:
    state = ViewState(describe(make_stack()))
    for limits in ((200, 100), (7, 7)):
        with pytest.raises(ValueError, match="low < high"):
            state.channels[0].limits = limits
    state.channels[0].limits = (100, 200)
    assert state.settings()["channels"][0]["limits"] == [100, 200]


def test_a_projection_without_a_part_is_of_the_whole_dim_in_settings() -> None:
    state = ViewState(describe(make_stack()))
    for projection, part in ((Projection(0), (0, 5)), (Projection(0, start=-2), (3, 5))):
        state.projection = projection
        assert state.settings()["projection"] == {
            "dim": 0,
            "method": "max",
            "start": part[0],
            "stop": part[1],
        }


def test_a_projection_is_of_frames_that_the_stack_has() -> None:
    state = ViewState(describe(make_stack()))
    for projection, error, said in (
        (Projection(3), IndexError, "no dim 3"),
        (Projection(0, start=4, stop=2), ValueError, "is empty"),
        (Projection(0, step=2), ValueError, "not every 2"),
    ):
        with pytest.raises(error, match=said):
            state.projection = projection
    assert state.settings()["projection"] is None


def test_numbers_of_numpy_are_plain_in_settings() -> None:
    state = ViewState(describe(make_stack()))
    state.position = tuple(np.argwhere(np.ones((1, 1, 1)))[0])
    state.channels[0].limits = (np.uint8(3), np.float32(200))
    state.channels[0].gamma = np.float32(0.5)
    state.projection = Projection(np.int64(0), start=np.int64(1), around=np.int64(2))
    assert json.loads(json.dumps(state.settings())) == state.settings()
    (layer, *_) = resolve(state, describe(make_stack())).layers
    assert [type(limit) for limit in layer.limits] == [float, float]


def test_settings_carry_the_whole_state() -> None:
    stack = describe(make_stack())
    state = ViewState(stack)
    state.move(0, 3)
    state.colormap, state.composite = "magma", True
    state.channels[1].limits = (10, 90)
    twin = ViewState(stack)
    twin.restore(state.settings())
    assert twin.settings() == state.settings()


def test_playback_starts_with_the_longest_dim_that_is_not_the_channel() -> None:
    assert ViewState(describe(make_stack())).playback.dim == 0
    for sizes, dim in (((9, 5, 7), 2), ((9, 5, 4), 1), ((3, 1, 1), 1)):
        stack = describe(JPkl(np.zeros((4, 4, *sizes)), dim_names=["channel", "time", "z"]))
        assert ViewState(stack).playback.dim == dim


def test_a_stack_without_dims_has_one_position_and_one_channel() -> None:
    state = ViewState(describe(JPkl(np.zeros((4, 4)))))
    assert state.position == ()
    assert state.playback.dim == 0
    assert state.channel is state.channels[0]


def test_the_channel_is_the_one_at_the_position() -> None:
    state = ViewState(describe(make_stack()))
    for number in range(3):
        state.move(1, number)
        assert state.channel is state.channels[number]


def test_channels_and_playback_are_changed_in_place_never_replaced() -> None:
    state = ViewState(describe(make_stack()))
    for name in ("channels", "playback"):
        with pytest.raises(TypeError, match=name):
            setattr(state, name, getattr(ViewState(describe(make_stack())), name))


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("view", "colormap", "virdis"),
        ("channel", "limits", (0, 256)),
        ("channel", "gamma", 0),
        ("channel", "color", "red"),
        ("playback", "dim", -1),
        ("playback", "dim", 3),
        ("playback", "fps", 0),
        ("playback", "mode", "bounce"),
    ],
)
def test_a_parameter_refuses_what_is_impossible(part: str, name: str, value: Any) -> None:
    state = ViewState(describe(make_stack()))
    owner = {"view": state, "channel": state.channel, "playback": state.playback}[part]
    before = getattr(owner, name)
    with pytest.raises(ValueError, match=name):
        setattr(owner, name, value)
    assert getattr(owner, name) == before


# -- colors ----------------------------------------------------------------------------------------------


def test_colormaps_are_tables_and_gray_comes_first() -> None:
    assert next(iter(COLORMAPS)) == "gray"
    for table in COLORMAPS.values():
        assert table.shape == (256, 3)
        assert table.dtype == np.uint8
    np.testing.assert_array_equal(COLORMAPS["gray"], np.arange(256)[:, None].repeat(3, axis=1))
    np.testing.assert_array_equal(COLORMAPS["green"][:, 1], np.arange(256))
    assert not COLORMAPS["green"][:, [0, 2]].any()


def test_lookup_table_stretches_between_the_limits() -> None:
    table = lookup_table(color_ramp("#ffffff"), (50, 150))[:, 0]
    assert (table[:51] == 0).all()
    assert (table[150:] == 255).all()
    assert table[100] == 128
    brighter = lookup_table(color_ramp("#ffffff"), (50, 150), gamma=0.5)[:, 0]
    assert (brighter[60:140] > table[60:140]).all()


# -- from state to picture -------------------------------------------------------------------------------


def test_a_single_channel_is_one_plain_frame() -> None:
    stack = describe(make_stack())
    state = ViewState(stack)
    state.move(0, 2)
    state.move(1, 1)
    request = resolve(state, stack)
    assert [layer.index for layer in request.layers] == [(2, 1, 0)]


def test_a_single_channel_is_displayed_as_was_chosen() -> None:
    stack = describe(make_stack())
    state = ViewState(stack)
    state.update(colormap="magma", invert=True, projection={"dim": "time"}, channels=[{"gamma": 2}])
    [layer] = resolve(state, stack).layers
    assert layer.projection == state.projection
    np.testing.assert_array_equal(layer.lookup_table(), lookup_table(COLORMAPS["magma"][::-1], gamma=2))
    np.testing.assert_array_equal(layer.palette(), layer.lookup_table())
    state.channel.limits = (50, 60)
    [narrow] = resolve(state, stack).layers
    assert (narrow.lookup_table()[61:] == COLORMAPS["magma"][0]).all()
    np.testing.assert_array_equal(narrow.palette(), layer.palette())


@pytest.mark.parametrize(
    ("own", "of_view", "alone", "in_composite"),
    [
        ("color", "gray", "gray", "#ff8000"),
        ("color", "color", "#ff8000", "#ff8000"),
        ("viridis", "gray", "viridis", "viridis"),
    ],
)
def test_a_channel_has_its_own_colormap_or_its_color_or_alone_that_of_the_view(
    own: str, of_view: str, alone: str, in_composite: str
) -> None:
    stack = describe(JPkl(np.zeros((8, 8, 2)), dim_names=["channel"]))
    state = ViewState(stack)
    state.update(colormap=of_view, invert=True, channels=[{"color": "#ff8000", "colormap": own}])
    [layer] = resolve(state, stack).layers
    assert (layer.colors, layer.invert) == (alone, True)
    state.composite = True
    layer = resolve(state, stack).layers[0]
    assert (layer.colors, layer.invert) == (in_composite, False)


def test_two_channels_make_a_composite_but_not_one() -> None:
    for n_channels in (1, 2):
        stack = describe(JPkl(np.zeros((8, 8, n_channels)), dim_names=["channel"]))
        state = ViewState(stack)
        state.composite = True
        assert len(resolve(state, stack).layers) == n_channels
        is_gray = resolve(state, stack).layers[0].colors == "gray"
        assert is_gray == (n_channels == 1)


def test_a_composite_is_projected_along_any_dim_but_its_channels() -> None:
    stack = describe(make_stack())
    state = ViewState(stack)
    for dim, is_projected in (("time", True), ("channel", False)):
        state.update(composite=True, projection={"dim": dim})
        projections = [layer.projection for layer in resolve(state, stack).layers]
        assert projections == [state.projection if is_projected else None] * 3


def test_a_composite_adds_the_visible_channels() -> None:
    jp = make_stack()
    stack = describe(jp)
    state = ViewState(stack)
    state.move(0, 2)
    state.composite = True
    state.channels[2].visible = False
    request = resolve(state, stack)
    assert [layer.index for layer in request.layers] == [(2, 0, 0), (2, 1, 0)]
    expected = sum(
        lookup_table(color_ramp(stack.channels[c].color))[jp[..., 2, c, 0]].astype(int) for c in (0, 1)
    )
    picture = Frames(jp, 10**6).picture(request)
    np.testing.assert_array_equal(picture, np.minimum(expected, 255))


def test_states_of_stacks_with_other_dims_are_made_in_threads_at_once() -> None:
    stacks_ = [describe(JPkl(np.zeros((4, 4, *(1,) * n), np.uint8))) for n in range(1, 5)]

    def made(number: int) -> int:
        return len(ViewState(stacks_[number % 4]).position)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(made, range(400))) == [number % 4 + 1 for number in range(400)]
    assert ViewState.param.position.length == 0, "the class keeps what all share"
