"""What the viewer shares with the library, for other programs that build on JPkl.

Everything here is public: it changes as carefully as the rest of the interface.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeGuard

from jpkl._bytes import is_url
from jpkl._bytes.urls import shown_url
from jpkl._cache import DecodedFrameCache
from jpkl._cache_folder import cache_folder
from jpkl._dims import channel_dim, frame_number, index_of
from jpkl._displayed import displayed
from jpkl._file.atomic import replacing
from jpkl._labels.image import LabelImage
from jpkl._later import import_later
from jpkl._metadata import StackMetadata
from jpkl._numbers import NumberStyle, format_number, write_apart
from jpkl._pictures import (
    BROWSER_CODECS,
    is_at_hand,
    is_exact_everywhere,
    stored_picture,
    stores_pictures,
)
from jpkl._pipeline import BackgroundThread, thread_pool
from jpkl._repr import encoding_text
from jpkl._scaling import SCALES, fitting_scale, sufficient_scale
from jpkl._text import count, human_bytes, human_ratio, natural_key, one_line, short_reason

if TYPE_CHECKING:
    from jpkl import JPkl
    from jpkl._annotate import annotate_file
    from jpkl._bytes.listing import RemoteEntry, list_files
    from jpkl._originals.conversion import Conversion, conversion_of, encoded_form
    from jpkl._originals.likely import open_with_axes, suggested_axes
    from jpkl._originals.opening import is_folder_of_stacks, is_original, open_original
    from jpkl._originals.original import Fingerprint
    from jpkl._originals.scenes import Scenes, open_scene, scenes_beside
    from jpkl._originals.stack import KeptStack, OriginalStack
    from jpkl._recover import recover, remains

__all__ = [
    "BROWSER_CODECS",
    "SCALES",
    "BackgroundThread",
    "Conversion",
    "DecodedFrameCache",
    "Fingerprint",
    "KeptStack",
    "LabelImage",
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
    "is_at_hand",
    "is_exact_everywhere",
    "is_folder_of_stacks",
    "is_original",
    "is_original_stack",
    "is_url",
    "list_files",
    "natural_key",
    "one_line",
    "open_original",
    "open_scene",
    "open_with_axes",
    "recover",
    "remains",
    "replacing",
    "scenes_beside",
    "short_reason",
    "shown_url",
    "stored_picture",
    "stores_pictures",
    "sufficient_scale",
    "suggested_axes",
    "thread_pool",
    "write_apart",
]

#: What is imported when it is asked for: it brings what encodes, and the readers of image files.
_LATER = {
    "Conversion": "jpkl._originals.conversion.Conversion",
    "Fingerprint": "jpkl._originals.original.Fingerprint",
    "KeptStack": "jpkl._originals.stack.KeptStack",
    "OriginalStack": "jpkl._originals.stack.OriginalStack",
    "RemoteEntry": "jpkl._bytes.listing.RemoteEntry",
    "Scenes": "jpkl._originals.scenes.Scenes",
    "annotate_file": "jpkl._annotate.annotate_file",
    "conversion_of": "jpkl._originals.conversion.conversion_of",
    "encoded_form": "jpkl._originals.conversion.encoded_form",
    "is_folder_of_stacks": "jpkl._originals.opening.is_folder_of_stacks",
    "is_original": "jpkl._originals.opening.is_original",
    "list_files": "jpkl._bytes.listing.list_files",
    "open_original": "jpkl._originals.opening.open_original",
    "open_scene": "jpkl._originals.scenes.open_scene",
    "open_with_axes": "jpkl._originals.likely.open_with_axes",
    "recover": "jpkl._recover.recover",
    "remains": "jpkl._recover.remains",
    "scenes_beside": "jpkl._originals.scenes.scenes_beside",
    "suggested_axes": "jpkl._originals.likely.suggested_axes",
}


def __getattr__(name: str) -> Any:
    return import_later(name, _LATER, __name__)


def is_original_stack(jp: JPkl) -> TypeGuard[OriginalStack]:
    """Return whether a stack is an `OriginalStack`, without importing what makes those.

    Parameters
    ----------
    jp : JPkl
        The stack.

    Returns
    -------
    bool
        Whether its original is looked at; narrows the type.
    """
    module = sys.modules.get("jpkl._originals.stack")
    return module is not None and isinstance(jp, module.OriginalStack)
