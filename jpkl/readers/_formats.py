"""Which module reads which files, by suffix."""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoints, entry_points
from itertools import islice
from pathlib import Path
from types import ModuleType

from jpkl._bytes import is_pipe
from jpkl.readers._file_patterns import is_pattern, pattern_name

#: Modules of this package for each suffix, in the order in which help texts list them. A suffix may have two
#: parts (".nii.gz"). Where several formats share one, their modules are asked in turn by `is_mine(path)`, and
#: the last one takes what no other does.
READERS: dict[str, str | tuple[str, ...]] = {
    ".npy": "npy",
    ".npz": "npz",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".btf": "tiff",
    ".tf8": "tiff",
    ".lsm": "tiff",
    ".stk": "tiff",
    ".svs": "tiff",
    ".ndpi": "tiff",
    ".scn": "tiff",
    ".qptiff": "tiff",
    ".companion.ome": "tiff",
    ".flex": "tiff",
    ".zif": "tiff",
    ".nd2": "nd2",
    ".czi": "czi",
    ".lif": "lif",
    ".lof": "lif",
    ".xlif": "lif",
    ".xlef": "lif",
    ".oib": "oif",
    ".oif": "oif",
    ".dv": "deltavision",
    ".r3d": "deltavision",
    ".mrc": ("deltavision", "mrc"),
    ".mrcs": "mrc",
    ".map": "mrc",
    ".ccp4": "mrc",
    ".rec": "mrc",
    ".st": "mrc",
    ".ali": "mrc",
    ".preali": "mrc",
    ".mrc.gz": "mrc",
    ".map.gz": "mrc",
    **dict.fromkeys((".png", ".apng", ".jpg", ".jpeg", ".mpo", ".bmp", ".gif", ".webp", ".avif"), "picture"),
    **dict.fromkeys((".pgm", ".ppm", ".pbm", ".pnm", ".jp2", ".j2k", ".jpf"), "picture"),
    **dict.fromkeys((".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".wmv", ".mpg", ".mpeg"), "video"),
    ".zarr": "zarr",
    ".zarr.zip": "zarr",
    **dict.fromkeys((".h5", ".hdf5", ".hdf", ".he5", ".nxs"), "hdf5"),
    ".mat": "mat",
    ".ims": "ims",
    **dict.fromkeys((".nii", ".nii.gz", ".hdr", ".img", ".par", ".mnc", ".mgz"), "nifti"),
    ".nrrd": "nrrd",
    ".nhdr": "nrrd",
    **dict.fromkeys((".dcm", ".dicom", ".ima"), "dicom"),
}
#: Files that make a folder one of Zarr, whatever its name.
_ZARR_MARKS = ("zarr.json", ".zgroup", ".zarray")

#: Formats that Bio-Formats alone reads, which is in Java and under the GPL, and what writes them.
ONLY_IN_BIO_FORMATS = {
    ".oir": "Olympus",
    ".vsi": "Olympus",
    ".ets": "Olympus",
    ".poir": "Olympus",
    ".zvi": "Zeiss",
    ".lei": "Leica",
    ".ipw": "Image-Pro",
    ".cxd": "Hamamatsu",
    ".liff": "Openlab",
    ".mvd2": "Volocity",
    ".xdce": "GE InCell",
    ".c01": "Cellomics",
    ".dib": "Cellomics",
    ".sld": "SlideBook",
    ".sldy": "SlideBook",
    ".vms": "Hamamatsu",
    ".mrxs": "3DHISTECH",
    ".afi": "Aperio",
    ".pic": "Bio-Rad",
}
#: Formats of files whose suffix says nothing, by bytes at some place.
_MARKS = (
    (128, b"DICM", "dicom"),
    (344, b"n+1\0", "nifti"),
    (0, b"NRRD000", "nrrd"),
    (0, b"\x93NUMPY", "npy"),
    (0, b"II*\0", "tiff"),
    (0, b"MM\0*", "tiff"),
    (0, b"II+\0", "tiff"),
    (0, b"MM\0+", "tiff"),
    (0, b"\x89HDF\r\n\x1a\n", "hdf5"),
    (0, b"\x89PNG\r\n\x1a\n", "picture"),
    (0, b"\xff\xd8\xff", "picture"),
    (0, b"GIF8", "picture"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "picture"),
    *((4, b"ftyp" + brand, "picture") for brand in (b"avi", b"hei", b"hev", b"mif1", b"msf1")),
    (4, b"ftyp", "video"),
    (0, b"\x1aE\xdf\xa3", "video"),
)
#: What these are called.
_KINDS = {
    "dicom": "a DICOM file (.dcm)",
    "hdf5": "an HDF5 file (.h5)",
    "nifti": "a NIfTI file (.nii)",
    "nrrd": "an NRRD file (.nrrd)",
    "npy": "an array of NumPy (.npy)",
    "picture": "a picture (.png or .jpg)",
    "tiff": "a TIFF file (.tif)",
    "video": "a video (.mp4 or .mkv)",
}
#: Most files of a folder that are opened to find out whether it is one of DICOM.
_MOST_TO_LOOK_AT = 16
#: Most files of a folder that are listed to find out what else is in it.
MOST_TO_LIST = 10_000

#: The module for folders and patterns.
MANY_FILES = "files"

#: Modules whose function takes `ReadOptions`; in other formats planes are not lost, nor samples dropped.
WITH_OPTIONS = frozenset(
    {"czi", "deltavision", "files", "lif", "mrc", "nd2", "oif", "picture", "tiff", "video"}
)

#: Modules that read a remote file by ranges, as they open a path by its `open`. Others need a copy, and so do
#: some files of a format: its module then has a function `reads_ranges(path, axes)` that says so.
BY_RANGES = frozenset(
    {"czi", "deltavision", "hdf5", "ims", "lif", "mrc", "nd2", "nifti", "npy", "tiff", "zarr"}
)

#: Entry points by which other packages offer readers.
ENTRY_POINT_GROUP = "jpkl.readers"


def supported_suffixes() -> tuple[str, ...]:
    """Return the suffixes of the files that can be read, e.g. ``".tif"``.

    Returns
    -------
    tuple of str
        In lower case, with their dots.
    """
    return (*READERS, *sorted(f".{name}" for name in elsewhere().names if f".{name}" not in READERS))


def suffix_of(path: Path) -> str:
    """Return the suffix that names the format, in lower case: the last two parts where a format has two.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    str
        With its dot.

    Examples
    --------
    >>> suffix_of(Path("Cells.3.TIF"))
    '.tif'
    """
    double = "".join(path.suffixes[-2:]).lower()
    return double if double in READERS else path.suffix.lower()


def bare_name(path: Path) -> str:
    """Return the name of a file without what names the format.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    str
        For an output beside it, say.

    Examples
    --------
    >>> bare_name(Path("cells.v2.ome.tif"))
    'cells.v2'
    """
    if is_many(path):
        return pattern_name(path.resolve() if path.name in ("", "..") else path)
    suffix = suffix_of(path)
    name = path.name[: len(path.name) - len(suffix)]
    return name[:-4] if name.lower().endswith(".ome") and len(name) > 4 else name


def module_of(path: Path) -> tuple[str, ModuleType] | None:
    """Return the module of this package that reads a file, with its name; None if no module does."""
    names: str | tuple[str, ...] = READERS.get(suffix_of(path), ())
    if is_many(path):
        names = module_of_many(path)
    elif not names and _is_unknown(path.suffix.lower()):
        names = _module_by_marks(path) or ()
    names = (names,) if isinstance(names, str) else names
    for name in names:
        module = import_module(f"jpkl.readers.{name}")
        if name == names[-1] or module.is_mine(path):
            return name, module
    return None


def module_of_many(path: Path) -> str:
    """Return the module that reads a folder or a pattern."""
    if any((path / mark).is_file() for mark in _ZARR_MARKS):
        return "zarr"
    files = (file for file in path.rglob("*") if file.is_file()) if path.is_dir() else iter(())
    files = islice(files, MOST_TO_LIST)
    looked_at = islice((file for file in files if _may_be_dicom(file)), _MOST_TO_LOOK_AT)
    return "dicom" if any(_module_by_marks(file) == "dicom" for file in looked_at) else MANY_FILES


def _is_unknown(suffix: str) -> bool:
    """Return whether a suffix says nothing of a format, so that the content may."""
    known = suffix == ".jpkl" or suffix in ONLY_IN_BIO_FORMATS
    return not known and not elsewhere().select(name=suffix[1:])


def _may_be_dicom(path: Path) -> bool:
    """Return whether a file may be one of DICOM, whose names are often numbers, or numbers with dots."""
    suffix = suffix_of(path)
    return READERS.get(suffix) == "dicom" or not suffix or suffix[1:].isdecimal()


def _module_by_marks(path: Path) -> str | None:
    if is_pipe(path):
        return None
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError:  # opening it will say so
        return None
    return next((name for at, mark, name in _MARKS if start.startswith(mark, at)), None)


def kind_by_content(path: Path) -> str | None:
    """Return what a file is by its first bytes, where its suffix says something else."""
    named = READERS.get(suffix_of(path))
    found = None if is_many(path) else _module_by_marks(path)
    # Imaris and MATLAB write HDF5, too.
    is_other = found not in (None, named, "hdf5" if named in ("ims", "mat") else None)
    return _KINDS.get(found or "") if is_other else None


def is_many(path: Path) -> bool:
    """Return whether a path is of many files: a pattern, or a folder that is not a format."""
    return is_pattern(path) or (path.is_dir() and suffix_of(path) not in supported_suffixes())


def elsewhere() -> EntryPoints:
    """Return the readers of other packages, named by their suffix without its dot."""
    return _elsewhere(tuple(sys.path))


@lru_cache(maxsize=4)
def _elsewhere(paths: tuple[str, ...]) -> EntryPoints:
    # Which looks into each package that is installed: not once for each file of a folder.
    return entry_points(group=ENTRY_POINT_GROUP)
