"""Colors of channels that bring none of their own, by what they are called; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

GRAY = "#ffffff"
BLUE = "#506eff"  # pure blue is so dark that faint signal would be lost in it
GREEN = "#00ff00"
ORANGE = "#ff8000"
MAGENTA = "#ff00ff"

#: For names that say nothing: green and magenta nearly everybody can tell apart.
_OTHERS = (GREEN, MAGENTA, "#00ffff", "#ffff00", "#ff0000", BLUE, ORANGE)

#: Most channels that can be told apart when they are shown together.
MOST_TOGETHER = len(_OTHERS)

#: Dyes and proteins, the first that matches counts; then wavelengths of their excitation in nm.
_DYES = (
    (MAGENTA, r"cy-?5|far.?red|irfp|alexa.?6[0-9]{2}|sir-|draq"),
    (BLUE, r"dapi|hoechst|bfp|pacific.?blue"),
    ("#00ffff", r"cfp|cerulean|turquoise"),
    ("#ffff00", r"yfp|venus|citrine"),
    (GREEN, r"gfp|fitc|(?<![a-z])fam(?![a-z])|gcamp|fluo-?4|neongreen"),
    (ORANGE, r"rfp|tritc|cy-?3|cherry|tomato|dsred|rhodamin|texas.?red|scarlet"),
)
_WAVELENGTHS = ((BLUE, 400, 410), (GREEN, 470, 500), (ORANGE, 546, 594), (MAGENTA, 630, 660))

#: A wavelength is a number of three digits, and no time of exposure; dyes may be named by it (AF647).
_NUMBER = re.compile(r"(?<![0-9.])([4-6][0-9]{2})(?![0-9]|\s*ms)")

_TRANSMITTED = re.compile(
    r"(?<![A-Za-z])("
    r"P[Hh][0-9]?(?=[^A-Za-z]|$)"  # not the pH of a medium
    r"|(?i:bf|dic|tl|t-?pmt|phase\w*|bright.?field|nomarski|trans(mit\w*|mission)?)(?![A-Za-z])"
    r")"
)
_LABEL = re.compile(r"(?<![a-z])(label|mask|segmentation)s?(?![a-z])", re.IGNORECASE)


def color_of(name: str) -> str | None:
    """Return the usual color of a dye, a protein or a wavelength; None where the name is of none.

    Examples
    --------
    >>> color_of("Hoechst 33342"), color_of("EGFP"), color_of("Ex 561"), color_of("AF647"), color_of("actin")
    ('#506eff', '#00ff00', '#ff8000', '#ff00ff', None)
    """
    for color, dye in _DYES:
        if re.search(dye, name, re.IGNORECASE):
            return color
    for number in map(int, _NUMBER.findall(name)):
        for color, first, last in _WAVELENGTHS:
            if first <= number <= last:
                return color
    return None


def is_transmitted(name: str) -> bool:
    """Return whether a name is that of a picture in transmitted light.

    Examples
    --------
    >>> is_transmitted("DIC"), is_transmitted("Ph2 40x"), is_transmitted("5-FAM/pH 9.0")
    (True, True, False)
    """
    return bool(_TRANSMITTED.search(name)) and color_of(name) is None


def is_label(name: str) -> bool:
    """Return whether a name is that of labels or a mask.

    Examples
    --------
    >>> is_label("nuclei_labels"), is_label("labeled actin")
    (True, False)
    """
    return bool(_LABEL.search(name))


def colors_of(names: Sequence[str]) -> tuple[str, ...]:
    """Return a color for each channel: those that their names ask for, and others that are not among these.

    Examples
    --------
    >>> colors_of(["GFP", "actin", "BF", "FITC"])
    ('#00ff00', '#ff00ff', '#ffffff', '#00ffff')
    """
    if len(names) == 1:
        return (GRAY,)
    colors: list[str | None] = []
    for name in names:
        color = GRAY if is_transmitted(name) else color_of(name)
        colors.append(color if color == GRAY or color not in colors else None)
    unused = _unused([color for color in colors if color])
    return tuple(color or next(unused) for color in colors)


def _unused(colors: Sequence[str]) -> Iterator[str]:
    yield from (color for color in _OTHERS if color not in colors)
    while True:  # more channels than can be told apart
        yield from _OTHERS
