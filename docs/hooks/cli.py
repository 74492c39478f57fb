"""The reference of the command line, made from the parsers themselves."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from jpkl._cli._main import make_parser

PAGE = "reference/cli.md"

_START = """# Command line

`jpkl COMMAND --help` prints what this page says about a command. Invalid input ends in one line on stderr
that names the problem and what to do about it.

| exit code | meaning |
|---|---|
| 0 | success |
| 1 | `jpkl verify` found damage; `jpkl encode` failed for some of several inputs |
| 2 | invalid input or usage |
| 130, 143 | stopped by Ctrl-C or SIGTERM |
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page."""
    config.extra.setdefault("origins", {})[PAGE] = "jpkl/_cli/_main.py"
    files.append(File.generated(config, PAGE, content=reference(make_parser())))
    return files


def reference(parser: argparse.ArgumentParser) -> str:
    """Return the page, in Markdown."""
    return "\n".join([_START, *(section(command) for command in subparsers(parser))])


def subparsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Return the parsers of the commands."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def section(parser: argparse.ArgumentParser) -> str:
    """Return what is said about one command."""
    parser.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=88)
    lines = [f"## {parser.prog}", "", parser.description or "", ""]
    usage = " ".join(parser.format_usage().removeprefix("usage: ").replace("[-h] ", "").split())
    lines += [
        "```text",
        *textwrap.wrap(usage, 88, subsequent_indent="    ", break_on_hyphens=False),
        "```",
        "",
    ]
    for group in parser._action_groups:
        lines += list(table(parser, group))
    example = (parser.epilog or "").partition(":\n")[2]
    return "\n".join([*lines, "```sh", *(line.strip() for line in example.strip().splitlines()), "```", ""])


def table(parser: argparse.ArgumentParser, group: argparse._ArgumentGroup) -> Iterator[str]:
    """Yield the arguments of one group."""
    actions = [action for action in group._group_actions if not isinstance(action, argparse._HelpAction)]
    if not actions:
        return
    titles = {"positional arguments": "argument", "options": "option"}
    yield f"| {titles.get(str(group.title), group.title)} | |"
    yield "|---|---|"
    formatter = parser.formatter_class(parser.prog)
    for action in actions:
        name = ", ".join(action.option_strings) or str(action.metavar or action.dest)
        value = "" if not action.option_strings or action.nargs == 0 else f" {_value(formatter, action)}"
        yield f"| `{name}{value}` | {formatter._expand_help(action).replace('|', chr(92) + '|')} |"
    yield ""


def _value(formatter: argparse.HelpFormatter, action: argparse.Action) -> str:
    return formatter._format_args(action, formatter._get_default_metavar_for_optional(action))
