"""How messages are worded: read, changed, and given up for the words Duely is delivered with."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.auth import queries
from app.auth.api import business
from app.auth.message_forms import LONGEST, WordsForm
from app.auth.service import message_texts as service
from app.messages.kinds import KINDS
from app.messages.queries import Words, own_wordings, wording_of
from app.messages.wording import hints
from app.messages.wordings import default_wording
from app.web.access import actor
from app.web.api import In, Out, entire, filled, operation, told
from app.web.api import version_asked_for as meant

HERE = f"/message-templates/<any({', '.join(KINDS)}):kind>/"


class TemplateChange(In):
    """What is to be different; what is left out stays. Names of facts stand in double braces, such as {{link}}."""

    subject: str = Field("", max_length=200)
    html: str = Field("", max_length=LONGEST, description="What stands on top of the e-mail, as HTML.")
    text: str = Field("", max_length=LONGEST, description="The same as text only.")
    whatsapp: str = Field("", max_length=LONGEST)
    sms: str = Field("", max_length=LONGEST)
    content_sid: str = Field("", max_length=34, description="Twilio's id of a template that WhatsApp approved.")
    variables: list[str] = Field([], max_length=40, description="What its {{1}}, {{2}}, ... stand for.")


class TemplateOut(Out):
    """The words of one kind of message. `own` says that they are yours; `names` are the facts they may name."""

    kind: str
    title: str
    own: bool
    subject: str
    html: str
    text: str
    whatsapp: str
    sms: str
    content_sid: str
    variables: list[str]
    names: list[str]
    hints: list[str]
    version: int


TEMPLATE = {
    "kind": "receipt",
    "title": "Receipt",
    "own": True,
    "subject": "Thank you, {{first_name}}",
    "html": "<p>We received {{amount}}.</p>",
    "text": "We received {{amount}}.",
    "whatsapp": "We received {{amount}}: {{link}}",
    "sms": "We received {{amount}}: {{link}}",
    "content_sid": "",
    "variables": [],
    "names": ["first_name", "amount", "link"],
    "hints": [],
    "version": 3,
}


@business.get("/message-templates/")
@operation(
    "List the words of messages",
    role="viewer",
    scope="messages:read",
    gives=TemplateOut,
    many=True,
    example=TEMPLATE,
)
def list_message_templates() -> Response:
    """Of every kind of message there is, in one answer."""
    mine = queries.get_business(current_user.business_id)
    own = own_wordings(mine.id)
    every = [_written(kind, own.get(kind) or Words(default_wording(kind, mine.language))) for kind in KINDS]
    return entire(every)


def _read(kind: str) -> dict[str, Any]:
    return _written(kind, _words(kind))


@business.get(HERE)
@operation("Read the words of a kind of message", role="viewer", scope="messages:read", gives=TemplateOut,
           example=TEMPLATE)  # fmt: skip
def read_message_template(kind: str) -> Response:
    """Yours, or those Duely is delivered with."""
    return told(_read(kind))


@business.patch(HERE)
@operation(
    "Change the words of a kind of message",
    role="admin",
    scope="messages:write",
    takes=TemplateChange,
    gives=TemplateOut,
    example=TEMPLATE,
    takes_example={"subject": "Thank you"},
    versioned=_read,
)
def change_message_template(kind: str, body: TemplateChange) -> Response:
    """What is left out stays as it is. Messages that were sent stay as they are."""
    words = _words(kind)
    present: dict[str, Any] = {**words.wording.texts(), "content_sid": words.content_sid}
    changed = {**present, "variables": words.variables, **body.model_dump(include=set(body.model_fields_set))}
    form = filled(WordsForm, {**changed, "variables": ", ".join(changed["variables"])})
    more = {"content_sid": form.content_sid.data, "variables": form.names(), "version": meant(words.version)}
    service.save_words(actor(), kind, form.wording(), **more, now=clock.now())
    return told(_read(kind), "Saved")


@business.post(HERE + "reset/")
@operation("Give up your words of a kind of message", role="admin", scope="messages:write", gives=TemplateOut,
           example=TEMPLATE)  # fmt: skip
def reset_message_template(kind: str) -> Response:
    """From now on it is sent in the words Duely is delivered with. 404 when it already is."""
    service.reset_words(actor(), kind, now=clock.now())
    return told(_read(kind), "Back to the default")


def _words(kind: str) -> Words:
    mine = queries.get_business(current_user.business_id)
    return wording_of(mine.id, kind, mine.language)


def _written(kind: str, words: Words) -> dict[str, Any]:
    return {
        "kind": kind,
        "title": KINDS[kind].title,
        "own": bool(words.version),
        **words.wording.texts(),
        "content_sid": words.content_sid,
        "variables": list(words.variables),
        "names": list(KINDS[kind].names),
        "hints": hints(kind, words.wording),
        "version": words.version,
    }
