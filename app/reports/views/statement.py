"""A client's statement of account: on screen, as PDF, by mail and behind a link."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.queries import SignedIn
from app.auth.rules import at_least
from app.auth.service import links
from app.clients.queries import document_recipients, get_client
from app.database import new_id
from app.errors import Invalid
from app.messages.queries import for_object
from app.money import Money
from app.reports import chart
from app.reports.forms import PeriodForm
from app.reports.periods import Period
from app.reports.printing import late_words, period_words, statement_filename, told
from app.reports.service import send_statement, statement_link
from app.reports.service.printing import Asked, find_printed, request_pdf
from app.reports.statement import NAMED, RECENT, Movement, chosen_period, latest
from app.reports.statement_queries import Account, get_account
from app.reports.views import blueprint
from app.web import htmx
from app.web.access import actor, requires
from app.web.downloads import name_file
from app.web.drawing import come_again, drawn
from app.web.fields import refuse
from app.web.once import read_form_id

SHOWN_LINES = 200
SHOWN_OPEN = 50
AGE_WORDS = ("Not due yet", "1–30 days", "31–60 days", "61–90 days", "Over 90 days")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a client's statement is, for the days and the currency that it shows."""

    client_id: uuid.UUID
    period: Period | None
    currency: str

    def url(self, endpoint: str = "statement_page", **changes: Any) -> str:
        """The address of the same statement elsewhere, or of another one here."""
        values: dict[str, Any] = {**self._days(), "currency": self.currency or None, **changes}
        return url_for(f"reports.{endpoint}", client_id=self.client_id, **values)

    def customers(self, token: str, today: date) -> str:
        """The same statement behind the client's link; the last three months are what it opens by itself."""
        values = self._days() if self.period and not _same_days(self.period, chosen_period(RECENT, today)) else {}
        return links.public_url(url_for("portal.statement", token=token, **values, currency=self.currency or None))

    def _days(self) -> dict[str, str]:
        return {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()} if self.period else {}


@blueprint.get("/clients/<uuid:client_id>/statement/")
@requires("viewer")
def statement_page(client_id: uuid.UUID) -> ResponseReturnValue:
    """The balance before the period, everything that moved it, and the balance at its end."""
    return _draw(client_id)


@blueprint.get("/clients/<uuid:client_id>/statement/pdf/")
@requires("viewer")
def statement_pdf(client_id: uuid.UUID) -> ResponseReturnValue:
    """The PDF; while it is being drawn, a page that asks again by itself."""
    place, account = _asked(client_id)
    asked = _named(account)
    found = drawn(lambda: find_printed(asked, clock.now()), lambda: request_pdf(asked, now=clock.now()))
    if found is not None:
        response = Response(found, mimetype="application/pdf")
        name = statement_filename(account.client, account.period)
        name_file(response, name)
        response.headers["Cache-Control"] = "private, no-store"
        return response
    return come_again(
        "reports/statement_waiting.html", lambda tried: place.url("statement_pdf", tried=tried), back=place.url()
    )


@blueprint.get("/clients/<uuid:client_id>/statement/send/")
@requires("staff")
def ask_to_send(client_id: uuid.UUID) -> ResponseReturnValue:
    """Say to whom it goes."""
    place, account = _asked(client_id)
    people = ", ".join(address for _, address in document_recipients(current_user.business_id, client_id))
    days = period_words(account.period, current_user.locale)
    return _question(
        place,
        "send_it",
        "Send this statement?",
        f"It goes by e-mail, with the PDF, to {people or 'nobody: this client has no e-mail address for documents'}.",
        f"It is the statement of {days} in {account.currency}. The mail leads to a page that stays up to date.",
        verb="Send",
    )


@blueprint.post("/clients/<uuid:client_id>/statement/send/")
@requires("staff")
def send_it(client_id: uuid.UUID) -> ResponseReturnValue:
    """Put it into the outbox."""
    place, account = _asked(client_id)
    try:
        send_statement(actor(), _named(account), now=clock.now(), form_id=read_form_id())
    except Invalid as error:
        return _draw(client_id, error.status, " ".join(one for said in error.errors.values() for one in said))
    return htmx.redirect_to(place.url(), "The e-mail is on its way")


@blueprint.get("/clients/<uuid:client_id>/statement/link/")
@requires("staff")
def ask_for_link(client_id: uuid.UUID) -> ResponseReturnValue:
    """Say what the link opens."""
    get_client(current_user.business_id, client_id)
    opens = "Whoever has the link sees all statements of this client, and pays open invoices that were shared."
    return _question(_here(client_id), "make_link", "Make a link?", opens, verb="Make the link")


@blueprint.post("/clients/<uuid:client_id>/statement/link/")
@requires("staff")
def make_link(client_id: uuid.UUID) -> ResponseReturnValue:
    """Make the client's link."""
    statement_link(actor(), client_id, now=clock.now())
    return htmx.redirect_to(_here(client_id).url(_anchor="link"), "The link is ready to copy")


@blueprint.get("/clients/<uuid:client_id>/statement/revoke-link/")
@requires("staff")
def ask_to_close_link(client_id: uuid.UUID) -> ResponseReturnValue:
    """Say what closing it does."""
    get_client(current_user.business_id, client_id)
    stops = "The link you gave out stops working at once. You can make a new one afterwards."
    return _question(_here(client_id), "close_link", "Close the link?", stops, verb="Close the link", danger=True)


@blueprint.post("/clients/<uuid:client_id>/statement/revoke-link/")
@requires("staff")
def close_link(client_id: uuid.UUID) -> ResponseReturnValue:
    """Close the client's link."""
    get_client(current_user.business_id, client_id)
    closed = links.revoke_link(actor(), "client", client_id, now=clock.now())
    return htmx.redirect_to(_here(client_id).url(), "The link is closed" if closed else "There was no open link")


def _read() -> tuple[PeriodForm, Period | None]:
    """The form as it was filled in, and the period of the address; None when its dates make none."""
    if "from" in request.args or "to" in request.args:
        form = PeriodForm(request.args)
        form.validate()
        return form, form.period
    period = chosen_period(request.args.get("period", ""), clock.today(current_user.timezone))
    return PeriodForm(None, data={"since": period.first, "until": period.last}), period


def _here(client_id: uuid.UUID) -> Place:
    return Place(client_id, _read()[1], request.args.get("currency", "")[:3])


def _asked(client_id: uuid.UUID) -> tuple[Place, Account]:
    """The statement that the address names. Raises NotFound, and Invalid for dates that make no period."""
    get_client(current_user.business_id, client_id)
    form, period = _read()
    if period is None:
        raise Invalid(form.errors, " ".join(str(one) for said in form.errors.values() for one in said))
    today = clock.today(current_user.timezone)
    account = get_account(current_user.business_id, client_id, period, today, request.args.get("currency", ""))
    return Place(client_id, period, account.currency), account


def _named(account: Account) -> Asked:
    return Asked(account.business.id, account.client.id, account.period, account.currency)


def _question(place: Place, endpoint: str, title: str, *sentences: str, verb: str, danger: bool = False) -> str:
    return render_template(
        "shared/confirm.html",
        title=title,
        sentences=sentences,
        verb=verb,
        danger=danger,
        action=place.url(endpoint),
        back=place.url(),
        keep="Not now",
        form_id=new_id() if endpoint == "send_it" else None,
    )


def _draw(client_id: uuid.UUID, status: int = 200, problem: str = "") -> ResponseReturnValue:
    me: SignedIn = current_user
    assert me.business_id is not None
    client, today = get_client(me.business_id, client_id), clock.today(me.timezone)
    form, period = _read()
    account = None
    if period is not None:
        try:
            account = get_account(me.business_id, client_id, period, today, request.args.get("currency", ""))
        except Invalid as error:
            refuse(form, error)
    place = Place(client_id, period, account.currency if account else request.args.get("currency", "")[:3])
    context = {
        "client": client,
        "form": form,
        "views": _views(place, today),
        "place": place,
        "problem": problem,
        "may_act": at_least(me.role, "staff"),
    }
    if account is None:
        return render_template("reports/statement.html", account=None, **context), 422
    return render_template("reports/statement.html", account=account, **context, **_shown(account, place)), status


def _shown(account: Account, place: Place) -> dict[str, Any]:
    """The statement in words and amounts."""
    link = links.find_live_link(account.business.id, "client", account.client.id)
    return {
        "today": account.today,
        "amount": lambda minor: Money.total(minor, account.currency),
        "shown": latest(account.statement, SHOWN_LINES),
        "told": lambda movement: told(movement, to_client=False),
        "address_of": _address_of,
        "late": late_words(account, current_user.locale, "their"),
        "open": account.open[:SHOWN_OPEN],
        "ages": [
            (word, f"a{number}", Money.total(minor, account.currency))
            for number, (word, minor) in enumerate(zip(AGE_WORDS, account.ages or (), strict=False))
        ],
        "age_parts": chart.ages(account.ages) if account.ages and any(account.ages) else [],
        "link": link,
        "link_url": place.customers(links.token_of(link), account.today) if link else "",
        "messages": for_object(account.business.id, "statement", account.client.id, 5),
    }


def _views(place: Place, today: date) -> list[tuple[str, str, None, bool]]:
    """Links to the periods that have a name: address, name, no count, whether it is this one."""
    currency, found = place.currency or None, []
    for name, word in NAMED:
        url = url_for("reports.statement_page", client_id=place.client_id, period=name, currency=currency)
        found.append((url, word, None, _same_days(place.period, chosen_period(name, today))))
    return found


def _same_days(one: Period | None, other: Period) -> bool:
    return one is not None and (one.first, one.last) == (other.first, other.last)


def _address_of(movement: Movement) -> str:
    """The page of what moved the balance, if it has one."""
    if movement.source_kind == "payment":
        return url_for("payments.show", payment_id=movement.source_id)
    if movement.source_kind == "credit_note":
        return url_for("payments.credit_note", note_id=movement.source_id)
    return url_for("invoices.show", invoice_id=movement.invoice_id) if movement.invoice_id else ""
