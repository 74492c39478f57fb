"""Text in the cells of a CSV, which no spreadsheet is to run: names and units come from the file; pure.

A cell that begins like a formula is one, whatever the quotes around it. Where a cell ends depends on the
country, too: a semicolon in a name divides it where commas are decimal, and a comma divides a comment.
"""

from __future__ import annotations

import re

#: What begins a formula, also as East Asian keyboards have it; and what spreadsheets leave out before that.
_SIGN, _BLANK = "[=+\\-@＝＋－＠]", "[\\x00-\\x20\\xa0\\ufeff]*"

#: A number is none, up to the end of its cell.
_NUMBER = f"{_BLANK}[+-][0-9]+(?:\\.[0-9]+)?(?:e[+-]?[0-9]+)?{_BLANK}(?:\\Z|[,;)\\]])"

_FIRST = re.compile(f"^(?={_BLANK}{_SIGN})")
_WITHIN = re.compile(f"([,;\\t\\r\\n])(?={_BLANK}{_SIGN})(?!{_NUMBER})")


def as_cell(text: str) -> str:
    """Return a text as a cell that is shown as it is, but for an apostrophe where a formula would begin.

    Examples
    --------
    >>> as_cell("=HYPERLINK(1)"), as_cell("GFP;=1+1"), as_cell("GFP, -1")
    ("'=HYPERLINK(1)", "GFP;'=1+1", 'GFP, -1')
    """
    return _FIRST.sub("'", as_comment(text))


def as_comment(text: str) -> str:
    """Return a text as what follows the ``#`` of a line.

    Examples
    --------
    >>> as_comment("roi a,=1+1: (3, -4)")
    "roi a,'=1+1: (3, -4)"
    """
    return _WITHIN.sub(r"\1'", text)
