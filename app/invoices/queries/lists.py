"""Lists of invoices: filtered, sorted, added up per currency."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, select

from app.auth.models import Link
from app.extensions import db
from app.folding import words
from app.invoices import rules
from app.invoices.models import Invoice
from app.invoices.queries.replacing import replaced_by, taken_back_whole
from app.money import CURRENCIES, Money, MoneyError, exponent, parse_decimal
from app.web.paging import Page, paginate

VIEWS = ("all", "unpaid", "overdue", "drafts", "paid", "void", "written_off")
# Rows of a list are no objects, and a statement over plain columns costs half of one over a model.
INVOICE = Invoice.__table__.c
SORTS: dict[str, ColumnElement[Any]] = {
    "newest": INVOICE.id,
    "number": func.coalesce(INVOICE.number, ""),
    "due": INVOICE.due_date,
    "balance": INVOICE.balance_minor,
    "issued": INVOICE.issue_date,
    "updated": INVOICE.updated_at,
}
_UPWARDS = ("due", "updated")
# What has not come in yet on what was issued and still stands, in minor units.
_MISSING = INVOICE.balance_minor + INVOICE.written_off_minor
COLUMNS = (
    INVOICE.id,
    INVOICE.client_id,
    INVOICE.number,
    INVOICE.status,
    INVOICE.buyer_name,
    INVOICE.currency,
    INVOICE.total_minor,
    INVOICE.balance_minor,
    INVOICE.credited_minor,
    INVOICE.issue_date,
    INVOICE.due_date,
    INVOICE.sent_at,
)
_ROWS = select(*COLUMNS)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list shows. `sort` is a key of SORTS; a minus before it turns the order round.

    `unrated` leaves issued documents in other currencies that have no rate to this one. `amounts` are bounds in minor
    units, either of which may be None: ("total" or "balance", from, to).
    """

    view: str = "all"
    text: str = ""
    client_id: uuid.UUID | None = None
    currency: str = ""
    due_from: date | None = None
    due_to: date | None = None
    sort: str = "newest"
    unrated: str = ""
    statuses: tuple[str, ...] = ()
    payment_state: str = ""
    overdue: bool | None = None
    number: str = ""
    issued_from: date | None = None
    issued_to: date | None = None
    amounts: tuple[tuple[str, int | None, int | None], ...] = ()
    updated_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One invoice in a list; `state` is the badge, `gone` what is said of a settled one that was replaced.

    `seen`: nobody is known to have sent it, and the client has opened its link.
    """

    id: uuid.UUID
    client_id: uuid.UUID | None
    number: str | None
    buyer_name: str
    status: str
    state: str
    total: Money
    balance: Money
    issue_date: date
    due_date: date
    sent: bool
    gone: str = ""
    seen: bool = False


def list_invoices(
    business_id: uuid.UUID, filters: Filters, cursor: str | None, today: date, limit: int = 25
) -> Page[Row]:
    """One page of the invoices that `filters` leaves, `today` being the date in the business's time zone."""
    query = _ROWS.where(*conditions(business_id, filters, today))
    scope = (business_id, "invoices", filters, today if filters.view == "overdue" else "")
    page = paginate(query, order_of(filters.sort), cursor, scope=scope, limit=limit)
    taken = [one.id for one in page.items if _taken_back(one)]
    replaced = replaced_by(business_id, taken)
    seen = _seen(business_id, [one.id for one in page.items if one.status == "open" and one.sent_at is None])
    rows = [_row(found, today, found.id in replaced, found.id in seen) for found in page.items]
    return Page(rows, page.next, page.previous)


def sums(business_id: uuid.UUID, filters: Filters, today: date) -> list[tuple[int, Money, Money]]:
    """(how many, total, still owed) of all pages, one entry per currency, the largest sum of documents first."""
    query = (
        select(INVOICE.currency, func.count(), func.sum(INVOICE.total_minor), func.sum(INVOICE.balance_minor))
        .where(*conditions(business_id, filters, today))
        .group_by(INVOICE.currency)
        .order_by(func.count().desc(), INVOICE.currency)
    )
    return [
        (int(many), Money.total(total, currency), Money.total(owed, currency))
        for currency, many, total, owed in db.session.execute(query)
    ]


def names_of(business_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Row]:
    """The invoices of this business among `ids`, as rows; the others are missing."""
    query = _ROWS.where(INVOICE.business_id == business_id, INVOICE.id.in_(ids))
    return {found.id: _row(found, date.max) for found in db.session.execute(query)}


def neighbour(business_id: uuid.UUID, invoice_id: uuid.UUID, *, newer: bool) -> uuid.UUID | None:
    """The id of the issued invoice that was made next after this one, or just before it; None at the ends."""
    beyond = INVOICE.id > invoice_id if newer else INVOICE.id < invoice_id
    order = INVOICE.id.asc() if newer else INVOICE.id.desc()
    query = select(INVOICE.id).where(INVOICE.business_id == business_id, INVOICE.status != "draft", beyond)
    return db.session.scalar(query.order_by(order).limit(1))


def _seen(business_id: uuid.UUID, ids: list[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these invoices, which nobody is known to have sent, their clients have opened all the same."""
    if not ids:
        return set()
    mine = (Link.business_id == business_id, Link.kind == "invoice", Link.object_id.in_(ids))
    return set(db.session.scalars(select(Link.object_id).where(*mine, Link.seen_at.is_not(None))))


def _taken_back(found: Any) -> bool:
    return taken_back_whole(found.status, found.total_minor, found.balance_minor, found.credited_minor)


def _row(found: Any, today: date, replaced: bool = False, seen: bool = False) -> Row:
    facts = (found.status, found.total_minor, found.balance_minor, found.due_date, today)
    return Row(
        id=found.id,
        client_id=found.client_id,
        number=found.number,
        buyer_name=found.buyer_name,
        status=found.status,
        state=rules.state(*facts),
        total=Money(found.total_minor, found.currency),
        balance=Money(found.balance_minor, found.currency),
        issue_date=found.issue_date,
        due_date=found.due_date,
        sent=found.sent_at is not None,
        gone="Replaced" if replaced else "",
        seen=seen,
    )


def order_of(sort: str) -> list[ColumnElement[Any]]:
    """The columns of an order, the id the last."""
    name = sort.removeprefix("-")
    column = SORTS.get(name, SORTS["newest"])
    # Numbers, balances and ages are read from the largest down, due dates from the nearest up, changes as they came.
    down = (name not in _UPWARDS) != sort.startswith("-")
    columns = [column] if name == "newest" else [column, INVOICE.id]
    return [one.desc() if down else one for one in columns]


def _in_view(view: str, today: date) -> list[ColumnElement[bool]]:
    owed = and_(INVOICE.status == "open", INVOICE.balance_minor > 0)
    return {
        "all": [],
        "unpaid": [owed],
        "overdue": [owed, INVOICE.due_date < today],
        "drafts": [INVOICE.status == "draft"],
        "paid": [INVOICE.status == "open", INVOICE.balance_minor == 0],
        "void": [INVOICE.status == "void"],
        "written_off": [INVOICE.status == "written_off"],
    }[view]


def conditions(business_id: uuid.UUID, filters: Filters, today: date) -> list[ColumnElement[bool]]:
    """What `filters` leaves of a business's invoices, `today` being the date there."""
    found = [INVOICE.business_id == business_id, *_in_view(filters.view, today)]
    if filters.client_id:
        found.append(INVOICE.client_id == filters.client_id)
    if filters.currency:
        found.append(INVOICE.currency == filters.currency)
    if filters.due_from:
        found.append(INVOICE.due_date >= filters.due_from)
    if filters.due_to:
        found.append(INVOICE.due_date <= filters.due_to)
    if filters.unrated:
        none = INVOICE.base_currency.is_distinct_from(filters.unrated)
        found += [INVOICE.status.not_in(("draft", "void")), INVOICE.currency != filters.unrated, none]
    if filters.text.strip():
        found.append(_matching(filters.text))
    return found + _for_programs(filters, today)


def _for_programs(filters: Filters, today: date) -> list[ColumnElement[bool]]:
    """What only programs ask for."""
    found: list[ColumnElement[bool]] = []
    if filters.statuses:
        found.append(INVOICE.status.in_(filters.statuses))
    if filters.payment_state:
        found.append(_paid_as(filters.payment_state))
    if filters.overdue is not None:
        late = and_(*_in_view("overdue", today))
        found.append(late if filters.overdue else not_(late))
    if filters.number:
        found.append(INVOICE.number == filters.number)
    bounds: list[tuple[Any, Any, Any]] = [
        (INVOICE.issue_date, filters.issued_from, filters.issued_to),
        (INVOICE.updated_at, filters.updated_since, None),
    ]
    bounds += [(INVOICE[f"{name}_minor"], least, most) for name, least, most in filters.amounts]
    for column, least, most in bounds:
        found += [column >= least] if least is not None else []
        found += [column <= most] if most is not None else []
    return found


def _paid_as(payment_state: str) -> ColumnElement[bool]:
    """As `rules.payment_state` says it of one."""
    nothing_came = INVOICE.status.in_(("draft", "void"))
    if payment_state == "unpaid":
        return or_(nothing_came, and_(_MISSING > 0, INVOICE.total_minor <= _MISSING))
    paid = _MISSING <= 0 if payment_state == "paid" else and_(_MISSING > 0, INVOICE.total_minor > _MISSING)
    return and_(not_(nothing_came), paid)


def _matching(text: str) -> ColumnElement[bool]:
    """Every word stands in the search text, or the whole is the total or the balance."""
    in_text = [INVOICE.search.contains(word, autoescape=True) for word in words(text)]
    if not in_text:
        # What was typed holds nothing that could be found.
        return false()
    return or_(and_(*in_text), *_amounts(text))


def _amounts(text: str) -> list[ColumnElement[bool]]:
    """What is typed as an amount, in minor units of whatever currency a document is in.

    Decimals that are left out may be any: 1250 finds 1,250.00 and 1,250.75, and 1250.00 only the first.
    """
    try:
        major = parse_decimal(_without_currency(text), places=4, integer_digits=13)
    except MoneyError:
        return []
    typed = -int(major.as_tuple().exponent)
    by_places: dict[int, list[str]] = {}
    for code in CURRENCIES:
        by_places.setdefault(exponent(code), []).append(code)
    found = []
    for places, codes in by_places.items():
        minor = major.scaleb(places)
        if minor == minor.to_integral_value():
            least, most = int(minor), int(minor) + 10 ** max(places - typed, 0) - 1
            same = or_(INVOICE.total_minor.between(least, most), INVOICE.balance_minor.between(least, most))
            # Two decimals are the rule; naming the few others keeps the statement short.
            held = INVOICE.currency.not_in(_odd(by_places)) if places == 2 else INVOICE.currency.in_(codes)
            found.append(and_(held, same))
    return found


def _without_currency(text: str) -> str:
    """The figure of "₦1,250.00" or "1,250.00 NGN"."""
    figure = " ".join(word for word in text.split() if word.upper() not in CURRENCIES)
    return "".join(letter for letter in figure if unicodedata.category(letter) != "Sc").strip()


def _odd(by_places: dict[int, list[str]]) -> list[str]:
    return [code for places, codes in by_places.items() if places != 2 for code in codes]
