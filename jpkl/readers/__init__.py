"""Input formats: an image file becomes a lazy array, its axes, and the metadata that JPkl knows.

Each format is a module with one function ``read(path, scene)``, which returns an `ImageFile`, and lines in
the table of `jpkl.readers._formats`. It is imported when a file of that format is opened: ``import jpkl``
loads none of them.

An array whose frames are JPEG already offers them by ``encoded_frame(key)``: see
`jpkl._encoding.kept_frames`.

Other packages add formats by entry points of the group ``jpkl.readers``, whose name is the suffix without
its dot (``czi``) and whose value is such a function (``my_package:read``).
"""

from jpkl.readers._formats import bare_name, suffix_of, supported_suffixes
from jpkl.readers._image_file import ImageFile, Missing, can_read, open_image, scenes_of
from jpkl.readers._one_image import is_one_image
from jpkl.readers._selected import select_axes

__all__ = [
    "ImageFile",
    "Missing",
    "bare_name",
    "can_read",
    "is_one_image",
    "open_image",
    "scenes_of",
    "select_axes",
    "suffix_of",
    "supported_suffixes",
]
