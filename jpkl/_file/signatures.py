"""Files that often have a wrong name, recognized by their first bytes."""

from __future__ import annotations

from jpkl._bytes import ByteSource
from jpkl._errors import FormatError, TruncatedFileError

#: How a file begins, what it is, and what to do about it.
_SIGNATURES = {
    b"\x1f\x8b": "a gzip file; decompress it first",
    b"BZh": "a bzip2 file; decompress it first",
    b"\xfd7zXZ": "an xz file; decompress it first",
    b"\x28\xb5\x2f\xfd": "a Zstandard file; decompress it first",
    b"PK\x03\x04": "a zip file; unpack it first",
    b"7z\xbc\xaf": "a 7-Zip file; unpack it first",
    b"\x93NUMPY": "a NumPy array; make a stack of it with `jpkl encode`",
    b"II*\0": "a TIFF file; make a stack of it with `jpkl encode`",
    b"MM\0*": "a TIFF file; make a stack of it with `jpkl encode`",
    b"II+\0": "a BigTIFF file; make a stack of it with `jpkl encode`",
    b"MM\0+": "a BigTIFF file; make a stack of it with `jpkl encode`",
    b"\x89HDF": "an HDF5 file; open it with h5py and give the dataset to JPkl",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"%PDF": "a PDF document",
    b"<": "a web page or XML, perhaps an error message in place of the file",
}


def check_signature(source: ByteSource) -> None:
    """Refuse files of other formats, saying which.

    Raises
    ------
    TruncatedFileError
        If the file is empty.
    FormatError
        If it begins as one of another format does.
    """
    if source.size == 0:
        raise TruncatedFileError("the file is empty")
    start = source.read_at(0, 8)
    for signature, what in _SIGNATURES.items():
        if start.startswith(signature):
            raise FormatError(f"not a JPkl file but, by its first bytes {start!r}, {what}")
