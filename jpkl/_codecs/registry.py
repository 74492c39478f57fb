"""Codecs by name: those of this package, those that were registered, and those of other packages."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, TypeVar

from jpkl._codecs.codec import Codec
from jpkl._errors import UnknownCodecError
from jpkl._text import one_line

#: Entry points by which other packages offer codecs: the codec's name, and where its class is.
ENTRY_POINT_GROUP = "jpkl.codecs"

_registry: dict[str, type[Codec]] = {}

CodecType = TypeVar("CodecType", bound=type[Codec])


def register_codec(codec: CodecType) -> CodecType:
    """Make a codec known under its ``name``; usable as a class decorator.

    A package can do without, and name its codec in an entry point of the group ``jpkl.codecs``: it is then
    imported when a file or a call asks for that name.

    Parameters
    ----------
    codec : type
        A subclass of `Codec` with a ``name``.

    Returns
    -------
    type
        The same, as decorators return it.

    Raises
    ------
    ValueError
        If another codec has that name already.
    """
    known = _registry.get(codec.name)
    if known is not None and known.__qualname__ != codec.__qualname__:
        raise ValueError(f"codec name {codec.name!r} is taken by {known.__qualname__}")
    _registry[codec.name] = codec
    return codec


def get_codec(name: str, **options: Any) -> Codec:
    """Return the codec of that name, made with ``options``.

    Raises
    ------
    UnknownCodecError
        If there is none.
    MissingDependencyError
        If a package that it needs is not installed.
    """
    return codec_class(name)(**options)


def codec_class(name: str) -> type[Codec]:
    """Return the class of the codec of that name.

    Raises
    ------
    UnknownCodecError
        If there is none.
    """
    if name not in _registry:
        _load_built_in()
    if name not in _registry:
        _load_from_elsewhere(name)
    if name not in _registry:
        known = ", ".join(sorted({*_registry, *entry_points(group=ENTRY_POINT_GROUP).names}))
        raise UnknownCodecError(f"no codec is named {name!r} (known: {known}); register_codec adds one")
    return _registry[name]


@cache
def _load_built_in() -> None:
    """Import the modules of this package: each codec registers itself."""
    package = import_module("jpkl._codecs")
    for module in pkgutil.iter_modules(package.__path__, "jpkl._codecs."):
        import_module(module.name)


def _load_from_elsewhere(name: str) -> None:
    for entry_point in entry_points(group=ENTRY_POINT_GROUP, name=name):
        try:
            loaded = entry_point.load()
        except Exception as error:
            said = f"{entry_point.value} cannot be imported: {type(error).__name__}: {error}"
            raise UnknownCodecError(one_line(f"the codec {name!r} of another package, {said}")) from error
        if isinstance(loaded, type) and issubclass(loaded, Codec) and loaded.name == name:
            register_codec(loaded)
