"""OME-XML in a file of its own, ``*.companion.ome``, which many TIFF files share."""

from __future__ import annotations

from math import prod
from pathlib import Path
from xml.etree import ElementTree

from jpkl._bytes import UrlPath

#: What names such a file.
SUFFIX = ".companion.ome"


def is_companion(path: Path) -> bool:
    """Return whether a path is that of a companion file."""
    return path.name.lower().endswith(SUFFIX)


def files_in(xml: str) -> list[str]:
    """Return the names of the TIFF files that OME-XML says planes are in, each once."""
    names = [uuid.get("FileName") for uuid in ElementTree.fromstring(xml).iterfind(".//{*}TiffData/{*}UUID")]
    return list(dict.fromkeys(name for name in names if name))


def most_values_in(xml: str) -> int:
    """Return the values of the largest image that OME-XML describes; 0 where it says none."""
    return max(
        (_values_of(pixels) for pixels in ElementTree.fromstring(xml).iterfind(".//{*}Pixels")), default=0
    )


def _values_of(pixels: ElementTree.Element) -> int:
    try:
        return prod(max(0, int(pixels.get(f"Size{axis}", "1"))) for axis in "XYZCT")
    except ValueError:  # which tifffile raises, too
        return 0


def first_tiff(companion: Path, xml: str) -> Path:
    """Return the first TIFF file that a companion file names and that is beside it.

    Raises
    ------
    ValueError
        If it is no OME-XML, or none is there.
    """
    try:
        files = files_in(xml)
    except ElementTree.ParseError as error:
        raise ValueError(f"{companion}: not readable OME-XML: {error}") from error
    found = next((path for name in files if (path := companion.with_name(name)).is_file()), None)
    if found is None:
        first = f", such as {files[0]}," if files else ""
        raise ValueError(
            f"{companion}: none of the {len(files)} TIFF files that it names{first} is beside it"
        )
    return found


def companion_of(path: Path, description: str) -> Path | None:
    """Return the companion file of a TIFF file whose description refers to one that is beside it."""
    if isinstance(path, UrlPath) or "BinaryOnly" not in description:
        return None
    try:
        element = ElementTree.fromstring(description).find("{*}BinaryOnly")
    except ElementTree.ParseError:
        return None
    name = None if element is None else element.get("MetadataFile")
    companion = None if not name or Path(name).name != name else path.with_name(name)
    return companion if companion is not None and companion.is_file() else None
