"""The tools of the viewer, each in one folder with what it computes and what runs in the browser.

What a tool answers the browser is the table ``ANSWERS`` of the module ``answers`` in its folder. A new
tool is found by its folder, as is its style sheet; what runs in the browser has a line in ``tools.js``. What
the core of the viewer asks for is answered in ``frames``.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from jpkl_viewer.frames import pixels
from jpkl_viewer.frames.answers import Answer


@cache
def find_answers() -> Mapping[str, Answer]:
    """Collect what the tools answer, and what is answered without one, by name.

    Raises
    ------
    ValueError
        If two tools answer to the same name.
    """
    found: dict[str, Answer] = dict(pixels.ANSWERS)
    for tool in pkgutil.iter_modules(__path__, f"{__name__}."):
        if tool.ispkg and find_spec(f"{tool.name}.answers") is not None:
            answers: dict[str, Answer] = import_module(f"{tool.name}.answers").ANSWERS
            if twice := found.keys() & answers.keys():
                raise ValueError(f"{tool.name}: another tool answers {', '.join(sorted(twice))} already")
            found |= answers
    return found
