"""The documentation builds without a warning, is complete, and what it says is so."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import types
from html import unescape
from pathlib import Path
from typing import Any

import jpkl_viewer
import numpy as np
import pytest
import tifffile
from jpkl_viewer.limits import PROJECTION_METHODS
from jpkl_viewer.model.colormaps import COLORMAPS

import jpkl
import jpkl.toolkit
from jpkl import JPkl
from jpkl._cli._main import make_parser
from jpkl.testing import CodecContract
from tests.conftest import ROOT
from tests.markdown import blocks, run_block, shell_commands

DOCS = ROOT / "docs"

#: What people write; not the page of an example for another site generator.
PAGES = sorted(path for path in DOCS.rglob("*.md") if "embedding" not in path.parts)
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def build(target: Path, config: Path = ROOT / "mkdocs.yml") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config), "-d", str(target)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as CI does."""
    target = tmp_path_factory.mktemp("site")
    done = build(target)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return target


def subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (action,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return dict(action.choices)


COMMANDS = subparsers(make_parser())


@pytest.mark.parametrize("command", COMMANDS)
def test_the_reference_has_every_command_and_option(command: str, site: Path) -> None:
    html = (site / "reference" / "cli" / "index.html").read_text("utf-8")
    sections = re.split(r'<h2 id="', html)
    (section,) = (text for text in sections if text.startswith(f'jpkl-{command}"'))
    text = unescape(re.sub("<[^>]+>", "", section))
    for action in COMMANDS[command]._actions:
        for option in set(action.option_strings) - {"-h", "--help"}:
            assert option in text
        if not action.option_strings:
            assert str(action.metavar) in text


@pytest.mark.parametrize("package", [jpkl, jpkl.toolkit, jpkl_viewer], ids=lambda package: package.__name__)
def test_the_reference_has_every_public_name(package: Any, site: Path) -> None:
    html = "".join(path.read_text("utf-8") for path in (site / "reference").rglob("index.html"))
    names = [name for name in package.__all__ if not name.startswith("__")]
    assert [name for name in names if f'id="{package.__name__}.{name}"' not in html] == []


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    loading = re.compile(
        r'<(?:script|img|iframe|link rel="(?:stylesheet|preconnect|icon)")[^>]*"(https?:)?//'
    )
    pages = list(site.rglob("*.html"))
    assert len(pages) > 25
    for page in pages:
        html = page.read_text("utf-8")
        assert not loading.search(html), page
        assert 'data-md-component="source"' not in html, "this asks GitHub for the number of stars"


def test_a_broken_link_ends_the_build(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "index.md"
    page.parent.mkdir()
    page.write_text("[the map](../nowhere.py)\n")
    config = tmp_path / "mkdocs.yml"
    hook = DOCS / "hooks" / "links.py"
    config.write_text(f"site_name: x\nrepo_url: https://example.org/x\ntheme: mkdocs\nhooks: ['{hook}']\n")
    done = build(tmp_path / "site", config)
    assert done.returncode != 0
    assert "index.md links to nowhere.py, which does not exist" in done.stderr


# -- what the pages say ------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the stacks that the pages speak of."""
    images = np.random.default_rng(0).integers(0, 4096, (30, 2, 64, 80), np.uint16)
    for stack in ("cells", "raw", "denoised"):
        JPkl(images, axes="TCYX").save(tmp_path / f"{stack}.jpkl")
    tifffile.imwrite(tmp_path / "cells.ome.tif", images, metadata={"axes": "TCYX"})
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", [p for p in PAGES if blocks(p.read_text("utf-8"), "python")], ids=name)
def test_python_blocks_run(path: Path, folder: Path) -> None:
    names: dict[str, Any] = {}
    for block in blocks(path.read_text("utf-8"), "python"):
        run_block(block, names, path.name)
    for value in names.values():
        if isinstance(value, JPkl):
            value.close()


class TestTheCodecOfTheGuide(CodecContract):
    """The codec that the guide shows keeps the contract that the guide speaks of."""

    @pytest.fixture(autouse=True)
    def guide(self, folder: Path) -> None:
        """The code of the guide as a module, since its codec has to survive pickling."""
        if "codec_guide" not in sys.modules:
            sys.modules["codec_guide"] = module = types.ModuleType("codec_guide")
            for block in blocks((DOCS / "how-to" / "codec.md").read_text("utf-8"), "python"):
                run_block(block, module.__dict__, "codec.md")

    def codec(self) -> jpkl.Codec:
        codec: jpkl.Codec = sys.modules["codec_guide"].DeflateCodec()
        return codec


def test_python_blocks_are_found_and_compared() -> None:
    found = [block for path in PAGES for block in blocks(path.read_text("utf-8"), "python")]
    assert len(found) > 25
    assert sum(block.count("  # ") for block in found) > 25


@pytest.mark.parametrize("path", [p for p in PAGES if blocks(p.read_text("utf-8"), "py")], ids=name)
def test_blocks_that_need_a_cluster_or_a_notebook_are_python(path: Path) -> None:
    for block in blocks(path.read_text("utf-8"), "py"):
        compile(block, path.name, "exec")


JPKL_COMMANDS = sorted(
    {" ".join(c) for p in PAGES for c in shell_commands(p.read_text("utf-8")) if c[:1] == ["jpkl"]}
)


@pytest.mark.parametrize("command", JPKL_COMMANDS)
def test_commands_are_understood(command: str) -> None:
    assert make_parser().parse_args(command.split()[1:]).run


def test_what_quality_costs(tmp_path: Path) -> None:
    """The table of the page is what the command line prints for the stack that ships with the viewer."""
    text = (DOCS / "explanation" / "what-is-lost.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+)(?: \(default\))? \| (.*) \|$", text, re.MULTILINE)
    assert [quality for quality, _ in rows] == ["50", "75", "90", "95", "100"]
    original, stack = str(jpkl_viewer.demo_stack_path()), str(tmp_path / "stack.jpkl")
    for quality, row in rows:
        run_jpkl("encode", original, stack, "--axes", "TCYX", "--quality", quality, "--force")
        nbytes = Path(stack).stat().st_size  # before what is measured is written into it
        out = run_jpkl("verify", stack, "--against", original, "--axes", "TCYX")
        size, ratio, worst, median, ssim = map(float, re.findall(r"[\d.]+(?= |$)", row.replace(" | ", " ")))
        assert nbytes / (1e6 if "MB" in row else 1e3) == pytest.approx(size, rel=0.01)
        assert np.load(original)["images"].nbytes / nbytes == pytest.approx(ratio, rel=0.01)
        assert numbers(r"PSNR: lowest ([\d.]+) dB, median ([\d.]+)", out) == pytest.approx(
            (worst, median), abs=0.1
        )
        assert numbers(r"SSIM: lowest ([\d.]+)", out) == pytest.approx((ssim,), abs=0.001)


def numbers(pattern: str, text: str) -> tuple[float, ...]:
    found = re.search(pattern, text)
    assert found
    return tuple(map(float, found.groups()))


def run_jpkl(*arguments: str) -> str:
    command = [sys.executable, "-m", "jpkl", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_page_of_settings_has_them_all() -> None:
    viewer = JPkl(np.zeros((8, 8, 5, 2)), dim_names=["time", "channel"]).view()
    settings = viewer.settings()
    text = (DOCS / "reference" / "settings.md").read_text("utf-8")
    documented = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    expected = [*settings, *settings["channels"][0], *settings["playback"]]
    assert sorted(documented) == sorted(expected)
    (colormaps,) = re.findall(r"^Colormaps: (.*?)\.$", text, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`(\w+)`", colormaps)) == set(COLORMAPS)
    (methods,) = re.findall(r"^Projection methods: (.*)\.$", text, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", methods)) == set(PROJECTION_METHODS)


# -- links and names -------------------------------------------------------------------------------------

#: A link whose text is a piece of code, and whose target is a file of the repository.
CODE_LINK = re.compile(r"\[`([^`]+)`\]\((?!https?:)([^)#]+\.(?:py|js|toml))\)")


@pytest.mark.parametrize("path", [*PAGES, *DOCUMENTS], ids=name)
def test_names_are_in_the_files_that_they_link_to(path: Path) -> None:
    for text, target in CODE_LINK.findall(path.read_text("utf-8")):
        source = (path.parent / target).resolve()
        words = re.findall(r"\w+", text.rpartition("/")[2].removesuffix(source.suffix))
        if source.name.startswith(words[-1]) or text.endswith(source.name):
            continue
        for word in words:
            assert re.search(rf"\b{word}\b", source.read_text("utf-8")), f"{text} is not in {target}"


@pytest.mark.parametrize("path", DOCUMENTS[1:], ids=name)
def test_links_of_the_documents_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
        assert (ROOT / target).exists(), target


def test_the_documents_are_pages_of_the_site(site: Path) -> None:
    for page in ("contributing", "security", "changelog", "tutorials/01_quick_start"):
        assert (site / page / "index.html").exists()
