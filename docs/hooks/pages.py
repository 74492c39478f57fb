"""Pages that are made from files outside docs/: the notebooks, and the documents of the repository's root.

Each text has one home. A page records in ``config.extra["origins"]`` which file it was made from, so that
`links` can resolve the links that it contains.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]

DOCUMENTS = {
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages, and the notebooks themselves for download."""
    origins = config.extra.setdefault("origins", {})
    for document, page in DOCUMENTS.items():
        origins[page] = document
        files.append(File.generated(config, page, content=(ROOT / document).read_text("utf-8")))
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        origins[f"tutorials/{path.stem}.md"] = f"notebooks/{path.name}"
        files.append(File.generated(config, f"tutorials/{path.name}", abs_src_path=str(path)))
        for name, content in tutorial(path):
            files.append(File.generated(config, f"tutorials/{name}", content=content))
    return files


def tutorial(path: Path) -> Iterator[tuple[str, str | bytes]]:
    """Yield the page of a notebook and the pictures on it, as (name, content)."""
    blocks: list[str] = []
    for number, cell in enumerate(nbformat.read(path, 4).cells):
        if cell.cell_type == "markdown":
            blocks.append(cell.source)
            continue
        blocks.append(f"```python\n{cell.source}\n```")
        for data in (output["data"] for output in cell.outputs if "data" in output):
            if "image/jpeg" in data:
                picture = f"{path.stem}_{number}.jpg"
                yield picture, base64.b64decode(data["image/jpeg"])
                blocks.append(f"![The output of this cell]({picture}){{ .output loading=lazy }}")
            else:
                blocks.append(f"```{{ .text .output }}\n{data['text/plain']}\n```")
    title, *rest = blocks
    heading, _, text = title.partition("\n")
    download = f"[:material-download: Download this notebook]({path.name}){{ .md-button }}"
    yield f"{path.stem}.md", "\n\n".join([heading, text.strip(), *rest, download])
