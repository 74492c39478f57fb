"""The stand-alone page: the viewer and all that it takes to open stacks, in one HTML file.

The page reads files by itself: those that are dropped on it or picked, and those behind URLs. Its
Content-Security-Policy lets its own scripts run, named by their hashes, and has it ask for nothing but data.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from html import escape
from os import PathLike
from urllib.parse import quote

from jpkl.toolkit import replacing
from jpkl_viewer.browser.bundle import (
    bundle,
    bundles,
    json_element,
    pack_script,
    read_asset,
    read_styles,
    script_hashes,
)
from jpkl_viewer.browser.description import encode_colormaps

_SCRIPTS = ("standalone/app/first.js", "standalone/app/stand_alone.js")
_WALKER = "standalone/app/walker.js"
_COMPUTER = "local/worker.js"


def stand_alone_page(files: Sequence[str] = (), *, title: str = "JPkl viewer") -> str:
    """Make the page.

    Parameters
    ----------
    files : sequence of str
        Names of files beside the page that it opens: the first is shown, the others are compared with it. The
        page then reads from its own server alone. By default, visitors say what to open.
    title : str
        Title of the page until a stack is shown.

    Returns
    -------
    str
        HTML.
    """
    data = {
        "colormaps": encode_colormaps(),
        "css": read_styles(),
        "dropCss": read_asset("browser/stage/drop_zone.css"),
        "files": list(map(quote, files)),
    }
    policy = _policy("'self'" if files else "http: https:")
    styles = read_asset("browser/styles/tokens.css").replace(":host", ":root")
    return "".join(
        (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            '<meta name="color-scheme" content="light dark">\n',
            '<link rel="icon" href="data:,">\n',  # or else browsers ask for one
            '<meta name="referrer" content="no-referrer">\n',
            # Before anything else is read: the stack is on its way while the page is made.
            f'<script data-files="{escape(json.dumps(data["files"]))}">{_early()}</script>\n',
            f"<title>{escape(title)}</title>\n",
            f"<style>{styles}{read_asset('standalone/app/page.css')}</style>\n</head>\n<body>\n",
            read_asset("standalone/app/start.html"),
            json_element("data", data),
            f'<script type="text/plain" id="walker">{_walker()}</script>\n',
            # What the tools compute, in a worker that the page makes of it.
            f'<script type="text/plain" id="computer">{_computer()}</script>\n',
            *(
                f'<script type="text/plain" class="packed">{pack_script(code)}</script>\n'
                for code in _scripts()
            ),
            f"<script>{read_asset('report/unpack.js')}</script>\n</body>\n</html>\n",
        )
    )


def save_stand_alone_page(path: str | PathLike[str], files: Sequence[str] = ()) -> int:
    """Write the page, which appears when it is complete.

    Parameters
    ----------
    path : path-like
        The HTML file, which is replaced if it exists.
    files : sequence of str
        As in `stand_alone_page`.

    Returns
    -------
    int
        Bytes of the page.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    page = stand_alone_page(files).encode()
    with replacing(path) as file:
        file.write(page)
    return len(page)


@cache
def _early() -> str:
    return read_asset("standalone/app/early.js")


@cache
def _scripts() -> list[str]:
    return bundles(_SCRIPTS)


@cache
def _walker() -> str:
    return pack_script(bundle(_WALKER, exports=False))


@cache
def _computer() -> str:
    return pack_script(bundle(_COMPUTER))


@cache
def _policy(sources: str) -> str:
    """Make the policy of a page that reads data from `sources`.

    The workers, which compute, and walk through files without an index, are made of scripts of the page;
    where a browser has none, the page computes itself. Styles are free, as the controls make theirs while
    they run; they can load nothing.
    """
    scripts = (_early(), read_asset("report/unpack.js"), bundle(_COMPUTER), *_scripts())
    allowed = script_hashes(scripts)
    return (
        f"default-src 'none'; script-src {allowed} 'wasm-unsafe-eval'; worker-src blob:; "
        f"connect-src {sources}; style-src 'unsafe-inline'; img-src data: blob:; media-src blob:; "
        "base-uri 'none'; form-action 'none'"
    )
