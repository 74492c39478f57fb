"""Bits of a header, one field after the other; pure."""

from __future__ import annotations

from typing import Literal


class BitReader:
    """Reads fields of bits.

    Parameters
    ----------
    data : bytes
        The header, and maybe more.
    order : {"big", "little"}
        Whether the first bit is the highest of the first byte, or the lowest.
    """

    def __init__(self, data: bytes, order: Literal["big", "little"]) -> None:
        self._bits = int.from_bytes(data, order)
        self._n_bits = 8 * len(data)
        self._order = order
        self._at = 0

    def take(self, n_bits: int) -> int:
        """Return the next field.

        Raises
        ------
        ValueError
            If there are not as many bits.
        """
        at, self._at = self._at, self._at + n_bits
        if self._at > self._n_bits:
            raise ValueError("its header is cut off")
        shift = at if self._order == "little" else self._n_bits - self._at
        return self._bits >> shift & ((1 << n_bits) - 1)
