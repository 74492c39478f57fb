"""A viewer whose Python runs in the browser: ``panel convert`` makes a page of it, see ../README.md."""

from jpkl import JPkl

page = JPkl.load("cells.jpkl").view().panel(owns_url=True)
page.styles = {"position": "fixed", "inset": "0"}  # it fills the window
page.servable(title="Cells")
