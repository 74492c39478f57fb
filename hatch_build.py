"""Compiles the JPEG encoder when JPkl is built or installed, if there is a C compiler.

Without one the wheel is pure Python, and encodes with Pillow into the same bytes. So it is where the
environment variable JPKL_PURE_WHEEL is set.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = "jpkl/_codecs/native"
SOURCE = "jpeg_encoder.c"
LIBRARY = "jpeg_encoder.dll" if sys.platform == "win32" else "jpeg_encoder.so"


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the library to wheels, and to the source tree of editable installs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say in the wheel's tag for which platform."""
        if self.target_name != "wheel" or os.environ.get("JPKL_PURE_WHEEL"):
            return
        folder = Path(self.root, FOLDER)
        self._scratch = tempfile.TemporaryDirectory()
        library = Path(self._scratch.name, LIBRARY)
        try:
            compile_library(folder / SOURCE, library)
        except Exception as error:  # whatever is wrong with a compiler
            self.app.display_warning(f"without the compiled JPEG encoder, which only costs time: {error}")
            return
        if version == "editable":
            # Renamed into place: a process that has loaded the old one keeps it.
            copied = shutil.copy2(library, folder / f"{LIBRARY}.part")
            Path(copied).replace(folder / LIBRARY)
            return
        build_data["pure_python"] = False
        platform = self.build_config.builder.get_best_matching_tag().rpartition("-")[2]
        build_data["tag"] = f"py3-none-{platform}"
        build_data["force_include"][str(library)] = f"{FOLDER}/{LIBRARY}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was compiled."""
        if hasattr(self, "_scratch"):
            self._scratch.cleanup()


def compile_library(source: Path, library: Path) -> None:
    """Compile a C file into a shared library.

    Raises
    ------
    OSError, Exception
        If there is no compiler, or it fails: the message has the end of what it printed.
    """
    if sys.platform == "win32":
        _compile_by_setuptools(source, library)
        return
    flags = ["-O3", "-std=c99", "-fPIC", "-shared", "-fvisibility=hidden"]
    # macOS: the processors that a wheel is for.
    flags += shlex.split(os.environ.get("ARCHFLAGS", ""))
    command = [*_compiler(), *flags, str(source), "-o", str(library)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{command[0]} failed: {done.stderr.strip()[-500:]}")


def _compiler() -> list[str]:
    """Return the first compiler that is there: the one that the user asks for, Python's, or any."""
    for name in (os.environ.get("CC"), sysconfig.get_config_var("CC"), "cc", "gcc", "clang"):
        command = shlex.split(name or "")
        if command and shutil.which(command[0]):
            return command
    raise OSError("no C compiler found")


def _compile_by_setuptools(source: Path, library: Path) -> None:
    """Compile with MSVC, which setuptools knows how to find."""
    from setuptools._distutils.ccompiler import new_compiler  # codespell:ignore

    compiler = new_compiler()
    objects = compiler.compile([str(source)], output_dir=str(library.parent), extra_postargs=["/O2"])
    compiler.link_shared_object(objects, str(library))
