"""What formats that are read plane by plane have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jpkl.readers._calibration import Calibration
from jpkl.readers._image_file import ArrayLike, ImageFile, ReadOptions
from jpkl.readers._missing import kept_of
from jpkl.readers._plane_array import PlaneArray
from jpkl.readers._planes import Planes, StoredPlanes
from jpkl.readers._scenes import choose_scene, scene_notes, split_level


@dataclass(frozen=True)
class Choice:
    """The scene of a file that is to be read.

    Attributes
    ----------
    names : tuple of str
        Names of all its scenes.
    number : int
        Which of them.
    level : int
        Which level of its pyramid, if the format has such; 0 is the full resolution.
    notes : tuple of str
        About the others, if nobody asked for this one.
    """

    names: tuple[str, ...]
    number: int
    level: int
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the scene."""
        return self.names[self.number]


def choose(path: Path, names: tuple[str, ...], wanted: str | None, *, has_levels: bool = False) -> Choice:
    """Choose a scene as `choose_scene` does, and a level of its pyramid where the format has such."""
    scene, level = split_level(names, wanted) if has_levels else (wanted, 0)
    number = choose_scene(path, names, scene)
    return Choice(names, number, level, scene_notes(names, number, scene))


def plane_image(
    path: Path,
    planes: Planes,
    axes: str | Sequence[str],
    *,
    options: ReadOptions,
    choice: Choice,
    describe: Callable[[Calibration], None],
    close: Callable[[], None],
    notes: Sequence[str] = (),
) -> ImageFile:
    """Return an image of planes, which are read as they are indexed.

    Parameters
    ----------
    path : Path
        The file.
    planes : Planes
        Its planes.
    axes : str or sequence of str
        A letter or name for each axis, those that count the planes first.
    options : ReadOptions
        What becomes of planes that are missing.
    choice : Choice
        The scene.
    describe : callable
        Adds to a calibration what the file says.
    close : callable
        Releases the file.
    notes : sequence of str
        What else the user should know.

    Raises
    ------
    ValueError
        If planes are missing, and that is an error.
    """
    if max(map(len, axes)) == 1:
        axes = "".join(axes)
    kept = kept_of(path, planes, axes, options.missing)
    array: ArrayLike
    if isinstance(planes, StoredPlanes) and planes.can_be_mapped:
        array = planes.mapped()
    else:
        array = PlaneArray(planes, kept.numbers, (slice(None),) * len(planes.plane_shape))
    calibration = Calibration(axes, array.shape)
    describe(calibration)
    calibration.add(source=path.name)
    return ImageFile(
        array,
        axes,
        calibration.found.as_dict(),
        (*choice.notes, *notes, *kept.notes),
        close,
        choice.names,
        choice.name,
    )
