"""Posting a billing run: every period is claimed before anything is made of it, then invoices are issued of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select

from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import queries
from app.billing.models import BilledPeriod, BillingRun, ParkedClient, RunEntry
from app.billing.queries import Agreement
from app.billing.rules.bundling import Bundle, bundles
from app.billing.rules.due import left
from app.billing.rules.runs import PolicyValues
from app.billing.service.planning import bundle_of, suspended_since
from app.billing.service.reckoning import Reckoner, paid_once, without
from app.billing.service.run_claiming import Part, claim, go_on, note_invoices
from app.billing.service.run_sending import first_sending
from app.billing.service.run_steps import ask, count, held, moved, tell
from app.database import among, transactional
from app.errors import DuelyError
from app.extensions import db
from app.invoices.service import issue_many
from app.invoices.values import DraftValues, Issued
from app.money import Money, format_money

CLIENTS = 500
"""Clients whose periods are posted in one transaction."""
ENTRY, CLAIM = RunEntry.__table__, BilledPeriod.__table__
NOT_DUE = "It is not due any more: it was billed, or the subscription was changed, after the run was planned."
SUSPENDED = "It was suspended after the run was planned."
PARKED = "The client was parked after the run was planned."


@transactional
def post_next(business_id: uuid.UUID, run_id: uuid.UUID, *, now: datetime, by_job: bool = True) -> bool:
    """Post the next clients of an approved run; after the last it is posted. Returns whether there are more.

    A run that is in another state is left alone.
    """
    run = held(business_id, run_id)
    if run.state not in ("approved", "posting"):
        return False
    moved(run, "post")
    clients = _next_clients(run)
    if not clients:
        _finish(run, now)
        return False
    _post(run, clients, now)
    db.session.flush()
    if by_job:
        ask(run, "post", total=run.entries)
    return True


def _next_clients(run: BillingRun) -> list[uuid.UUID]:
    query = (
        select(RunEntry.client_id)
        .where(RunEntry.business_id == run.business_id, RunEntry.run_id == run.id, RunEntry.state == "planned")
        .distinct()
        .order_by(RunEntry.client_id)
        .limit(CLIENTS)
    )
    return list(db.session.scalars(query))


def _post(run: BillingRun, clients: Sequence[uuid.UUID], now: datetime) -> None:
    """Post what some clients have in a run; what is wrong with one of them keeps no other from being billed."""
    found = queries.due.due_of_clients(run.business_id, clients, run.as_of)
    entries = _entries(run, clients)
    reckoner = Reckoner(get_business(run.business_id))
    reckoner.learn(found)
    parts = list(_parts(run, entries, found, reckoner))
    run.done += len(entries)
    try:
        with db.session.begin_nested():
            _bill(run, parts, now)
    except DuelyError:
        _bill_each(run, parts, now)
    go_on(run, found, parts)


def _entries(run: BillingRun, clients: Sequence[uuid.UUID]) -> list[RunEntry]:
    query = select(RunEntry).where(
        RunEntry.business_id == run.business_id,
        RunEntry.run_id == run.id,
        RunEntry.state == "planned",
        among(RunEntry.client_id, clients),
    )
    return list(db.session.scalars(query.order_by(RunEntry.client_id, RunEntry.id)))


def _parts(
    run: BillingRun, entries: Sequence[RunEntry], found: Sequence[Agreement], reckoner: Reckoner
) -> Iterator[Part]:
    """What is to be claimed. Entries that are not billed, or came out different, are told so and left."""
    wanted: dict[uuid.UUID, dict[object, RunEntry]] = {}
    for entry in entries:
        wanted.setdefault(entry.subscription_id, {})[entry.period_start] = entry
    parked = _parked(run, [entry.client_id for entry in entries])
    for one in found:
        mine, items = wanted.get(one.row.id, {}), one.items
        since = one.row.next_bill_on or run.as_of
        for billed in left(one.terms(), one.claimed, since, run.as_of) if mine else ():
            approved: RunEntry | None = mine.pop(billed.period.start, None)  # type: ignore[arg-type]
            if approved is not None:
                part = Part(approved, one, billed, reckoner.reckon(one, billed, items), paid_once(items, billed))
                if _is_kept(run, part, one.row.client_id in parked):
                    yield part
            items = without(items, paid_once(items, billed))
    for mine in wanted.values():
        for entry in mine.values():
            _leave(entry, NOT_DUE)


def _parked(run: BillingRun, clients: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    query = select(ParkedClient.client_id).where(
        ParkedClient.business_id == run.business_id,
        among(ParkedClient.client_id, clients),
        ParkedClient.let_go_at.is_(None),
    )
    return set(db.session.scalars(query))


def _is_kept(run: BillingRun, part: Part, parked: bool) -> bool:
    """Whether a period is claimed now, as was approved; if not, its entry says why."""
    entry, reckoned = part.entry, part.reckoned
    if entry.does == "leave":
        entry.state = {"price": "failed", "runaway": "parked", "parked": "parked"}.get(entry.odd, "left_out")
        entry.problem = entry.words
        return False
    if entry.does == "skip":
        return True
    if reckoned.problem:
        return _leave(entry, reckoned.problem)
    if reckoned.total_minor != entry.now_minor or part.billed.period.end != entry.period_end:
        new, old = (format_money(Money(m, entry.currency)) for m in (reckoned.total_minor, entry.now_minor))
        return _leave(entry, f"It comes to {new} now, and {old} was approved.")
    if entry.decision != "bill" and parked and entry.odd not in ("parked", "runaway"):
        return _leave(entry, PARKED)
    policy = PolicyValues(**run.policy)
    suspended = suspended_since(get_business(run.business_id), part.one, part.billed)
    if suspended and not policy.bill_suspended and entry.decision != "bill":
        return _leave(entry, SUSPENDED)
    return True


def _leave(entry: RunEntry, why: str) -> bool:
    entry.state, entry.problem = "left_out", why
    return False


def _bill_each(run: BillingRun, parts: Sequence[Part], now: datetime) -> None:
    """The same client by client: something was wrong with one of them."""
    of_clients: dict[uuid.UUID, list[Part]] = {}
    for part in parts:
        of_clients.setdefault(part.entry.client_id, []).append(part)
    for mine in of_clients.values():
        try:
            with db.session.begin_nested():
                _bill(run, mine, now)
        except DuelyError as error:
            for part in mine:
                db.session.refresh(part.entry)
                part.entry.state, part.entry.problem = "failed", str(error)[:300]


def _bill(run: BillingRun, parts: Sequence[Part], now: datetime) -> None:
    """Claim periods, issue the invoices of those that cost something, and write down on which each stands."""
    if not parts:
        return
    claimed = claim(run, parts, now)
    for part in parts:
        if part.claim not in claimed:
            _leave(part.entry, NOT_DUE)
        elif part.entry.does == "skip":
            part.entry.state = "skipped"
    billed = [part for part in parts if part.claim in claimed and part.entry.does == "bill"]
    sheets = list(_sheets(run, billed))
    issued = post_invoices(Actor.system(run.business_id), [_draft(bundle, mine) for bundle, mine in sheets], now)
    for (_bundle, mine), invoice in zip(sheets, issued, strict=True):
        for part in mine:
            part.entry.state, part.entry.invoice_id = "posted", invoice.id
    note_invoices(run, [(part, one) for (_, mine), one in zip(sheets, issued, strict=True) for part in mine], now)


def post_invoices(actor: Actor, drafts: Sequence[DraftValues], now: datetime) -> list[Issued]:
    """Issue the invoices of a piece of a run, in the order given."""
    return issue_many(actor, drafts, now=now)


def _sheets(run: BillingRun, parts: Sequence[Part]) -> Iterator[tuple[Bundle, list[Part]]]:
    """What stands on one invoice, client by client, the earliest invoice first."""
    business = get_business(run.business_id)
    of_clients: dict[uuid.UUID, list[Part]] = {}
    for part in parts:
        of_clients.setdefault(part.entry.client_id, []).append(part)
    for mine in of_clients.values():
        yield from bundles((bundle_of(business, part.one, part.billed), part) for part in mine).items()


def _draft(bundle: Bundle, parts: Sequence[Part]) -> DraftValues:
    notes = [part.one.row.notes for part in parts if part.one.row.notes]
    return DraftValues(
        currency=bundle.currency,
        issue_date=bundle.bill_on,
        terms_days=bundle.terms_days,
        client_id=parts[0].entry.client_id,
        po_number=bundle.po_number,
        notes="\n\n".join(dict.fromkeys(notes)),
        prices_include_tax=bundle.prices_include_tax,
        lines=tuple(line for part in parts for line in part.reckoned.lines),
    )


def _finish(run: BillingRun, now: datetime) -> None:
    """Everything is posted: the messages wait for their time."""
    moved(run, "finish")
    run.posted_at = now
    count(run)
    run.send_at = first_sending(run, now) if run.sends else None
    tell(Actor.system(run.business_id), run, "posted", now, {"totals": run.totals, "failed": run.failed})
    if run.send_at is not None:
        ask(run, "send", due_at=run.send_at)
