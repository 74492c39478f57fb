"""Formats that imagecodecs encodes and decodes, an optional package."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from jpkl._errors import MissingDependencyError


@cache
def library(title: str, function: str) -> Any:
    """Return imagecodecs, which is imported when it is needed first.

    Parameters
    ----------
    title : str
        What people call the format.
    function : str
        What of imagecodecs will be called; not every build has every format.

    Raises
    ------
    MissingDependencyError
        If it is not installed, or lacks the format.
    """
    try:
        found = import_module("imagecodecs")
        if not getattr(found, function.partition("_")[0].upper()).available:
            raise AttributeError(function)
        getattr(found, function)
    except (ImportError, AttributeError) as error:
        name = function.partition("_")[0]
        raise MissingDependencyError(title, "codecs", f"imagecodecs with {name}") from error
    return found
