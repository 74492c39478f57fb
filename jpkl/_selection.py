"""Selections of frames as texts such as ``time=0:100:2,z=5``; pure.

`parse_selection` reads the text, before anything is known of the stack. `Selection` finds the dims that it
names, and what is left of dims and metadata.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

from jpkl._dims import FrameIndex, channel_dim
from jpkl._metadata import KEYS_BY_CHANNEL, KEYS_BY_DIM, StackMetadata

#: What is kept of a dim: one index, which removes the dim, or a range of them.
Choice: TypeAlias = int | slice

_CHOICE = r"-?\d+|(?:-?\d*:-?\d*)(?::-?\d*)?"
#: The name of a dim may hold commas and equals signs, too.
_ITEM = re.compile(rf"\s*(?P<dim>[^,].*?)\s*=\s*(?P<choice>{_CHOICE})\s*(?:,|$)")

_EXAMPLE = "write for example time=0:100:2,z=5"


def parse_selection(text: str) -> list[tuple[str, Choice]]:
    """Read a selection.

    Parameters
    ----------
    text : str
        ``DIM=INDEX`` or ``DIM=START:STOP:STEP``, separated by commas; numbers as in NumPy's slices.

    Returns
    -------
    list of (str, int or slice)
        The dims as they are written, and what to keep of each.

    Raises
    ------
    ValueError
        If the text is none of these; says which part.

    Examples
    --------
    >>> parse_selection("time=0:100:2,z=-1")
    [('time', slice(0, 100, 2)), ('z', -1)]
    """
    chosen: list[tuple[str, Choice]] = []
    position = 0
    while position < len(text) or not chosen:
        item = _ITEM.match(text, position)
        if item is None:
            raise ValueError(f"{text[position:]!r} is not a dim and its indices; {_EXAMPLE}")
        chosen.append((item["dim"], _choice(item["choice"], item[0])))
        position = item.end()
    return chosen


def _choice(text: str, item: str) -> Choice:
    if ":" not in text:
        return int(text)
    choice = slice(*(int(part) if part else None for part in text.split(":")))
    if choice.step == 0:
        raise ValueError(f"{item.rstrip(',')!r}: the step must not be 0")
    return choice


def find_dim(name: str, dim_names: Sequence[str]) -> int:
    """Return the position of the dim that is meant by a name, or by the beginning of one.

    Upper and lower case are alike, unless dims differ by nothing else.

    Raises
    ------
    ValueError
        If there is no such dim, or more than one; lists the dims.

    Examples
    --------
    >>> find_dim("Z", ("time", "z")), find_dim("chan", ("time", "channel"))
    (1, 1)
    """
    wanted = name.casefold()
    folded = [dim.casefold() for dim in dim_names]
    for found in (
        [i for i, dim in enumerate(dim_names) if dim == name],
        [i for i, dim in enumerate(folded) if dim == wanted],
        [i for i, dim in enumerate(folded) if dim.startswith(wanted)],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise ValueError(f"{name!r} may be each of the dims {', '.join(dim_names[i] for i in found)}")
    raise ValueError(f"there is no dim {name!r}; the dims are {', '.join(dim_names) or 'none'}")


@dataclass(frozen=True)
class Selection:
    """What is kept of the dims of a stack, and what is known of the rest.

    Attributes
    ----------
    names, sizes : tuple of str, tuple of int
        All dims of the stack.
    choices : tuple of int or slice
        One per dim: an index from 0, or a slice of which at least one index is left.
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    choices: tuple[Choice, ...]

    @classmethod
    def of(
        cls, chosen: Iterable[tuple[str, Choice]], dim_names: Sequence[str], dim_sizes: Sequence[int]
    ) -> Self:
        """Find the dims that a selection names.

        Parameters
        ----------
        chosen : iterable of (str, int or slice)
            What `parse_selection` returns; dims that are not named are kept whole.
        dim_names, dim_sizes : sequence of str, sequence of int
            The dims of the stack.

        Raises
        ------
        ValueError
            If there is no such dim or index, a dim is named twice, or nothing is left of one.
        """
        choices: list[Choice | None] = [None] * len(dim_names)
        for name, choice in chosen:
            dim = find_dim(name, dim_names)
            if choices[dim] is not None:
                raise ValueError(f"{dim_names[dim]} is selected from twice")
            choices[dim] = _checked(choice, dim_names[dim], dim_sizes[dim])
        settled = tuple(slice(None) if choice is None else choice for choice in choices)
        return cls(tuple(dim_names), tuple(dim_sizes), settled)

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out, nor reordered."""
        return all(choice == slice(None) for choice in self.choices)

    @property
    def dim_names(self) -> tuple[str, ...]:
        """Names of the dims that are left."""
        return tuple(self.names[dim] for dim in self._kept())

    @property
    def dim_sizes(self) -> tuple[int, ...]:
        """Lengths of the dims that are left."""
        return tuple(len(self._indices(dim)) for dim in self._kept())

    def frame_indices(self) -> Iterator[FrameIndex]:
        """Iterate over the indices of the frames that are left, as the whole stack has them."""
        return itertools.product(*(self._indices(dim) for dim in range(len(self.names))))

    def metadata(self, metadata: Mapping[Any, Any]) -> dict[Any, Any]:
        """Return the metadata of what is left.

        Coords, units and what there is of channels follow their dim; a single channel keeps its name and
        color. All other keys, and what is not well-formed, stay as they are.
        """
        left = dict(metadata)
        for key in KEYS_BY_DIM:
            if isinstance(values := left.get(key), Mapping):
                left[key] = self._of_dims(values)
                if values and not left[key]:
                    del left[key]
        channel = channel_dim(self.names)
        if channel is not None:
            left |= {
                key: _items(left[key], self._indices(channel), self.sizes[channel])
                for key in KEYS_BY_CHANNEL
                if key in left
            }
            if channel not in self._kept() and left.get("channel_names") is None:
                # Where the names are the coords of the dim, as of xarray, they would go with it.
                known = StackMetadata.read(metadata, self.names, self.sizes).channel_names
                left |= {"channel_names": [known[i] for i in self._indices(channel)]} if known else {}
        return left

    def _of_dims(self, by_dim: Mapping[Any, Any]) -> dict[Any, Any]:
        kept = self._kept()
        dims = {name: dim for dim, name in enumerate(self.names)}
        return {
            name: _items(value, self._indices(dims[name]), self.sizes[dims[name]]) if name in dims else value
            for name, value in by_dim.items()
            if name not in dims or dims[name] in kept
        }

    def _kept(self) -> list[int]:
        return [dim for dim, choice in enumerate(self.choices) if isinstance(choice, slice)]

    def _indices(self, dim: int) -> range:
        choice = self.choices[dim]
        return range(self.sizes[dim])[choice] if isinstance(choice, slice) else range(choice, choice + 1)


def _checked(choice: Choice, name: str, size: int) -> Choice:
    if isinstance(choice, slice):
        if not range(size)[choice]:
            raise ValueError(f"nothing is left of {name}, which has {size} indices")
        return choice
    if not -size <= choice < size:
        raise ValueError(f"{name} has no index {choice}, but 0 to {size - 1}")
    return choice % size


def _items(value: Any, indices: range, size: int) -> Any:
    """Return the items at some indices of what has one for each; anything else as it is."""
    if isinstance(value, str) or not hasattr(value, "__getitem__") or not hasattr(value, "__len__"):
        return value
    if isinstance(value, Mapping) or len(value) != size:
        return value
    items = [value[i] for i in indices]
    return tuple(items) if isinstance(value, tuple) else items
