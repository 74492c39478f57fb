"""The page of a report: what is on it besides the frames.

Whatever comes from files or from the user is escaped. The page's own Content-Security-Policy is the second
line: it lets its own scripts run, named by their hashes, and lets nothing be loaded from anywhere.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from markdown_it import MarkdownIt

from jpkl import FrameError, __version__
from jpkl.toolkit import encoding_text, format_number
from jpkl_viewer.browser.bundle import (
    bundle,
    json_element,
    pack_script,
    read_asset,
    read_styles,
    script_hashes,
)
from jpkl_viewer.browser.description import describe_for_browser, encode_colormaps

if TYPE_CHECKING:
    from jpkl_viewer.model.stack import Dim
from jpkl_viewer.report.excerpt import Excerpt
from jpkl_viewer.report.figures import SectionFigures

#: Characters of a metadata value that are shown; a report is no place for the rest.
_LONGEST_TEXT = 400

#: Numbers of a list that are shown.
_MOST_NUMBERS = 8

#: Coordinates that are texts to list one by one.
_MOST_TEXTS = 6

_LOSSY = (
    "Pixel values are 8-bit and come from JPEG, which is lossy: made for looking. "
    "Measure on the original data."
)

_AS_STORED = "Pixel values are 8-bit, and exactly those of the file, which was encoded without loss."


def page_start(
    title: str,
    note: str,
    excerpts: Sequence[Excerpt],
    others: Sequence[Sequence[int]],
    figures: Sequence[SectionFigures],
) -> bytes:
    """Write everything before the frames.

    Parameters
    ----------
    title : str
        Title of the page, as plain text.
    note : str
        Text below it, in Markdown.
    excerpts : sequence of Excerpt
        The stacks; the first ones have their own section.
    others : sequence of sequence of int
        For each section, which of the stacks it can be compared with.
    figures : sequence of SectionFigures
        The pictures of each section.
    """
    data = {
        "stacks": [
            {
                "description": {
                    **describe_for_browser(excerpt.stack, excerpt.title),
                    **(_labels_data(excerpt) if excerpt.stack.labels else {}),
                },
                "settings": excerpt.settings,
                **(_section_data(excerpt, others[i]) if i < len(others) else {}),
            }
            for i, excerpt in enumerate(excerpts)
        ],
        "colormaps": encode_colormaps(),
        "css": read_styles(),
        "dropCss": read_asset("browser/stage/drop_zone.css"),
    }
    needs_bokeh = any(excerpt.overlay is not None for excerpt in excerpts[: len(others)])
    scripts = _scripts(needs_bokeh)
    return "".join(
        (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{_content_security_policy(scripts)}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            '<meta name="color-scheme" content="light dark">\n',
            '<link rel="icon" href="data:,">\n',  # or else browsers ask for one
            f"<title>{escape(title)}</title>\n",
            f"<style>{read_asset('report/report.css')}{read_asset('report/print.css')}</style>\n",
            "</head>\n<body>\n<main>\n",
            _header(title, note, excerpts[: len(others)]),
            *_sections(excerpts, figures),
            _footer(),
            "</main>\n",
            json_element("report", data),
            f'<script type="text/plain" id="computer">{pack_script(_computer())}</script>\n',
            *(_script_element(script) for script in scripts),
            # Runs while the frames are still being read.
            f"<script>{_unpack()}</script>\n",
        )
        # Half of a pair of UTF-16, which a name may hold, is no character.
    ).encode("utf-8", "replace")


def _labels_data(excerpt: Excerpt) -> dict[str, Any]:
    """Return the label images of an excerpt, with all that is stored of them."""
    found = []
    for each in excerpt.stack.labels:
        with suppress(FrameError):  # damaged ones are left out: the frames are worth the report
            data = base64.b64encode(excerpt.packed_labels(each)).decode("ascii")
            found.append({**each.plain(), "data": data})
    return {"labels": found}


def page_end() -> bytes:
    """Write everything after the frames."""
    return b"</body>\n</html>\n"


def frames_element(table: str, base64_text: bytes) -> bytes:
    """Make an element of frames for the page's script; `table` is JSON that says where each is."""
    return (
        f'<script type="text/plain" class="frames" data-frames="{escape(table)}">'.encode()
        + base64_text
        + b"</script>\n"
    )


@dataclass(frozen=True)
class Script:
    """A script of the page, and its type: ``"module"``, or nothing for a plain one."""

    code: str
    type: str = ""


@cache
def _content_security_policy(scripts: tuple[Script, ...]) -> str:
    """Make the policy of the page: its own scripts run, and nothing is loaded from anywhere.

    Styles are free, as Bokeh's figures and the controls make theirs while they run; they can load nothing.
    """
    allowed = script_hashes((_unpack(), _computer(), *(script.code for script in scripts)))
    return (
        f"default-src 'none'; script-src {allowed} 'wasm-unsafe-eval'; worker-src blob:; "
        "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


@cache
def _scripts(needs_bokeh: bool) -> tuple[Script, ...]:
    """Collect the viewer, and before it BokehJS where something is drawn over a picture."""
    viewer = Script(bundle("report/report.js"), "module")
    if not needs_bokeh:
        return (viewer,)
    from jpkl_viewer.browser.drawn_over import bokeh_script

    return Script(bokeh_script()), viewer


@cache
def _computer() -> str:
    """Return what computes: the page makes a worker of it, or runs it itself where it has none."""
    return bundle("local/worker.js")


def _script_element(script: Script) -> str:
    kind = f' data-type="{script.type}"' if script.type else ""
    return f'<script type="text/plain" class="packed"{kind}>{pack_script(script.code)}</script>\n'


def _unpack() -> str:
    return read_asset("report/unpack.js")


def _section_data(excerpt: Excerpt, others: Sequence[int]) -> dict[str, Any]:
    """Collect what a stack with a section of its own has besides."""
    bookmarks = [each.plain() for each in excerpt.bookmarks]
    return {"overlay": _overlay(excerpt), "others": others, "bookmarks": bookmarks}


def _overlay(excerpt: Excerpt) -> dict[str, Any] | None:
    """Have HoloViews build what is drawn over the picture, as Bokeh embeds it."""
    if excerpt.overlay is None:
        return None
    import holoviews as hv
    from bokeh.embed import json_item

    from jpkl_viewer.browser.element import overlay_figure

    figure = overlay_figure(excerpt.overlay, excerpt.stack.height, excerpt.stack.width)
    return dict(json_item(hv.render(figure, backend="bokeh")))


def _header(title: str, note: str, excerpts: Sequence[Excerpt]) -> str:
    link = ""
    if _share_a_dim(excerpts):
        switch = '<input type="checkbox" id="link" checked>'
        link = f'<label class="link" hidden>{switch} move the stacks together</label>'
    made = f'<small class="made">{_made()}</small>'
    return f"<header><h1>{escape(title)}</h1>{link}{made}</header>\n{_markdown(note)}"


def _share_a_dim(excerpts: Sequence[Excerpt]) -> bool:
    names = [dim.name for excerpt in excerpts for dim in excerpt.stack.dims if dim.size > 1]
    return len(set(names)) < len(names)


def _markdown(note: str) -> str:
    """Render Markdown; HTML in it is shown as text, and pictures are left out as they would be loaded."""
    if not note.strip():
        return ""
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    return f'<div class="note">{markdown.render(note)}</div>\n'


def _sections(excerpts: Sequence[Excerpt], figures: Sequence[SectionFigures]) -> Iterator[str]:
    """Write a section for each stack that has figures, and the facts of those that it is compared with."""
    n = len(figures)
    for excerpt, drawn in zip(excerpts[:n], figures, strict=True):
        yield _section(excerpt, drawn, has_heading=n > 1)
    for excerpt in excerpts[n:]:
        yield _table(f"Compared with {excerpt.title}", facts(excerpt), is_open=False)


def _section(excerpt: Excerpt, figures: SectionFigures, *, has_heading: bool) -> str:
    heading = f"<h2>{escape(excerpt.title)}</h2>" if has_heading else ""
    return (
        f'<section class="stack">{heading}{figures.still}<div class="live"></div>\n{figures.positions}'
        f"{_table('Encoding and fidelity', facts(excerpt), is_open=True)}"
        f"{_table('Metadata', metadata_rows(excerpt.jp.metadata))}{figures.bookmarks}</section>\n"
    )


def _table(title: str, rows: Mapping[str, str], *, is_open: bool = False) -> str:
    if not rows:
        return ""
    body = "".join(f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in rows.items())
    state = " open" if is_open else ""
    return f"<details{state}><summary>{escape(title)}</summary><table>{body}</table></details>\n"


def _footer() -> str:
    return f"<footer>{_made()}</footer>\n"


def _made() -> str:
    today = date.today()
    return f"Made with JPkl {escape(__version__)} on {today.day} {today:%B %Y}"


def facts(excerpt: Excerpt) -> dict[str, str]:
    """Say what was done to the pixels between the original and the screen, as rows of a table."""
    jp, stack = excerpt.jp, excerpt.stack
    rows = {"frames": f"{stack.height} x {stack.width} pixels, {'RGB' if stack.color else 'gray'}, 8-bit"}
    for dim, chosen, size in zip(stack.dims, excerpt.indices, jp.dim_sizes, strict=True):
        rows[f"dim {dim.name}"] = _say_dim(dim, chosen, size)
    if stack.pixel_size is not None:
        height, width = stack.pixel_size
        rows["pixel size"] = f"{format_number(height)} x {format_number(width)} {stack.pixel_unit}".rstrip()
    rows["original"] = "not recorded" if jp.source_dtype is None else f"{jp.source_dtype} intensities"
    rows["display range"] = _say_ranges(jp.display_range)
    rows["encoding"] = _say_encoding(excerpt)
    rows["size"] = f"{jp.size / max(1, jp.compressed_nbytes):.1f} times smaller than 8-bit pixels"
    rows["fidelity"] = _LOSSY if stack.is_lossy else _AS_STORED
    if jp.fidelity is not None and stack.is_lossy:
        rows["fidelity"] = f"{jp.fidelity.summary(len(jp.images))}. {_LOSSY}"
    return rows


def _say_dim(dim: Dim, chosen: Sequence[int], size: int) -> str:
    text = f"{len(chosen)}"
    if len(chosen) < size:
        text += f" of {size}"
    if dim.texts and dim.size <= _MOST_TEXTS:
        return f"{text}: {', '.join(dim.texts)}"
    if first := dim.label(0):
        text += f", {first}" if len(chosen) == 1 else f", from {first} to {dim.label(dim.size - 1)}"
    return text


def _say_ranges(ranges: Any) -> str:
    if ranges is None:
        return "not recorded"
    pairs = np.unique(np.reshape(ranges, (-1, 2)), axis=0)
    if len(pairs) > 4:
        return f"{len(pairs)} ranges within {_say_range(pairs[:, 0].min(), pairs[:, 1].max())}"
    return "; ".join(_say_range(low, high) for low, high in pairs) + " are shown as 0 to 255"


def _say_range(low: float, high: float) -> str:
    return f"{format_number(low, 6)} to {format_number(high, 6)}"


def _say_encoding(excerpt: Excerpt) -> str:
    jp = excerpt.jp
    stored = encoding_text(jp).removeprefix("8-bit ")
    if excerpt.quality is None:
        return f"{stored}; the stored bytes, unchanged"
    text = f"{stored} in the file; re-encoded for this report: JPEG, quality {excerpt.quality}"
    rows, columns = excerpt.crop
    cropped = (rows.stop - rows.start, columns.stop - columns.start)
    if cropped != jp.shape[:2]:
        text += f", rows {rows.start} to {rows.stop - 1}, columns {columns.start} to {columns.stop - 1}"
    if cropped != (excerpt.stack.height, excerpt.stack.width):
        text += f", scaled from {cropped[0]} x {cropped[1]} pixels"
    return text


def metadata_rows(metadata: Mapping[Any, Any]) -> dict[str, str]:
    """List metadata as rows of a table: nested keys are joined by dots, long values are cut.

    Examples
    --------
    >>> metadata_rows({"objective": {"na": 1.4}, "stage": [0.0] * 100})
    {'objective.na': '1.4', 'stage': '0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, ... (100 values)'}
    """
    return dict(_rows("", metadata))


def _rows(prefix: str, metadata: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    for key, value in metadata.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from _rows(f"{name}.", value)
        else:
            yield name, _say_value(value)


def _say_value(value: Any) -> str:
    if isinstance(value, np.ndarray):
        value = value.ravel().tolist()
    if isinstance(value, list | tuple):
        text = ", ".join(map(str, value[:_MOST_NUMBERS]))
        if len(value) > _MOST_NUMBERS:
            text += f", ... ({len(value)} values)"
    else:
        text = str(value)
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]} ... ({len(text)} characters)"
