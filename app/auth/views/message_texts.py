"""Settings of the business: how its messages are worded, kind by kind, with a look at what their readers get."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth import queries
from app.auth.errors import Stale
from app.auth.message_forms import WordsForm
from app.auth.rules import at_least
from app.auth.service import message_texts as service
from app.auth.service.message_previews import Preview, preview
from app.auth.views import blueprint
from app.errors import Invalid, NotFound
from app.extensions import talisman
from app.messages.kinds import KINDS
from app.messages.queries import Words, own_wordings, wording_of
from app.messages.wording import hints
from app.web import htmx
from app.web.access import actor, requires
from app.web.fields import refuse
from app.web.letters import MAIL_POLICY, only_to_look_at
from app.web.security import allow_frames

HERE = f"/settings/messages/<any({', '.join(KINDS)}):kind>/"
PAGE, PREVIEW = "settings/message.html", "settings/_message_preview.html"
_look = talisman(content_security_policy=MAIL_POLICY, content_security_policy_nonce_in=[], frame_options="SAMEORIGIN")


@blueprint.get("/settings/messages/")
@requires("viewer")
def message_texts() -> ResponseReturnValue:
    """Every kind of message, and whether the business words it itself."""
    return render_template("settings/messages.html", kinds=KINDS, own=own_wordings(current_user.business_id))


@blueprint.get(HERE)
@requires("viewer")
def message_text(kind: str) -> ResponseReturnValue:
    """The words of one kind of message."""
    return _page(kind, WordsForm.of(_words(kind)))


@blueprint.post(HERE)
@requires("admin")
def save_message_text(kind: str) -> ResponseReturnValue:
    """Keep the words of one kind of message."""
    form = WordsForm()
    if not form.validate():
        return _page(kind, form, 422)
    more = {"content_sid": form.content_sid.data, "variables": form.names(), "version": form.version.data}
    try:
        service.save_words(actor(), kind, form.wording(), **more, now=clock.now())
    except Stale as error:
        return _stale(kind, form, error)
    except Invalid as error:
        refuse(form, error)
        return _page(kind, form, 422)
    told = " ".join(["Saved.", *hints(kind, form.wording())])
    return htmx.redirect_to(url_for("auth.message_text", kind=kind), told)


@blueprint.post(HERE + "preview/")
@requires("admin")
def preview_message_text(kind: str) -> ResponseReturnValue:
    """What the reader gets from the words as they are typed. Nothing is kept."""
    form = WordsForm()
    form.validate()
    if htmx.is_fragment():
        return htmx.page_or_fragment(PAGE, PREVIEW, **_shown(kind, form), typed=form)
    return _page(kind, form, typed=form)


@blueprint.get(HERE + "mail/")
@requires("viewer")
@_look
def message_mail(kind: str) -> ResponseReturnValue:
    """The e-mail in the words that stand, for the frame of the page."""
    return _mail(kind, WordsForm.of(_words(kind)))


@blueprint.post(HERE + "mail/")
@requires("admin")
@_look
def typed_message_mail(kind: str) -> ResponseReturnValue:
    """The e-mail in the words as they are typed, for the frame of the page. Nothing is kept."""
    form = WordsForm()
    form.validate()
    return _mail(kind, form)


@blueprint.get(HERE + "reset/")
@requires("admin")
def reset_message_text_form(kind: str) -> ResponseReturnValue:
    """Say what going back to the default does, and ask."""
    if not _words(kind).version:
        raise NotFound
    sentences = [
        "Your subject and texts for this message are deleted, with the template of WhatsApp that was entered here.",
        "From now on it is sent in the words Duely is delivered with. Messages that were sent stay as they are.",
    ]
    context = {"title": f"{KINDS[kind].title}: back to the default?", "sentences": sentences, "verb": "Reset"}
    back, action = url_for("auth.message_text", kind=kind), url_for("auth.reset_message_text", kind=kind)
    return render_template("shared/confirm.html", back=back, action=action, keep="Keep mine", **context)


@blueprint.post(HERE + "reset/")
@requires("admin")
def reset_message_text(kind: str) -> ResponseReturnValue:
    """Go back to the words Duely is delivered with."""
    service.reset_words(actor(), kind, now=clock.now())
    return htmx.redirect_to(url_for("auth.message_text", kind=kind), "Back to the default.")


def _words(kind: str) -> Words:
    business = queries.get_business(current_user.business_id)
    return wording_of(business.id, kind, business.language)


def _stale(kind: str, form: WordsForm, error: Stale) -> Response:
    """Both texts beside each other; the form now carries the version that stands, so saving again is a decision."""
    stands: Any = error.current
    now = WordsForm.of(stands)
    pairs = [(field, now._fields[field.name]) for field in form if field.name not in ("csrf_token", "version")]
    differ = [(mine.label.text, mine.data or "nothing", their.data or "nothing") for mine, their in pairs
              if mine.data != their.data]  # fmt: skip
    form.version.data, form.version.raw_data = stands.version, None
    return _page(kind, form, 409, differ=differ, sentence=str(error), typed=form)


def _preview(kind: str, form: WordsForm) -> Preview:
    business = queries.get_business(current_user.business_id)
    return preview(business, kind, form.wording(), form.content_sid.data or "", form.names(), clock.now())


def _mail(kind: str, form: WordsForm) -> Response:
    return make_response(only_to_look_at(_preview(kind, form).message.html))


def _shown(kind: str, form: WordsForm) -> dict[str, Any]:
    shown, edits = _preview(kind, form), at_least(current_user.role, "admin")
    refused = [sentence for sentences in form.errors.values() for sentence in sentences]
    problems = refused or shown.problems
    return {"kind": kind, "told": KINDS[kind], "preview": shown, "problems": problems, "edits": edits}


def _page(kind: str, form: WordsForm, status: int = 200, **more: Any) -> Response:
    allow_frames()
    shown = _shown(kind, form) | {"form": form, "changed_at": _words(kind).changed_at}
    if status == 422:
        # They stand beside the fields.
        shown |= {"typed": form, "problems": []}
    return make_response(render_template(PAGE, **shown, **more), status)
