"""A client's own statement: what was billed and paid in a period they choose, and what is open today."""

from __future__ import annotations

from typing import Any

from flask import Response, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.errors import Invalid, NotFound
from app.money import Money
from app.payments.queries.saved_cards import active_cards
from app.portal import rules
from app.portal.queries import OpenedAccount, pay_tokens
from app.portal.service import note_statement_seen
from app.portal.views import blueprint
from app.portal.views.doorway import account_letterhead, enter_account
from app.portal.views.paying import refreshing
from app.reports.periods import Period
from app.reports.printing import ages_shown, late_words, statement_filename, told
from app.reports.service.printing import Asked, find_printed, request_pdf
from app.reports.statement import NAMED, chosen_period, latest, typed_period
from app.reports.statement_queries import Account, get_account
from app.storage.logos import screen_logo
from app.web.access import client_ip, public
from app.web.downloads import name_file
from app.web.drawing import drawn

SHOWN_LINES = 40
SHOWN_OPEN = 20


@blueprint.get("/c/<token>/")
@public
def statement(token: str) -> ResponseReturnValue:
    """The balance, what moved it, and what is open today with a way to pay it."""
    opened = enter_account(token)
    account, problem = _read(opened)
    page = render_template("portal/statement.html", **_page(opened, account, problem))
    if account is not None and not _is_staff(opened) and not rules.is_preview(request.user_agent.string):
        _note(opened)
    return page, 200 if account else 422


@blueprint.get("/c/<token>/pdf/")
@public
def statement_pdf(token: str) -> ResponseReturnValue:
    """The file, or a page that looks for it again while it is drawn."""
    opened = enter_account(token)
    account, problem = _read(opened)
    if account is None:
        page = render_template("portal/statement.html", **_page(opened, account, problem))
        return page, 422
    asked = Asked(opened.business.id, opened.client.id, account.period, account.currency)
    found = drawn(lambda: find_printed(asked, clock.now()), lambda: request_pdf(asked, now=clock.now()))
    if found is None:
        days = _days(account)
        again, head = url_for("portal.statement", token=token, **days), account_letterhead(enter_account(token))
        return refreshing("portal/drawing.html", waiting=True, keep=days, way_back=again, **head)
    response: Response = make_response(found)
    response.mimetype = "application/pdf"
    name = statement_filename(account.client, account.period)
    name_file(response, name)
    response.cache_control.private = True
    response.cache_control.no_cache = True
    return response


@blueprint.get("/c/<token>/logo.png")
@public
def statement_logo(token: str) -> ResponseReturnValue:
    """The logo of the business as it is today, for the page and for the e-mail."""
    key = enter_account(token).business.logo_key
    if not key:
        raise NotFound
    response: Response = make_response(screen_logo(key))
    response.mimetype = "image/png"
    response.cache_control.private = True
    response.cache_control.max_age = 3600
    return response


def _read(opened: OpenedAccount) -> tuple[Account | None, str]:
    """The statement that the address names, or why there is none: another than the one asked for would mislead."""
    args, today = request.args, clock.today(opened.business.timezone)
    try:
        if "from" in args or "to" in args:
            period = typed_period(args.get("from", ""), args.get("to", ""))
        else:
            period = chosen_period(args.get("period", ""), today)
        return get_account(opened.business.id, opened.client.id, period, today, args.get("currency", "")), ""
    except Invalid as error:
        return None, " ".join(one for sentences in error.errors.values() for one in sentences)


def _page(opened: OpenedAccount, account: Account | None, problem: str) -> dict[str, Any]:
    """Everything the page shows."""
    head = account_letterhead(opened) | {"account": account, "problem": problem, "choices": _choices(opened, account)}
    if account is None:
        return head
    open_now = account.open[:SHOWN_OPEN]
    tokens = pay_tokens(opened.business.id, [invoice.id for invoice in open_now])
    return head | {
        "amount": lambda minor: Money.total(minor, account.currency),
        "shown": latest(account.statement, SHOWN_LINES),
        "told": lambda movement: told(movement, to_client=True),
        "late": late_words(account, account.language),
        "parts": ages_shown(account),
        "open": [(invoice, tokens.get(invoice.id)) for invoice in open_now],
        "pdf_url": url_for("portal.statement_pdf", token=opened.token, **_days(account)),
        "currency_urls": [
            (code, url_for("portal.statement", token=opened.token, **_days(account) | {"currency": code}))
            for code in account.currencies
        ],
        "cards": active_cards(opened.business.id, opened.client.id),
        "remove_card_url": lambda card: url_for("portal.remove_own_card_form", token=opened.token, kept_id=card.id),
        "ask_url": rules.ask_about_statement_url(opened.business.phone),
    }


def _choices(opened: OpenedAccount, account: Account | None) -> list[tuple[str, str, bool]]:
    """Periods to choose: address, name, whether it is the one that is shown."""
    today, found = clock.today(opened.business.timezone), []
    currency = account.currency if account and len(account.currencies) > 1 else None
    for name, word in NAMED:
        period = chosen_period(name, today)
        same = account is not None and _ends(account.period) == _ends(period)
        found.append((url_for("portal.statement", token=opened.token, period=name, currency=currency), word, same))
    return found


def _ends(period: Period) -> tuple[str, str]:
    return period.first.isoformat(), period.last.isoformat()


def _days(account: Account) -> dict[str, str]:
    first, last = _ends(account.period)
    return {"from": first, "to": last, "currency": account.currency}


def _note(opened: OpenedAccount) -> None:
    """Write down that the client was here; the page is drawn already, so nothing is read for it again."""
    link, now = opened.link, clock.now()
    if rules.counts_as_seen(link.seen_at, now):
        ids = (link.business_id, link.object_id, link.token_hash)
        note_statement_seen(*ids, now=now, ip=client_ip(), request_id=g.get("request_id", ""))


def _is_staff(opened: OpenedAccount) -> bool:
    """Somebody of the business looks at what the client will see."""
    return bool(current_user.is_authenticated) and current_user.business_id == opened.link.business_id
