"""Messages to the browser whose bytes travel beside their JSON: `packed.js` puts them together again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def separate_bytes(value: Any, found: list[bytes]) -> Any:
    """Turn a message into plain data; its bytes go into `found`, and their number there replaces them."""
    if isinstance(value, bytes):
        found.append(value)
        return {"bytes": len(found) - 1}
    if isinstance(value, Mapping):
        return {name: separate_bytes(item, found) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [separate_bytes(item, found) for item in value]
    return value
