"""The README is true: its Python runs, its results are right, its commands and links exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from jpkl_viewer import JPklViewer, demo_stack_options, demo_stack_path, save_stand_alone_page

from jpkl import JPkl
from jpkl._cli._main import make_parser
from tests.markdown import blocks, run_block, shell_commands

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_python_block_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tifffile.imwrite("cells.ome.tif", np.zeros((8, 2, 32, 32), np.uint16), metadata={"axes": "TCYX"})
    names: dict[str, Any] = {}
    compared = sum(run_block(block, names, "README.md") for block in blocks(README, "python"))
    assert compared >= 10
    for value in names.values():
        if isinstance(value, JPkl):
            value.close()


COMMANDS = shell_commands(README)


@pytest.mark.parametrize("command", [c for c in COMMANDS if c[:1] == ["jpkl"]], ids=" ".join)
def test_every_command_is_understood(command: list[str]) -> None:
    assert make_parser().parse_args(command[1:]).run


@pytest.mark.parametrize("name", re.findall(r"^\| `jpkl (\w+)", README, re.MULTILINE))
def test_every_command_of_the_table_exists(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        make_parser().parse_args([name, "--help"])
    assert re.search("^examples?:$", capsys.readouterr().out, re.MULTILINE)


@pytest.mark.parametrize("target", sorted({c[1] for c in COMMANDS if c[:1] == ["make"]}))
def test_every_make_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("extra", sorted(set(re.findall(r"pip install \"\.\[(\w+)\]\"", README))))
def test_every_extra_exists(extra: str) -> None:
    assert re.search(rf"^{extra} = ", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)


@pytest.mark.parametrize("link", re.findall(r"\]\((?!https?:)([^)#]+)\)", README))
def test_every_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_every_environment_that_is_named_exists() -> None:
    named = set(re.findall(r"environment[-\w]*\.yml", README))
    assert named == {path.name for path in ROOT.glob("environment*.yml")}


def test_pages_have_the_sizes_that_are_written(tmp_path: Path) -> None:
    report, page = tmp_path / "report.html", tmp_path / "viewer.html"
    with JPkl(np.load(demo_stack_path())["images"], **demo_stack_options()) as jp:
        JPklViewer(jp).save(report, progress=False)
        beside = report.stat().st_size - 4 / 3 * jp.compressed_nbytes
    save_stand_alone_page(page)
    guide = (ROOT / "docs" / "how-to" / "stand-alone.md").read_text(encoding="utf-8")
    for text, pattern, nbytes in (
        (README, r"everything else takes some ([\d.]+) MB", beside),
        (guide, r"HTML file of some ([\d.]+) MB", page.stat().st_size),
    ):
        (written,) = re.findall(pattern, text)
        assert nbytes / 1e6 == pytest.approx(float(written), abs=0.06)


def test_the_guide_has_every_extra() -> None:
    guide = (ROOT / "docs" / "how-to" / "install.md").read_text(encoding="utf-8")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert set(re.findall(r"^\| `(\w+)` \|", guide, re.MULTILINE)) == set(extras)
