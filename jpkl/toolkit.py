"""What the viewer shares with the library, for other programs that build on JPkl.

Everything here is public: it changes as carefully as the rest of the interface.
"""

from __future__ import annotations

from jpkl._cache import DecodedFrameCache
from jpkl._dims import channel_dim
from jpkl._file.atomic import ReplacementFile, replacing
from jpkl._metadata import StackMetadata
from jpkl._pipeline import thread_pool

__all__ = ["DecodedFrameCache", "ReplacementFile", "StackMetadata", "channel_dim", "replacing", "thread_pool"]
