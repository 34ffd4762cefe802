"""One thing that wants a person's attention. Rooms provide them; the dashboard shows them together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attention:
    """`kind` colours the mark ("over", "soon" or ""), `picture` is its icon, `href` leads to where it is settled."""

    title: str
    text: str = ""
    href: str = ""
    kind: str = "over"
    picture: str = "alert-circle"
