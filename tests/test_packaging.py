"""The distribution: what it holds, and that the bare library works where nothing else is installed."""

from __future__ import annotations

import email
import itertools
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from jpkl._version import __version__

ROOT = Path(__file__).parent.parent

#: What only the extras install.
OPTIONAL = ("panel", "holoviews", "bokeh", "tifffile", "xarray", "skimage", "fsspec", "dask", "zarr")

#: Run in an environment that has the wheel and its dependencies alone.
USE_THE_LIBRARY = f"""
import sys
import numpy as np
import jpkl
loaded = [name for name in {OPTIONAL!r} if name in sys.modules]
assert not loaded, loaded
stack = np.arange(16 * 24 * 3, dtype=np.uint8).reshape(16, 24, 3)
jpkl.JPkl(stack, dim_names=["time"]).save("stack.jpkl")
with jpkl.JPkl.load("stack.jpkl") as jp:
    assert jp[..., 1].shape == (16, 24)
    assert np.abs(jp[...].astype(int) - stack).mean() < 30
print(jpkl.__file__)
"""


def run(*command: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment |= variables
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def run_or_fail(*command: str | Path, cwd: Path) -> str:
    done = run(*command, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run_or_fail(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="session")
def wheel(distributions: Path) -> Path:
    (path,) = distributions.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def bare_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Interpreter of an environment with the wheel, without extras."""
    folder = tmp_path_factory.mktemp("venv")
    run_or_fail(sys.executable, "-m", "venv", folder, cwd=folder)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run_or_fail(python, "-m", "pip", "install", "--quiet", wheel, cwd=folder)
    return python


def test_the_library_imports_no_optional_package() -> None:
    script = f"import sys, jpkl; print([name for name in {OPTIONAL!r} if name in sys.modules])"
    assert run_or_fail(sys.executable, "-c", script, cwd=ROOT).strip() == "[]"


def test_the_page_of_dependencies_has_all_of_them() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    names = {re.split(r"[^\w-]", each)[0] for each in wanted} - {"jpkl"}
    page = (ROOT / "docs" / "explanation" / "dependencies.md").read_text("utf-8")
    assert names == set(re.findall(r"^\|(?: `[^|]*\|)? ([a-z][\w-]*) \|", page, re.MULTILINE)) - {
        "package",
        "extra",
    }


def test_every_supported_python_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [line.rpartition(" ")[2] for line in project["classifiers"] if "Python :: 3." in line]
    assert declared == ["3.11", "3.12", "3.13", "3.14"]
    assert project["requires-python"] == ">=3.11"


@pytest.mark.slow
def test_the_wheel_holds_library_and_viewer(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        described = email.message_from_bytes(archive.read(metadata))
    tracked = run_or_fail("git", "ls-files", "jpkl", "viewer/jpkl_viewer", cwd=ROOT).split()
    assert {path.removeprefix("viewer/") for path in tracked} <= names
    assert {name.partition("/")[0] for name in names} <= {
        "jpkl", "jpkl_viewer", f"jpkl-{__version__}.dist-info"
    }  # fmt: skip
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert described["Version"] == __version__
    assert described["License-Expression"] == "Apache-2.0"


@pytest.mark.slow
def test_the_wheel_has_the_encoder_where_there_is_a_compiler(wheel: Path, bare_python: Path) -> None:
    if not any(map(shutil.which, ("cc", "gcc", "clang"))):
        pytest.skip("no C compiler")
    tag = wheel.stem.split("-", 2)[2]
    assert tag.startswith("py3-none-")
    assert tag != "py3-none-any"
    script = "from jpkl._codecs.jpeg_native import has_native; print(has_native())"
    assert run_or_fail(bare_python, "-c", script, cwd=wheel.parent).strip() == "True"


@pytest.mark.slow
@pytest.mark.parametrize("variables", [{"JPKL_PURE_WHEEL": "1"}, {"PATH": "/nowhere", "CC": "no-compiler"}])
def test_without_a_compiler_the_wheel_is_pure(variables: dict[str, str], tmp_path: Path) -> None:
    if os.name == "nt" and "PATH" in variables:
        pytest.skip("the compiler of Windows is not found by PATH")
    command = (sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path, ROOT)
    done = run(*command, cwd=tmp_path, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = tmp_path.glob("*.whl")
    assert path.name.endswith("-py3-none-any.whl")
    assert ("no C compiler found" in done.stdout + done.stderr) == ("PATH" in variables)


@pytest.mark.slow
def test_the_sdist_is_lean(distributions: Path) -> None:
    (path,) = distributions.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    top = {name.partition("/")[0] for name in names}
    assert top == {
        "jpkl", "viewer", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "PKG-INFO", ".gitignore",
        "hatch_build.py",
    }  # fmt: skip
    assert path.stat().st_size < 10e6


@pytest.mark.slow
def test_the_bare_library_works_elsewhere(bare_python: Path, tmp_path: Path) -> None:
    used = run_or_fail(bare_python, "-c", USE_THE_LIBRARY, cwd=tmp_path).strip()
    assert Path(used).is_relative_to(bare_python.parent.parent)
    script = bare_python.with_name("jpkl")
    assert "16 x 24 x 3" in run_or_fail(script, "info", "stack.jpkl", cwd=tmp_path)
    assert run_or_fail(script, "--version", cwd=tmp_path).strip() == f"jpkl {__version__}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "extra"),
    [(["view", "stack.jpkl"], "viewer"), (["demo"], "viewer"), (["export", "stack.jpkl", "stack.tif"], "io")],
)
def test_what_an_extra_brings_names_it(
    bare_python: Path, tmp_path: Path, command: list[str], extra: str
) -> None:
    run_or_fail(bare_python, "-c", USE_THE_LIBRARY, cwd=tmp_path)
    done = run(bare_python, "-m", "jpkl", *command, cwd=tmp_path)
    assert done.returncode == 2
    assert f'pip install "jpkl[{extra}]"' in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("*.tif"))
