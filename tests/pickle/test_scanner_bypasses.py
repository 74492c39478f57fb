"""Pickles that got past scanners: a closed list of names refuses them, whatever they are built of.

Each would write a file, or run a command that does, if any of it was carried out.
"""

from __future__ import annotations

import io
import pickle
import pickletools
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from jpkl import FormatError, JPkl, UnsafePickleError
from tests.data.make_golden import v1_dict

Payload = Callable[[str], bytes]


def text(value: str) -> bytes:
    data = value.encode()
    return b"X" + len(data).to_bytes(4, "little") + data


def call(module: str, name: str, *args: str) -> bytes:
    """The opcodes that call a function with texts."""
    return f"c{module}\n{name}\n(".encode() + b"".join(map(text, args)) + b"tR"


def by_stack(module: str, name: str, *args: str) -> bytes:
    """The same, with the name made of memo entries, out of order."""
    names = text(name) + b"q\x010" + text(module) + b"q\x020" + b"h\x02h\x01\x93"
    return names + b"(" + b"".join(map(text, args)) + b"tR"


#: By what they go by. `{}` is the file that would be written.
PAYLOADS: dict[str, Payload] = {
    "CVE-2026-56315 uuid": lambda path: call("uuid", "_get_command_stdout", "touch", path),
    "CVE-2026-56315 imaplib": lambda path: call("imaplib", "IMAP4_stream", f"touch {path}"),
    "CVE-2026-56315 pager": lambda path: call("_pyrepl.pager", "pipe_pager", "x", f"touch {path}"),
    "CVE-2026-56315 osx": lambda path: call("_osx_support", "_read_output", f"touch {path}"),
    "CVE-2026-56315 aix": lambda path: call("_aix_support", "_read_cmd_output", f"touch {path}"),
    "CVE-2026-56304": lambda path: call("logging", "FileHandler", path),
    "CVE-2026-22608": lambda path: b"(" + call("pydoc", "locate", "os.system") + text(f"touch {path}") + b"o",
    "CVE-2026-22608 ctypes": lambda path: call("ctypes", "CDLL", path),
    "GHSA-mhc9-48gj-9gp3": lambda path: call("logging", "FileHandler", path) + b"}b",  # BUILD hides the call
    "by the memo": lambda path: by_stack("logging", "FileHandler", path),
    "INST": lambda path: b"(" + text(path) + b"ilogging\nFileHandler\n",
    "NEWOBJ": lambda path: b"clogging\nFileHandler\n" + text(path) + b"\x85\x81",
    "dotted": lambda path: by_stack("jpkl", "JPkl.load", path),
    "numpy": lambda path: call("numpy", "memmap", path, "u1", "w+"),
    "an allowed module": lambda path: by_stack("collections", "abc.sys.modules.clear", path),
}

#: What a payload is put into, or beside.
WRAPPINGS: dict[str, Callable[[bytes], bytes]] = {
    "alone": lambda code: b"\x80\x04" + code + b".",
    "in the metadata": lambda code: whole(b"}" + text("x") + code + b"s"),
    "dropped": lambda code: whole(b"}" + code + b"0"),
    "before it breaks": lambda code: b"\x80\x04" + code + b"\xff\xff",
    "behind a STOP": lambda code: pickle.dumps(v1_dict(), 4) + b"\x80\x04" + code + b".",
}


def whole(metadata: bytes) -> bytes:
    """A stack with other opcodes in place of its metadata."""
    marked = pickle.dumps(v1_dict(metadata="METADATA"), 2)
    assert marked.count(text("METADATA")) == 1
    return marked.replace(text("METADATA"), metadata)


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_is_imported_or_called(payload: str, wrapping: str, tmp_path: Path) -> None:
    target = tmp_path / "written"
    data = WRAPPINGS[wrapping](PAYLOADS[payload](str(target)))
    (tmp_path / "x.jpkl").write_bytes(data)
    modules = set(sys.modules)
    with pytest.raises(FormatError) as caught:
        JPkl.load(tmp_path / "x.jpkl")
    assert isinstance(caught.value, UnsafePickleError) or wrapping == "behind a STOP"
    assert not target.exists()
    assert set(sys.modules) == modules


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_vectors_are_what_pickle_would_run(payload: str) -> None:
    """Otherwise they would be refused for being no pickles."""
    names = {op.name for op, _, _ in pickletools.genops(WRAPPINGS["alone"](PAYLOADS[payload]("x")))}
    assert names & {"REDUCE", "INST", "OBJ", "NEWOBJ"}
    assert "STOP" in names


@pytest.mark.filterwarnings("ignore:.*the index at the end of the file is ignored:jpkl.JPklWarning")
def test_files_that_are_something_else_as_well(tmp_path: Path) -> None:
    """A zip archive, which loaders of other formats look for, before or behind a stack; and a picture."""
    JPkl(np.zeros((8, 8, 2), np.uint8)).save(tmp_path / "good.jpkl")
    stack = (tmp_path / "good.jpkl").read_bytes()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("data.pkl", WRAPPINGS["alone"](PAYLOADS["CVE-2026-56304"](str(tmp_path / "written"))))
    for before in (archive.getvalue(), b"\xff\xd8\xff\xe0", b"GIF89a", b"<html>"):
        (tmp_path / "x.jpkl").write_bytes(before + stack)
        with pytest.raises(FormatError):
            JPkl.load(tmp_path / "x.jpkl")
    (tmp_path / "x.jpkl").write_bytes(stack + archive.getvalue())
    with pytest.warns(UserWarning, match="the index at the end of the file is cut off"):
        jp = JPkl.load(tmp_path / "x.jpkl")
    assert jp.shape == (8, 8, 2)
    jp.close()
    assert not (tmp_path / "written").exists()


def test_a_pickle_in_the_metadata_stays_bytes(tmp_path: Path) -> None:
    inner = WRAPPINGS["alone"](PAYLOADS["CVE-2026-56304"](str(tmp_path / "written")))
    JPkl(np.zeros((8, 8), np.uint8), metadata={"inner": inner}).save(tmp_path / "x.jpkl")
    assert JPkl.load(tmp_path / "x.jpkl").metadata == {"inner": inner}
    assert not (tmp_path / "written").exists()
