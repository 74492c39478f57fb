"""What is public is documented in NumPy style, and the docstrings agree with the signatures."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import jpkl_viewer
import pytest

import jpkl
import jpkl.readers
import jpkl.testing
import jpkl.toolkit

#: The sections that docstrings may have, in their order.
SECTIONS = ("Parameters", "Attributes", "Returns", "Yields", "Raises", "Warns", "Notes", "Examples")

_HEADING = re.compile(r"^(\w[\w ]*)\n(-{3,})$", re.MULTILINE)


def public_callables() -> Iterator[tuple[str, Any]]:
    """The public functions and classes, and the public methods that these define, by their full names."""
    for module in (jpkl, jpkl.readers, jpkl.testing, jpkl.toolkit, jpkl_viewer):
        for name in module.__all__:
            found = getattr(module, name)
            if inspect.isfunction(found) or inspect.isclass(found):
                yield f"{module.__name__}.{name}", found
            if inspect.isclass(found):
                for method, value in vars(found).items():
                    function = inspect.unwrap(getattr(value, "__func__", value))
                    is_own = inspect.isfunction(function) and function.__qualname__.startswith(found.__name__)
                    # The tests of a contract are named by sentences.
                    if is_own and not method.startswith(("_", "test_")):
                        yield f"{module.__name__}.{name}.{method}", function


CALLABLES = dict(public_callables())


def sections_of(doc: str) -> dict[str, str]:
    """The text under each heading of a docstring."""
    _, *parts = _HEADING.split(doc)
    return dict(zip(parts[::3], parts[2::3], strict=True))


def names_in(section: str) -> list[str]:
    """The names that a section explains, several in one line included."""
    lines = re.findall(r"^(\*{0,2}\w[^:\n]*?)(?: : .*)?$", section, re.MULTILINE)
    return [name.lstrip("*") for line in lines for name in line.split(", ")]


def parameters_of(found: Any) -> list[str]:
    """What a caller gives, without what a class inherits from one that explains it."""
    if inspect.isclass(found) and ("__init__" not in vars(found) or issubclass(found, BaseException | dict)):
        return []
    return [name for name in inspect.signature(found).parameters if name not in ("self", "cls")]


def test_there_are_many() -> None:
    assert len(CALLABLES) > 130


@pytest.mark.parametrize("name", CALLABLES)
def test_a_docstring_agrees_with_the_signature(name: str) -> None:
    found = CALLABLES[name]
    doc = inspect.getdoc(found)
    assert doc
    assert doc.partition("\n")[0].endswith((".", "`", ")"))
    sections = sections_of(doc)
    assert list(sections) == [each for each in SECTIONS if each in sections]
    explained = names_in(sections.get("Parameters", ""))
    if inspect.isclass(found):  # a dataclass has its parameters as attributes
        explained = explained or names_in(sections.get("Attributes", ""))
        assert set(parameters_of(found)) <= set(explained)
    else:
        assert explained == parameters_of(found)
        result = inspect.signature(found).return_annotation
        assert ("Returns" in sections or "Yields" in sections) == (result not in ("None", "NoReturn"))
