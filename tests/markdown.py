"""What the tests of README and documentation read out of Markdown: blocks of code, commands and links."""

from __future__ import annotations

import ast
import re
import shlex
from typing import Any


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a language, also those within tabs and lists."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", source, flags=re.MULTILINE) for indent, source in found]


def run_block(source: str, names: dict[str, Any], name: str) -> int:
    """Run a block; after an expression, a comment is its expected value. Returns how many were compared."""
    lines = source.splitlines()
    compared = 0
    for statement in ast.parse(source).body:
        if not isinstance(statement, ast.Expr):
            exec(compile(ast.Module([statement], []), name, "exec"), names)
            continue
        value = eval(compile(ast.Expression(statement.value), name, "eval"), names)
        _, has_comment, expected = lines[(statement.end_lineno or 0) - 1].partition("  # ")
        if has_comment:
            assert repr(value) == expected, lines[statement.lineno - 1]
            compared += 1
    return compared


def shell_commands(text: str) -> list[list[str]]:
    """The commands of the shell blocks, as lists of words."""
    lines = "\n".join(blocks(text, "sh")).replace("\\\n", " ").splitlines()
    return [shlex.split(command, comments=True) for line in lines for command in line.split("&&")]
