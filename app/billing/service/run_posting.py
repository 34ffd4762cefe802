"""Posting a billing run: every period is claimed before anything is made of it, then invoices are issued of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select

from app import bulk, clock
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import queries
from app.billing.models import BillingRun, ParkedClient, RunEntry
from app.billing.rules.bundling import Bundle, bundles
from app.billing.rules.runs import PolicyValues
from app.billing.service.planning import bundle_of, due_in, suspended_since
from app.billing.service.reckoning import Reckoner, paid_once, without
from app.billing.service.run_claiming import Outcome, Part, claim, go_on, note_entries, note_invoices
from app.billing.service.run_sending import first_sending
from app.billing.service.run_steps import ask, count, held, moved, tell
from app.database import among, transactional
from app.errors import DuelyError
from app.extensions import db
from app.invoices.service import issue_many
from app.invoices.values import DraftValues, Issued
from app.money import Money, format_money

CLIENTS = 1000
"""Clients whose periods are posted in one transaction."""
ENTRY = RunEntry.__table__.c
NOT_DUE = "It is not due any more: it was billed, or the subscription was changed, after the run was planned."
SUSPENDED = "It was suspended after the run was planned."
RESTORED = "It was suspended when the run was planned, and is not any more."
LATEST = "It was missed when the run was planned, and no later one is due any more."
PRICED = "It cost nothing when the run was planned, and does now."
OTHER_DAYS = "It stands for other days than when the run was planned."
PARKED = "The client was parked after the run was planned."
_LEFT = {"price": "failed", "runaway": "parked", "parked": "parked"}
"""What becomes of an odd entry that is not billed; any other is left out."""


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
    with bulk.uncollected():
        _Piece(run, clients, now).post()
    if by_job:
        ask(run, "post", total=run.entries)
    return True


def _next_clients(run: BillingRun) -> list[uuid.UUID]:
    mine = (ENTRY.business_id == run.business_id, ENTRY.run_id == run.id, ENTRY.state == "planned")
    query = select(ENTRY.client_id).where(*mine).distinct().order_by(ENTRY.client_id)
    return list(db.session.scalars(query.limit(CLIENTS)))


class _Piece:
    """What some clients have in a run, and what becomes of each entry."""

    def __init__(self, run: BillingRun, clients: Sequence[uuid.UUID], now: datetime) -> None:
        self.run, self.clients, self.now = run, clients, now
        self.business, self.policy = get_business(run.business_id), PolicyValues(**run.policy)
        self.found = queries.due.due_of_clients(run.business_id, clients, run.as_of)
        self.reckoner = Reckoner(self.business)
        self.outcomes: dict[uuid.UUID, Outcome] = {}

    def post(self) -> None:
        """Bill them; what is wrong with one keeps no other from being billed."""
        self.reckoner.learn(self.found)
        entries = self._entries()
        parts = list(self._parts(entries))
        try:
            with db.session.begin_nested():
                billed = self._bill(parts)
        except DuelyError:
            billed = self._bill_each(parts)
        self.outcomes |= billed
        note_entries(self.run, self.outcomes)
        taken = [part for part in parts if self.outcomes[part.entry.id].state in ("posted", "skipped")]
        go_on(self.run, self.found, taken)
        self.run.done += len(entries)

    def _entries(self) -> Sequence[Any]:
        query = select(
            ENTRY.id, ENTRY.subscription_id, ENTRY.client_id, ENTRY.period_start, ENTRY.period_end, ENTRY.currency,
            ENTRY.now_minor, ENTRY.odd, ENTRY.words, ENTRY.does, ENTRY.decision, ENTRY.by_itself,
        ).where(
            ENTRY.business_id == self.run.business_id,
            ENTRY.run_id == self.run.id,
            ENTRY.state == "planned",
            among(ENTRY.client_id, self.clients),
        )  # fmt: skip
        return db.session.execute(query.order_by(ENTRY.client_id, ENTRY.id)).all()

    def _parts(self, entries: Sequence[Row[Any]]) -> Iterator[Part]:
        """What is to be claimed. What is not billed, or came out different, gets its outcome here."""
        wanted: dict[uuid.UUID, dict[date, Row[Any]]] = {}
        for entry in entries:
            wanted.setdefault(entry.subscription_id, {})[entry.period_start] = entry
            self.outcomes[entry.id] = Outcome("left_out", NOT_DUE)
        parked = self._parked()
        for one in self.found:
            mine, items = wanted.get(one.row.id, {}), one.items
            for billed in due_in(self.business, self.policy, one, self.run.as_of) if mine else ():
                once = paid_once(items, billed)
                approved = mine.get(billed.period.start)
                if approved is not None:
                    part = Part(approved, one, billed, self.reckoner.reckon(one, billed, items), once)
                    if (why := self._why_not(part, one.row.client_id in parked)) is None:
                        yield part
                    else:
                        self.outcomes[approved.id] = why
                if approved is not None and approved.does == "bill":
                    items = without(items, once)

    def _parked(self) -> set[uuid.UUID]:
        query = select(ParkedClient.client_id).where(
            ParkedClient.business_id == self.run.business_id,
            among(ParkedClient.client_id, self.clients),
            ParkedClient.let_go_at.is_(None),
        )
        return set(db.session.scalars(query))

    def _why_not(self, part: Part, parked: bool) -> Outcome | None:
        """What becomes of a period that is not claimed now, as was approved; None for one that is."""
        entry, reckoned = part.entry, part.reckoned
        if entry.does == "leave":
            return Outcome(_LEFT.get(entry.odd, "left_out"), entry.words)
        if entry.does == "skip":
            return self._why_not_skip(part)
        if reckoned.problem:
            return Outcome("failed", reckoned.problem)
        if reckoned.total_minor != entry.now_minor or part.billed.period.end != entry.period_end:
            new, old = (format_money(Money(m, entry.currency)) for m in (reckoned.total_minor, entry.now_minor))
            return Outcome("left_out", f"It comes to {new} now, and {old} was approved.")
        if entry.decision == "bill":
            return None
        if parked:
            return Outcome("parked", PARKED)
        suspended = suspended_since(self.business, part.one, part.billed)
        return Outcome("left_out", SUSPENDED) if suspended and not self.policy.bill_suspended else None

    def _why_not_skip(self, part: Part) -> Outcome | None:
        """The same of a period that is to be claimed and never billed: only while the reason of that holds."""
        entry, one, billed = part.entry, part.one, part.billed
        if billed.period.end != entry.period_end:
            return Outcome("left_out", OTHER_DAYS)
        if entry.decision == "skip":
            return None
        if entry.odd == "suspended":
            away = suspended_since(self.business, one, billed) and not self.policy.bill_suspended
            return None if away else Outcome("left_out", RESTORED)
        if entry.odd == "missed":
            today = min(clock.day_in(self.now, self.business.timezone), self.run.as_of)
            latest = queries.due.latest_day(one, due_in(self.business, self.policy, one, self.run.as_of), today)
            return None if latest is not None and billed.bill_on < latest else Outcome("left_out", LATEST)
        return None if part.reckoned.free else Outcome("left_out", PRICED)

    def _bill_each(self, parts: Sequence[Part]) -> dict[uuid.UUID, Outcome]:
        """The same client by client: something was wrong with one of them."""
        outcomes: dict[uuid.UUID, Outcome] = {}
        for mine in _by_client(parts):
            try:
                with db.session.begin_nested():
                    outcomes |= self._bill(mine)
            except DuelyError as error:
                outcomes |= {part.entry.id: Outcome("failed", str(error)[:300]) for part in mine}
        return outcomes

    def _bill(self, parts: Sequence[Part]) -> dict[uuid.UUID, Outcome]:
        """Claim periods, issue the invoices of those that cost something, and write down on which each stands."""
        if not parts:
            return {}
        claim(self.run, parts, self.now)
        billed = [part for part in parts if part.entry.does == "bill"]
        sheets = [sheet for mine in _by_client(billed) for sheet in self._sheets(mine)]
        issued = post_invoices(Actor.system(self.run.business_id), [_draft(*sheet) for sheet in sheets], self.now)
        stands = [(part, one) for (_, mine), one in zip(sheets, issued, strict=True) for part in mine]
        note_invoices(self.run, stands, self.now)
        outcomes = {part.entry.id: Outcome("skipped") for part in parts}
        return outcomes | {part.entry.id: Outcome("posted", "", one.id) for part, one in stands}

    def _sheets(self, parts: Sequence[Part]) -> Iterator[tuple[Bundle, list[Part]]]:
        """What of a client stands on one invoice, the earliest invoice first."""
        if len(parts) == 1:
            yield bundle_of(self.business, parts[0].one, parts[0].billed), list(parts)
            return
        yield from bundles((bundle_of(self.business, part.one, part.billed), part) for part in parts).items()


def post_invoices(actor: Actor, drafts: Sequence[DraftValues], now: datetime) -> list[Issued]:
    """Issue the invoices of a piece of a run, in the order given."""
    return issue_many(actor, drafts, now=now)


def _by_client(parts: Sequence[Part]) -> list[list[Part]]:
    of_clients: dict[uuid.UUID, list[Part]] = {}
    for part in parts:
        of_clients.setdefault(part.entry.client_id, []).append(part)
    return list(of_clients.values())


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
        lines=parts[0].reckoned.lines if len(parts) == 1 else tuple(x for part in parts for x in part.reckoned.lines),
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
