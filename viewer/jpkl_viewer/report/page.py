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
from typing import Any

from markdown_it import MarkdownIt

from jpkl import FrameError, __version__
from jpkl_viewer.browser.bundle import (
    bundle,
    json_element,
    pack_script,
    read_asset,
    read_styles,
    script_hashes,
)
from jpkl_viewer.browser.description import describe_for_browser, encode_colormaps
from jpkl_viewer.report.excerpt import Excerpt
from jpkl_viewer.report.facts import facts, metadata_rows
from jpkl_viewer.report.figures import SectionFigures


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
