"""A report as the output of a notebook's cell: it works in saved notebooks, and in pages made of them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jpkl_viewer.report.forecast import Forecast

#: Size above which a report does not go into a notebook unless the user raises it.
DEFAULT_EMBEDDED_NBYTES = 20 * 10**6

#: Height of the frame around the report, in CSS pixels: the viewer, and the first of its facts.
_HEIGHT = 800

# Jupyter leaves frames out of notebooks that are not trusted; the line below is never left out.
_OUTPUT = """<figure style="margin:4px 0">
<iframe title="{title}" srcdoc="{page}" style="width:100%;height:{height}px;border:0" loading="lazy"></iframe>
<figcaption style="font-size:13px;opacity:.75;margin-top:6px">{title}: {size}, works without Python. \
Nothing above? Trust this notebook, or run the cell.</figcaption></figure>"""


@dataclass(frozen=True)
class EmbeddedReport:
    """A page that shows itself at the end of a notebook's cell.

    Attributes
    ----------
    title : str
        Title of the report.
    page : str
        The report, as HTML.
    forecast : Forecast
        Frames and bytes of it.
    """

    title: str
    page: str
    forecast: Forecast

    def __repr__(self) -> str:
        return f"<report of {self.title}: {self.forecast}>"

    def _repr_html_(self) -> str:
        # `escape` leaves no quote in the page that could end the attribute.
        title, page = escape(self.title), escape(self.page)
        return _OUTPUT.format(title=title, page=page, size=escape(str(self.forecast)), height=_HEIGHT)
