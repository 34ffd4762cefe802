"""What the entries of a billing run come to, and as what each of them counts: every figure of a run is one of these."""

from __future__ import annotations

import uuid

from sqlalchemy import and_, case, distinct, func, select

from app.billing.models import RunEntry
from app.billing.rules.runs import SHOWN, STANDING
from app.extensions import db

ENTRY = RunEntry.__table__.c
STANDS = and_(ENTRY.does == "bill", ENTRY.state.in_(STANDING))
"""Whether an entry is, or is going to be, on an invoice; as `rules.runs.stands` says of one."""
SHOWS = case((STANDS, ENTRY.kind), (ENTRY.kind == "new", "out"), else_="gone")
"""As what an entry counts; as `rules.runs.shown` says of one."""
_SHOWN = SHOWS.label("shown")


def totals_of(business_id: uuid.UUID, run_id: uuid.UUID) -> dict[str, dict[str, list[int]]]:
    """What the entries of a run come to: {currency: {word: [how many, minor units]}}.

    "before" is what was billed the last time of all that are in it; with what is "new", less what is "gone", and with
    the difference of what "changed" it comes to "now", which stands on so many invoices. What is left out counts as
    gone, or as "out" where there was nothing before.
    """
    query = (
        select(ENTRY.currency, _SHOWN, func.count(), func.sum(ENTRY.now_minor), func.sum(ENTRY.before_minor))
        .where(ENTRY.business_id == business_id, ENTRY.run_id == run_id)
        .group_by(ENTRY.currency, _SHOWN)
    )
    found: dict[str, dict[str, list[int]]] = {}
    for currency, word, count, now, before in db.session.execute(query):
        sums = found.setdefault(currency, {name: [0, 0] for name in ("before", *SHOWN, "now")})
        now, before = int(now or 0), int(before or 0)
        moved = {"new": now, "gone": -before, "changed": now - before, "same": 0, "out": 0}[word]
        sums[word] = [int(count), moved]
        if word not in ("new", "out"):
            sums["before"] = [sums["before"][0] + int(count), sums["before"][1] + before]
        if word in ("new", "changed", "same"):
            sums["now"][1] += now
    for currency, number in _invoices(business_id, run_id):
        found[currency]["now"][0] = number
    return found


def _invoices(business_id: uuid.UUID, run_id: uuid.UUID) -> list[tuple[str, int]]:
    on_one = func.coalesce(ENTRY.invoice_id, ENTRY.sheet)
    query = (
        select(ENTRY.currency, func.count(distinct(on_one)))
        .where(ENTRY.business_id == business_id, ENTRY.run_id == run_id, STANDS)
        .group_by(ENTRY.currency)
    )
    return [(row[0], int(row[1])) for row in db.session.execute(query)]


def counts_of(business_id: uuid.UUID, run_id: uuid.UUID) -> tuple[int, int, int]:
    """(entries, odd ones, failed ones) of a run."""
    query = select(
        func.count(), func.count(case((ENTRY.odd != "", 1))), func.count(case((ENTRY.state == "failed", 1)))
    ).where(ENTRY.business_id == business_id, ENTRY.run_id == run_id)
    every, odd, failed = db.session.execute(query).one()
    return int(every), int(odd), int(failed)


def left_to_do(business_id: uuid.UUID, run_id: uuid.UUID, states: tuple[str, ...]) -> int:
    """How many entries of a run are in some states."""
    mine = (ENTRY.business_id == business_id, ENTRY.run_id == run_id, ENTRY.state.in_(states))
    return int(db.session.scalar(select(func.count()).where(*mine)) or 0)
