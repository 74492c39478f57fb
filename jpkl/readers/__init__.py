"""Input formats: an image file becomes a lazy array, its axes, and the metadata that JPkl knows.

Each format is a module with one function ``read(path, part)``, which returns an `ImageFile`, and a line in
the table of `jpkl.readers._image_file`. It is imported when a file of that format is opened: ``import jpkl``
loads none of them.

Other packages add formats by entry points of the group ``jpkl.readers``, whose name is the suffix without
its dot (``czi``) and whose value is such a function (``my_package:read``).
"""

from jpkl.readers._image_file import ImageFile, Missing, open_image, supported_suffixes

__all__ = ["ImageFile", "Missing", "open_image", "supported_suffixes"]
