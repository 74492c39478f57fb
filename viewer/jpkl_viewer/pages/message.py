"""What a page says in place of a picture."""

from __future__ import annotations

import re
from html import escape


class NotShownError(Exception):
    """There is nothing to show.

    Parameters
    ----------
    title : str
        What is wrong.
    message : str
        Why.
    link : str
        HTML of a link to somewhere else.
    """

    def __init__(self, title: str, message: str, link: str = "") -> None:
        super().__init__(title, message, link)
        self.title, self.message, self.link = title, message, link

    @property
    def html(self) -> str:
        """What a page says, for the styles of the dashboard."""
        return message_html(self.title, self.message, self.link)


def message_html(title: str, message: str, link: str = "") -> str:
    """Write what went wrong, for the styles of the dashboard; `link` is HTML.

    Examples
    --------
    >>> "<p>Use <code>jpkl recover</code></p>" in message_html("It is cut off", "use `jpkl recover`")
    True
    """
    said = re.sub("`([^`]+)`", r"<code>\1</code>", escape(message[:1].upper() + message[1:]))
    return (
        '<div class="viewer page"><div class="message"><div class="sign" aria-hidden="true">!</div>'
        f'<div role="alert"><h1>{escape(title)}</h1><p>{said}</p></div>'
        f"{link}</div></div>"
    )
