"""The invoice as its customer sees it."""

from __future__ import annotations

from typing import Any

from flask import Response, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.billing.queries.promises import offered_to
from app.billing.rules.promises import latest, least, why_not
from app.clients.queries import document_recipients
from app.errors import NotFound
from app.money import Money
from app.payments.queries import Offer, credit_left, online_offer
from app.payments.queries.saved_cards import active_cards, open_charge
from app.portal import rules
from app.portal.forms import PayForm, PromiseForm
from app.portal.queries import Opened, recent_attempt
from app.portal.service import note_seen
from app.portal.views import blueprint, words
from app.portal.views.doorway import enter, letterhead
from app.storage.logos import screen_logo
from app.web.access import client_ip, public
from app.web.security import allow_form_action


@blueprint.get("/i/<token>/")
@public
def invoice(token: str) -> ResponseReturnValue:
    """What is owed, and how to pay it; what was paid, once it is."""
    opened = enter(token)
    answer = show(opened)
    if not _is_staff(opened) and not rules.is_preview(request.user_agent.string):
        _note(opened)
    return answer


@blueprint.get("/i/<token>/status/")
@public
def status(token: str) -> ResponseReturnValue:
    """The part of the page that changes when money comes; a page that waits for a payment asks for it."""
    return render_template("portal/_invoice.html", **page(enter(token)))


@blueprint.get("/i/<token>/logo.png")
@public
def logo(token: str) -> ResponseReturnValue:
    """The logo of the business, for the page and for the e-mail."""
    key = str(enter(token).document.seller.get("logo_key") or "")
    if not key:
        raise NotFound
    response: Response = make_response(screen_logo(key))
    response.mimetype = "image/png"
    response.cache_control.private = True
    response.cache_control.max_age = 3600
    return response


def show(
    opened: Opened,
    form: PayForm | None = None,
    problem: str = "",
    status: int = 200,
    promised: PromiseForm | None = None,
) -> ResponseReturnValue:
    """The whole page, with the form as it was typed when it was refused."""
    return render_template("portal/invoice.html", **page(opened, form, problem) | {"promised": promised}), status


def page(opened: Opened, form: PayForm | None = None, problem: str = "") -> dict[str, Any]:
    """Everything the page shows."""
    document = opened.document
    offer = _offer(opened)
    with_card = opened.with_card
    charge = open_charge(document.business_id, document.id) if with_card and document.payable else None
    if offer:
        allow_form_action(*offer.origins)
    tried = recent_attempt(opened, clock.now())
    return letterhead(opened) | {
        "badge": words.badge(document),
        "sums": words.sums(document),
        "bank": words.bank_rows(document) if document.payable else [],
        "line_words": lambda line: words.line_words(line, document.currency, document.language),
        "offer": offer,
        "asks_email": offer is not None and known_email(opened) is None,
        "part": rules.half(document.balance),
        "credit": credit_left(document.business_id, document.id, document.currency) if not document.payable else None,
        "ask_url": rules.ask_url(str(document.seller.get("phone") or ""), document.number or ""),
        "attempt": tried,
        "left": tried is not None and tried.state != "held" and "left" in request.args,
        "hour_of": lambda row: words.hour_of(row, document.timezone),
        "cards": active_cards(document.business_id, document.client_id) if with_card and document.client_id else [],
        "remove_card_url": lambda card: url_for("portal.remove_card_form", token=opened.token, kept_id=card.id),
        "charge": charge,
        "charge_amount": Money(charge.amount_minor, charge.currency) if charge else None,
        "form": form,
        "problem": problem,
        "promise": _promise(opened),
        "promised": None,
    }


def _promise(opened: Opened) -> dict[str, Any] | None:
    """What they may promise about an overdue invoice, within which limits, or why not; None where none are taken."""
    document = opened.document
    if not (document.payable and document.overdue and document.client_id):
        return None
    found = offered_to(document.business_id, document.client_id, document.id, document.today)
    if found is None:
        return None
    if found.until is None and (why := why_not(found.record, found.terms)):
        return {"why": why}
    least_ = Money(least(document.balance.minor, found.terms), document.currency)
    limits = {"until": found.until, "first": document.today, "last": latest(found.terms, document.today)}
    return limits | {"least": least_ if least_ < document.balance else None}


def consent_of(opened: Opened) -> str:
    """What the customer may agree to so that the card is kept; empty where that is not offered."""
    offer = _offer(opened)
    return offer.consent if offer else ""


def _offer(opened: Opened) -> Offer | None:
    document = opened.document
    return online_offer(document.business_id, document.balance, document.client_id) if document.payable else None


def known_email(opened: Opened) -> str | None:
    """Where the receipt goes: the first contact of the client with an address, or None."""
    document = opened.document
    if document.client_id is None:
        return None
    return next((email for _, email in document_recipients(document.business_id, document.client_id) if email), None)


def _note(opened: Opened) -> None:
    """Write down that the customer was here; the page is drawn already, so nothing is read for it again."""
    link, now = opened.link, clock.now()
    if not rules.counts_as_seen(link.seen_at, now):
        return
    ids = (link.business_id, link.object_id, link.token_hash, opened.document.client_id)
    note_seen(*ids, now=now, ip=client_ip(), request_id=g.get("request_id", ""))


def _is_staff(opened: Opened) -> bool:
    """Somebody of the business looks at what the customer will see."""
    return bool(current_user.is_authenticated) and current_user.business_id == opened.link.business_id
