"""Scripts of Node that answer requests, one line each, by the modules of the page."""

from __future__ import annotations

import json
import select
import subprocess
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parent.parent / "tests" / "js"

#: Seconds by the clock that the page may take for a few kB, on a machine that may be busy.
_PATIENCE = 300


class Node:
    """A process that runs a script.

    Parameters
    ----------
    script : str
        Its path in `SCRIPTS`.
    """

    def __init__(self, script: str) -> None:
        from tests.tools.javascript import node_folder

        command = [node_folder() / "node", SCRIPTS / script]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, data: bytes) -> Any:
        """Return what the script answers.

        Raises
        ------
        AssertionError
            If it ends, or takes too long.
        """
        given, said = self._process.stdin, self._process.stdout
        assert given is not None
        assert said is not None
        given.write(len(data).to_bytes(4, "little") + data)
        given.flush()
        ready, _, _ = select.select([said], [], [], _PATIENCE)
        assert ready, f"the page takes more than {_PATIENCE} s"
        line = said.readline()
        assert line, "the page ends"
        return json.loads(line)
