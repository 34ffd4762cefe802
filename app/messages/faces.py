"""A composed message as each channel takes it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.messages.queries import Words
from app.messages.render import Composed
from app.messages.rules import Face, Reach
from app.messages.wording import numbered


def faces(
    whom: Reach,
    composed: Composed,
    words: Words,
    values: Mapping[str, str],
    *,
    attachments: Sequence[Mapping[str, Any]] = (),
    media: Mapping[str, Any] | None = None,
    unsubscribe: str = "",
) -> list[Face]:
    """One face for each channel that somebody can be reached by, in their order.

    `attachments` go with mail, `media` with WhatsApp; an approved template gets its variables from `values`.
    """
    made = []
    for channel in whom.channels:
        to = whom.recipients(channel)
        if channel == "email":
            mail = (composed.text, composed.subject, composed.html, tuple(attachments))
            made.append(Face(channel, to, *mail, unsubscribe=unsubscribe))
        elif channel == "whatsapp":
            made.append(
                Face(
                    channel,
                    to,
                    composed.whatsapp,
                    composed.subject,
                    media=media,
                    content_sid=words.content_sid,
                    variables=tuple(numbered(words.variables, values).items()),
                )
            )
        else:
            made.append(Face(channel, to, composed.sms, composed.subject))
    return made
