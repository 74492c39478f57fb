"""What the viewer shares with the library, for other programs that build on JPkl.

Everything here is public: it changes as carefully as the rest of the interface.
"""

from __future__ import annotations

from jpkl._annotate import annotate_file
from jpkl._bytes import is_url
from jpkl._bytes.listing import RemoteEntry, list_files
from jpkl._bytes.urls import shown_url
from jpkl._cache import DecodedFrameCache
from jpkl._dims import channel_dim, frame_number, index_of
from jpkl._displayed import displayed
from jpkl._file.atomic import replacing
from jpkl._metadata import StackMetadata
from jpkl._numbers import NumberStyle, format_number, write_apart
from jpkl._originals.conversion import Conversion, conversion_of, encoded_form
from jpkl._originals.kept import cache_folder
from jpkl._originals.opening import is_original, is_remote_folder, open_original
from jpkl._originals.scenes import Scenes, open_scene, scenes_beside
from jpkl._originals.stack import KeptStack, OriginalStack
from jpkl._pictures import BROWSER_CODECS, is_exact_everywhere, stored_picture
from jpkl._pipeline import thread_pool
from jpkl._repr import encoding_text
from jpkl._scaling import SCALES, fitting_scale, sufficient_scale
from jpkl._text import count, human_bytes, human_ratio, one_line, short_reason

__all__ = [
    "BROWSER_CODECS",
    "SCALES",
    "Conversion",
    "DecodedFrameCache",
    "KeptStack",
    "NumberStyle",
    "OriginalStack",
    "RemoteEntry",
    "Scenes",
    "StackMetadata",
    "annotate_file",
    "cache_folder",
    "channel_dim",
    "conversion_of",
    "count",
    "displayed",
    "encoded_form",
    "encoding_text",
    "fitting_scale",
    "format_number",
    "frame_number",
    "human_bytes",
    "human_ratio",
    "index_of",
    "is_exact_everywhere",
    "is_original",
    "is_remote_folder",
    "is_url",
    "list_files",
    "one_line",
    "open_original",
    "open_scene",
    "replacing",
    "scenes_beside",
    "short_reason",
    "shown_url",
    "stored_picture",
    "sufficient_scale",
    "thread_pool",
    "write_apart",
]
