"""What is written from the table of settings, ``limits.json``: their types, and the tables of their page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jpkl_viewer.limits import CHANNEL_SETTINGS, PLAYBACK_SETTINGS, VIEW_SETTINGS, Setting
from jpkl_viewer.model import setting_types

TYPES = Path(setting_types.__file__)
SETTINGS_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"

#: Python's types of the kinds of settings: in calls, and as parameters that are made from the table.
_TYPES = {
    "position": ("int | Sequence[int]", None),
    "colormap": ("str", "str"),
    "choice": ("str", "str"),
    "flag": ("bool", "bool"),
    "number": ("float", "float"),
    "color": ("str", "str"),
    "limits": ("Sequence[float]", "tuple[float, float]"),
    "dim": ("int | str", "int"),
    "projection": ("Projection | ProjectionSettings | None", None),
    "channels": ("Sequence[ChannelSettings]", None),
    "tools": ("Mapping[str, Mapping[str, Any]]", None),
    "playback": ("PlaybackSettings", None),
}


def types_text() -> str:
    """The module of the types of settings: its head as it is, the classes made from the table."""
    text = TYPES.read_text("utf-8")
    tables = {"Channel": CHANNEL_SETTINGS, "Playback": PLAYBACK_SETTINGS, "View": VIEW_SETTINGS}
    for kind, table in tables.items():
        text = _with_fields(text, f"class {kind}Settings(", table, 0)
        text = _with_fields(text, f"class {kind}Parameters(", table, 1)
    return text


def _type_of(setting: Setting) -> tuple[str, str | None]:
    """Numbers to choose from, as degrees, can be given as such."""
    if setting.choices and all(choice.isdigit() for choice in setting.choices):
        return "str | int", "str"
    return _TYPES[setting.kind]


def _with_fields(text: str, start: str, table: dict[str, Setting], which: int) -> str:
    """The text with the fields of one class in place of those that it had."""
    before, head, after = text.partition(start)
    doc, quotes, rest = after.partition('"""\n\n')
    types = [(name, _type_of(setting)[which]) for name, setting in table.items()]
    fields = "".join(f"    {name}: {kind}\n" for name, kind in types if kind)
    _, _, others = rest.partition("\n\n\n")
    return f"{before}{head}{doc}{quotes}{fields}" + (f"\n\n{others}" if others else "")


#: What the page of settings says of defaults that depend on the stack.
_DEFAULTS = {
    "position": "the first frame",
    "channels": "",
    "playback": "",
    "dim": "the longest",
    "color": "from the metadata",
}


def page_text() -> str:
    """The page of settings: its text as it is, the tables made from those of the settings."""
    text = SETTINGS_PAGE.read_text("utf-8")
    head = "| setting | default | meaning |\n|---|---|---|\n"
    for number, table in enumerate((VIEW_SETTINGS, CHANNEL_SETTINGS, PLAYBACK_SETTINGS), start=1):
        parts = text.split(head)
        _, _, after = parts[number].partition("\n\n")
        rows = "".join(_row(setting) for setting in table.values())
        text = head.join([*parts[:number], f"{rows}\n{after}", *parts[number + 1 :]])
    return text


def _row(setting: Setting) -> str:
    written: dict[str, Callable[[Any], object]] = {
        "number": float,
        "limits": tuple,
        "choice": json.dumps,
        "colormap": json.dumps,
    }
    default = _DEFAULTS.get(setting.kind, f"`{written.get(setting.kind, repr)(setting.default)}`")
    meaning = setting.doc[0].lower() + setting.doc[1:].removesuffix(".")
    return f"| `{setting.name}` | {default + ' ' if default else ''}| {meaning} |\n"


def write() -> None:
    """Write both."""
    TYPES.write_text(types_text(), "utf-8")
    SETTINGS_PAGE.write_text(page_text(), "utf-8")
