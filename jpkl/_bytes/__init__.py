"""Where bytes come from: a local file, a remote one or memory, all read by offset."""

from jpkl._bytes.file_object import FileObject
from jpkl._bytes.local import LocalFile, check_no_pipe, is_pipe
from jpkl._bytes.opening import open_bytes
from jpkl._bytes.source import ByteSource, MemoryBytes
from jpkl._bytes.url_path import UrlPath, for_library
from jpkl._bytes.urls import is_url

__all__ = [
    "ByteSource",
    "FileObject",
    "LocalFile",
    "MemoryBytes",
    "UrlPath",
    "check_no_pipe",
    "for_library",
    "is_pipe",
    "is_url",
    "open_bytes",
]
