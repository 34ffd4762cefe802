"""What people type to word a kind of message."""

from __future__ import annotations

import re

from app.auth.settings_forms import SettingsForm
from app.messages.queries import Words
from app.messages.wording import FIELDS, Wording
from app.web.fields import LongText, Text

LONGEST = 10_000


class WordsForm(SettingsForm):
    """The texts of one kind of message, and the template that WhatsApp approved for it."""

    subject = Text("Subject", 200)
    html = LongText("Words, HTML", LONGEST)
    text = LongText("Words, text only", LONGEST)
    whatsapp = LongText("WhatsApp message", LONGEST)
    sms = LongText("SMS text", LONGEST)
    content_sid = Text("Id of the template", 34)
    variables = Text("What its numbers stand for", 500)

    @classmethod
    def of(cls, words: Words) -> WordsForm:
        """The form filled with what stands."""
        more = {"content_sid": words.content_sid, "variables": ", ".join(words.variables), "version": words.version}
        return cls(formdata=None, data={**words.wording.texts(), **more})

    def wording(self) -> Wording:
        """The texts as typed and cleaned."""
        return Wording(**{name: str(self._fields[name].data or "") for name in FIELDS})

    def names(self) -> list[str]:
        """The names of the template, in order; braces and commas are how people may write them."""
        return [word for word in re.split(r"[\s,;{}]+", str(self.variables.data or "")) if word]
