"""Links in the documentation are paths in the repository; here they become links of the site.

They work in both places, and a link to a file that does not exist is a warning, which ends a strict build.
A link to a file outside docs/ leads to the page that is made of it, or else to the repository. A link
whose text is a name in code and whose target is a folder, as in [`Pull.want`](../viewer/jpkl_viewer/browser),
leads to the file in that folder which defines the name; that there is exactly one is checked as well.
"""

from __future__ import annotations

import logging
import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]

_LINK = re.compile(r"(?:\[`([\w.#]+)`)?\]\((?![a-z]+:|#)([^)\s#]+)(#[^)\s]*)?\)")
_CODE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)

logger = logging.getLogger("mkdocs.hooks.links")


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Resolve the links of a page."""
    origins: dict[str, str] = config.extra.get("origins", {})
    source = origins.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    if page.file.src_uri in origins:
        page.edit_url = f"{config.repo_url}/edit/main/{source}"
        if source.startswith("notebooks/"):  # its links are those of the page: pictures, and the notebook
            return markdown

    def resolve(match: re.Match[str]) -> str:
        name, path, anchor = match.groups(default="")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        if name and (ROOT / target).is_dir():
            target = _definition(name, target, page)
        text = f"[`{name}`" if name else ""
        return f"{text}]({_on_site(target, page, origins, config)}{anchor})"

    code = _CODE.findall(markdown)
    parts = [_LINK.sub(resolve, part) for part in _CODE.split(markdown)]
    return "".join(part + block for part, block in zip(parts, [*code, ""], strict=True))


def _definition(name: str, folder: str, page: Page) -> str:
    """Return the file in a folder that defines a class or function, or the class whose method it is."""
    owner, _, member = name.partition(".")
    define = re.compile(
        rf"^(?:export )?(?:async )?(?:class|def|function\*?|const) {owner}\b|^{owner}(?:: | = )", re.MULTILINE
    )
    found = [
        path
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in (".py", ".js") and define.search(text := path.read_text("utf-8")) and member in text
    ]
    if len(found) != 1:
        where = ", ".join(path.name for path in found) or "no file"
        logger.warning("%s: %s defines %s in %s", page.file.src_uri, where, name, folder)
        return folder
    return found[0].relative_to(ROOT).as_posix()


def _on_site(target: str, page: Page, origins: dict[str, str], config: MkDocsConfig) -> str:
    pages = {origin: name for name, origin in origins.items()}
    is_folder = (ROOT / target).is_dir()
    if target in pages or (target.startswith("docs/") and not is_folder):
        inside = pages.get(target) or target.removeprefix("docs/")
        return posixpath.relpath(inside, posixpath.dirname(page.file.src_uri) or ".")
    if not (ROOT / target).exists():
        logger.warning("%s links to %s, which does not exist", page.file.src_uri, target)
    return f"{config.repo_url}/{'tree' if is_folder else 'blob'}/main/{target}"
