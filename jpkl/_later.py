"""Names of a module that are imported when they are first used, so that programs start sooner."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any


def import_later(name: str, places: Mapping[str, str], asked: str) -> Any:
    """Return what a module has under a name, for its ``__getattr__``.

    Parameters
    ----------
    name : str
        The name.
    places : mapping of str to str
        Where what is imported later is, by its names: ``"jpkl._writer.JPklWriter"``.
    asked : str
        Name of the module that is asked for it.

    Raises
    ------
    AttributeError
        If there is no such name.
    """
    if name not in places:
        raise AttributeError(f"module {asked!r} has no attribute {name!r}")
    module, _, attribute = places[name].rpartition(".")
    return getattr(import_module(module), attribute)
