"""A viewer whose Python runs in the browser: ``panel convert`` makes a page of it, see ../README.md."""

from jpkl import JPkl

JPkl.load("cells.jpkl").view().servable(title="Cells")
