"""What the user has chosen to see, as Param classes: no Panel, no HoloViews.

`ViewState.settings` carries all of it as plain data, e.g. in a link or a report. `ViewState.update` takes
settings from Python and is strict; `ViewState.restore` takes them from a link or a browser and is lenient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import param

from jpkl_viewer.limits import (
    CHANNEL_SETTINGS,
    PIXEL_VALUES,
    PLAYBACK_SETTINGS,
    VIEW_SETTINGS,
    Setting,
)
from jpkl_viewer.model.colormaps import COLORMAP_CHOICES
from jpkl_viewer.model.projection import Projection
from jpkl_viewer.model.setting_types import (
    ChannelParameters,
    PlaybackParameters,
    ViewParameters,
    ViewSettings,
)
from jpkl_viewer.model.settings import check_settings, sift_settings
from jpkl_viewer.model.stack import StackDescription

if TYPE_CHECKING:
    from typing import Unpack

_Class = TypeVar("_Class", bound=type[param.Parameterized])


class _Limits(param.Range):  # type: ignore[type-arg]  # generic in newer versions only
    """Contrast limits, the lower one first."""

    def _validate(self, val: Any) -> None:
        super()._validate(val)
        if val is not None and not val[0] < val[1]:
            raise ValueError(f"limits must be (low, high) with low < high, not {val!r}")


#: The Param parameter of each kind of setting; the others are declared by `ViewState`.
_PARAMETERS: dict[str, Callable[[Setting], param.Parameter[Any]]] = {
    "flag": lambda setting: param.Boolean(setting.default, doc=setting.doc),
    "number": lambda setting: param.Number(float(setting.default), bounds=setting.bounds, doc=setting.doc),
    "choice": lambda setting: param.Selector(
        default=setting.default, objects=list(setting.choices), doc=setting.doc
    ),
    "colormap": lambda setting: param.Selector(
        default=setting.default, objects=list(COLORMAP_CHOICES), doc=setting.doc
    ),
    "color": lambda setting: param.Color(setting.default, allow_named=False, doc=setting.doc),
    "limits": lambda setting: _Limits(PIXEL_VALUES, bounds=PIXEL_VALUES, doc=setting.doc),
    "dim": lambda setting: param.Integer(setting.default, bounds=(0, None), doc=setting.doc),
}


def _with_parameters(table: Mapping[str, Setting]) -> Callable[[_Class], _Class]:
    """Give a class a parameter for each setting in a table that it does not declare itself."""

    def add(cls: _Class) -> _Class:
        for name, setting in table.items():
            if setting.kind in _PARAMETERS:
                cls.param.add_parameter(name, _PARAMETERS[setting.kind](setting))
        return cls

    return add


class _Position(param.Tuple):  # type: ignore[type-arg]  # generic in newer versions only
    """A frame index, with one entry per dim of so many indices."""

    __slots__ = ["sizes"]

    sizes: tuple[int, ...]

    def __init__(self, **params: Any) -> None:
        self.sizes = ()
        super().__init__(**params)

    def _validate(self, val: Any) -> None:
        super()._validate(val)
        for index, size in zip(val, self.sizes, strict=True):
            if isinstance(index, bool) or not isinstance(index, int | np.integer) or not 0 <= index < size:
                raise IndexError(f"position: there is no frame {val} in dims {self.sizes}")


class _ProjectionOf(param.ClassSelector):  # type: ignore[type-arg]
    """A projection of frames that a stack has, or None."""

    __slots__ = ["sizes"]

    sizes: tuple[int, ...]

    def __init__(self, **params: Any) -> None:
        self.sizes = ()
        super().__init__(class_=Projection, default=None, allow_None=True, **params)

    def _validate(self, val: Any) -> None:
        super()._validate(val)
        if val is not None:
            if val.step not in (None, 1):
                raise ValueError(f"the viewer projects every frame, not every {val.step}")
            val.run(self.sizes, (0,) * len(self.sizes))


@_with_parameters(CHANNEL_SETTINGS)
class ChannelDisplay(ChannelParameters):
    """How one channel is displayed; its parameters are `CHANNEL_SETTINGS`."""


@_with_parameters(PLAYBACK_SETTINGS)
class Playback(PlaybackParameters):
    """How the stack is played; its parameters are `PLAYBACK_SETTINGS`."""


@_with_parameters(VIEW_SETTINGS)
class ViewState(ViewParameters):
    """Everything that decides what the viewer shows of a stack; its parameters are `VIEW_SETTINGS`.

    Parameters
    ----------
    stack : StackDescription
        The stack; the position starts at its first frame.
    """

    position = _Position(default=(), length=0, doc=VIEW_SETTINGS["position"].doc)
    projection: Any = _ProjectionOf(doc=VIEW_SETTINGS["projection"].doc)
    tools = param.Dict({}, doc=VIEW_SETTINGS["tools"].doc)
    channels = param.List(item_type=ChannelDisplay, constant=True, doc=VIEW_SETTINGS["channels"].doc)
    playback: Any = param.ClassSelector(class_=Playback, constant=True, doc=VIEW_SETTINGS["playback"].doc)

    def __init__(self, stack: StackDescription, **params: Any) -> None:
        super().__init__(
            channels=[ChannelDisplay(color=channel.color) for channel in stack.channels],
            playback=Playback(dim=_longest(stack)),
        )
        # Length and sizes belong to the parameter, which is this instance's own from here on: the class's is
        # shared by all threads.
        self.param.position.length, self.param.position.sizes = len(stack.dims), stack.dim_sizes
        self.param.projection.sizes = stack.dim_sizes
        self.playback.param.dim.bounds = (0, max(0, len(stack.dims) - 1))
        self.param.update(position=(0,) * len(stack.dims), **params)
        self._stack = stack

    @property
    def channel(self) -> ChannelDisplay:
        """Display of the channel at the current position."""
        dim = self._stack.channel_dim
        display: ChannelDisplay = self.channels[0 if dim is None else self.position[dim]]
        return display

    def move(self, dim: int, index: int) -> None:
        """Go to an index along one dim, by its number; clipped to the stack."""
        clipped = max(0, min(int(index), self._stack.dim_sizes[dim] - 1))
        dim %= len(self.position)
        self.position = (*self.position[:dim], clipped, *self.position[dim + 1 :])

    def settings(self) -> dict[str, Any]:
        """Return the whole state as plain data."""
        return {name: self.setting(name) for name in VIEW_SETTINGS}

    def setting(self, name: str) -> Any:
        """Return one of `settings`."""
        value = _plain(getattr(self, name))
        if name != "projection" or value is None:
            return value
        # Python may leave out the part.
        start, stop, _ = slice(value["start"], value["stop"]).indices(self._stack.dim_sizes[value["dim"]])
        return {**value, "start": start, "stop": stop}

    def update(self, **settings: Unpack[ViewSettings]) -> None:
        """Take over settings that were given in Python: all of them, or none if one raises.

        Parameters
        ----------
        **settings
            Any of `settings`. ``position`` has one index per dim, negative ones count from the end;
            ``projection`` and ``playback`` take a dim by its name or number.

        Raises
        ------
        TypeError
            If there is no such setting, or its value is of the wrong type; lists the known ones.
        ValueError, IndexError
            If a value is impossible, or the stack has no such index.

        Examples
        --------
        >>> import numpy as np
        >>> from jpkl import JPkl
        >>> from jpkl_viewer.model.stack import describe
        >>> state = ViewState(describe(JPkl(np.zeros((8, 8, 5)), dim_names=["time"])))
        >>> state.update(position=(-1,), projection={"dim": "time", "method": "mean"})
        >>> state.position, state.projection.stop
        ((4,), 5)
        """
        self._assign(check_settings(settings, self._stack))

    def restore(self, settings: Mapping[str, Any]) -> None:
        """Take over settings of a link or a browser: what fits this stack, the rest is ignored."""
        self._assign(sift_settings(settings, self._stack))

    def _assign(self, checked: Mapping[str, Any]) -> None:
        for name, value in checked.items():
            if name == "position":
                self.position = tuple(value.get(d, old) for d, old in enumerate(self.position))
            elif name == "channels":
                for display, values in zip(self.channels, value, strict=False):
                    display.param.update(**values)
            elif name == "playback":
                self.playback.param.update(**value)
            else:
                setattr(self, name, value)


def _plain(value: Any) -> Any:
    match value:
        case param.Parameterized():
            return {name: _plain(of) for name, of in value.param.values().items() if name != "name"}
        case Projection(dim, method, start, stop, _, around):
            follows = {} if around is None else {"around": _plain(around)}
            return {"dim": _plain(dim), "method": method, "start": start, "stop": stop, **follows}
        case list() | tuple():
            return [_plain(item) for item in value]
        case dict():
            return dict(value)
        case np.generic():
            return value.item()
        case _:
            return value


def _longest(stack: StackDescription) -> int:
    sizes = [0 if dim == stack.channel_dim else size for dim, size in enumerate(stack.dim_sizes)]
    return sizes.index(max(sizes)) if sizes else 0
