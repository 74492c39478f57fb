"""What runs in the browser as text: single assets, and modules joined into one script.

Hosts take one script each: Panel a module, Bokeh's CustomJS and a report a plain one. `bundle` makes it from
the import statements of the modules, so that no list is kept by hand. Each module becomes a function with
its own scope, and two modules may use the same private name.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import posixpath
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jpkl_viewer.browser.kept import kept

_PACKAGE = Path(__file__).parent.parent

_IMPORT = re.compile(r'^import (?:\{(?P<names>[^}]*)\} from )?"(?P<path>\.[^"]+\.js)";\n', re.MULTILINE)
_DATA = re.compile(
    r'^import (?P<name>\w+) from "(?P<path>\.[^"]+\.json)" with \{type: "json"\};\n', re.MULTILINE
)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)
# Comments that have their lines to themselves: half of a module, which saved notebooks would keep.
_COMMENT = re.compile(r"^[ \t]*(?://[^\n]*|/\*\*[^*]*\*+(?:[^/*][^*]*\*+)*/)[ \t]*\n", re.MULTILINE)
_STYLE_COMMENT = re.compile(r"/\*.*?\*/\n?", re.DOTALL)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_NOT_JOINED = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)

_UNPACK = """const bytes = Uint8Array.from(atob("%(packed)s"), (c) => c.charCodeAt(0));
const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
const script = new Blob([await new Response(stream).text()], {type: "text/javascript"});
const url = URL.createObjectURL(script);
export const {%(names)s} = await import(url);
URL.revokeObjectURL(url);
"""


def read_asset(path: str) -> str:
    """Text of a file of the package that runs, or is used, in the browser.

    Parameters
    ----------
    path : str
        Where it is in the package, e.g. ``"browser/styles/page.css"``.
    """
    return (_PACKAGE / path).read_text("utf-8")


@cache
def read_styles() -> str:
    """Join the style sheets of the viewer and of its tools, written for the shadow root that they are in."""
    names = ("tokens", "page", "controls", "channels", "readout", "small")
    viewer = [f"browser/styles/{name}.css" for name in names]
    tools = sorted(path.relative_to(_PACKAGE).as_posix() for path in _PACKAGE.glob("tools/*/*.css"))
    # What fingers and eyes need goes before all others.
    styles = [*viewer, *tools, "browser/styles/touch.css", "browser/styles/media.css"]
    return _STYLE_COMMENT.sub("", "\n".join(map(read_asset, styles)))


def json_element(name: str, data: Any) -> str:
    """Write data for a script of a page, as an element of that id, which nothing in it can end."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    text = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f'<script type="application/json" id="{name}">{text}</script>\n'


@cache
def bundle(entry: str, *, exports: bool = True) -> str:
    """Join a module and everything that it imports into one script.

    Parameters
    ----------
    entry : str
        Where the module is in the package, e.g. ``"browser/hosts.js"``.
    exports : bool
        Whether the script exports what the module does. Otherwise it is a plain script, which declares it.

    Raises
    ------
    ValueError
        If modules import each other in a circle, or in a form that is not joined.
    """
    parts: dict[str, str] = {}
    _add(entry, parts, ())
    names = ", ".join(_EXPORT.findall(read_asset(entry)))
    if names:
        parts[""] = f"{'export ' if exports else ''}const {{{names}}} = {_variable(entry)};\n"
    return "\n".join(parts.values())


def bundles(entries: Sequence[str]) -> list[str]:
    """Join modules into plain scripts that a page runs one after the other.

    Each has what its module imports, but for what a script before has: plain scripts of a page share their
    constants.

    Parameters
    ----------
    entries : sequence of str
        Where the modules are in the package. What they export is used by each other alone.
    """
    parts: dict[str, str] = {}
    scripts = []
    for entry in entries:
        before = set(parts)
        _add(entry, parts, ())
        scripts.append("\n".join(text for path, text in parts.items() if path not in before))
    return scripts


@cache
def packed_bundle(entry: str) -> str:
    """Make a module of a third of the size that does and exports what `bundle` of the entry does.

    A notebook's file keeps a module for each of its viewers.
    """
    names = ", ".join(_EXPORT.findall(read_asset(entry)))
    packed = kept(f"{entry}.packed", lambda: pack_script(bundle(entry)).encode()).decode()
    return _UNPACK % {"packed": packed, "names": names}


@cache
def pack_script(script: str) -> str:
    """Compress a script to a quarter of its size, as base64 of gzip: text that ends no element of a page."""
    return base64.b64encode(gzip.compress(script.encode(), mtime=0)).decode("ascii")


def script_hashes(codes: Iterable[str]) -> str:
    """Name scripts as a Content-Security-Policy does: these may run, and no others."""
    hashes = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in codes]
    return " ".join(f"'sha256-{digest}'" for digest in hashes)


def _add(path: str, parts: dict[str, str], importers: tuple[str, ...]) -> None:
    """Add a module after those that it imports, each once."""
    if path in importers:
        raise ValueError(f"modules import each other: {' -> '.join((*importers, path))}")
    if path in parts:
        return
    text = read_asset(path)
    for found in _IMPORT.finditer(text):
        _add(_resolve(found["path"], path), parts, (*importers, path))
    parts[path] = (
        f'// {path}\nconst {_variable(path)} = (() => {{\n"use strict";\n{_body(text, path)}\n}})();\n'
    )


def _body(text: str, path: str) -> str:
    """Make the text of a module the body of a function, which returns what it exports."""

    def take(found: re.Match[str]) -> str:
        module = _variable(_resolve(found["path"], path))
        return f"const {{{found['names'].replace(' as ', ': ')}}} = {module};\n" if found["names"] else ""

    def insert(found: re.Match[str]) -> str:
        data = json.loads(read_asset(_resolve(found["path"], path)), object_hook=_without_doc)
        return f"const {found['name']} = {json.dumps(data, separators=(',', ':'))};\n"

    body = _EXPORT.sub("", _DATA.sub(insert, _IMPORT.sub(take, text)))
    body = _COMMENT.sub("", body)
    if left := _NOT_JOINED.search(body):
        raise ValueError(f"{path}: the bundle does not know this form: {left[0]}")
    if any(line.count("`") % 2 for line in body.splitlines()):
        raise ValueError(f"{path}: a text in backticks has several lines: they would lose their indentation")
    body = _INDENT.sub("", body)
    return f"{body}\nreturn {{{', '.join(_EXPORT.findall(text))}}};"


def _without_doc(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out of data what Python alone says to its users."""
    return {name: value for name, value in values.items() if name != "doc"}


def _resolve(path: str, importer: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), path))


def _variable(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path.removesuffix(".js"))
