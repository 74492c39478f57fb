"""Input formats: an image file becomes a lazy array, its axes, and the metadata that JPkl knows.

Each format is a module of its own with one function ``read(path, part)``, imported when a file of that
format is opened: ``import jpkl`` loads none of them.
"""

from jpkl.readers._source import Source, open_source, supported_suffixes

__all__ = ["Source", "open_source", "supported_suffixes"]
