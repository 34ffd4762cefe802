"""A message as it would be sent in certain words, with facts of the business where there are any. Nothing is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from app.auth.mail import HOUSE
from app.auth.models import Business
from app.auth.service.message_texts import check_template
from app.messages.channels.sms_text import plain_sms, segments
from app.messages.examples import example
from app.messages.render import Composed, compose
from app.messages.wording import Wording, check, hints, numbered

_BOLD = re.compile(r"(?<![\w*])\*(\S|\S[^*\n]*\S)\*(?![\w*])")


@dataclass(frozen=True, slots=True)
class Preview:
    """What the reader would get. `about` says whose facts these are; `problems` what keeps the words from being saved.

    `hints` are what the words may be lacking. `whatsapp` are the parts of the WhatsApp message, with whether each is
    bold there.
    """

    about: str
    message: Composed
    whatsapp: list[tuple[str, bool]]
    variables: dict[str, str]
    problems: list[str]
    hints: list[str]

    @property
    def sms(self) -> str:
        """The SMS as a phone gets it: signs that the networks' alphabet lacks are written otherwise, ₦ as NGN."""
        return plain_sms(self.message.sms)

    @property
    def sms_parts(self) -> int:
        """How many messages the networks send and charge the SMS as."""
        return segments(self.sms)


def preview(
    business: Business, kind: str, wording: Wording, content_sid: str, variables: Sequence[str], now: datetime
) -> Preview:
    """The message with the newest thing of the business that it could be about, else with made-up facts."""
    provider = current_app.extensions.get("duely_preview_values", {}).get(kind)
    told = provider(business.id, kind, now) if provider else None
    if told:
        values, context = told
        about = f"With invoice {values['number']} for {values['client_name']}."
    else:
        # Links for a new password come from the house: whoever works in several businesses has one account.
        name, colour = (HOUSE, None) if kind == "password_reset" else (business.name, business.colour)
        values, context = example(kind, name, colour, business.language)
        about = "With made-up facts, as nothing fits yet." if provider else "With made-up facts."
    problems = check(kind, wording) | check_template(kind, content_sid, variables)
    said = [sentence for sentences in problems.values() for sentence in sentences]
    made = compose(current_app.jinja_env, kind, wording, values, context)
    numbers, problems_once = numbered(variables, values), list(dict.fromkeys(said))
    return Preview(about, made, bold_parts(made.whatsapp), numbers, problems_once, hints(kind, wording))


def bold_parts(text: str) -> list[tuple[str, bool]]:
    """A WhatsApp message in parts: (words, whether they are bold there)."""
    parts = [(words, bool(place % 2)) for place, words in enumerate(_BOLD.split(text))]
    return [part for part in parts if part[0]]
