"""Billing runs up to the moment they are posted: started, planned, looked at, approved or thrown away."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.exc import IntegrityError

from app import bulk, clock
from app.auth.queries import get_business, somebody_is_verified
from app.auth.rules import Actor
from app.billing import queries
from app.billing.errors import StaleRun
from app.billing.models import BillingRun, RunEntry
from app.billing.rules.runs import PolicyValues, move, noted
from app.billing.service.planning import Asked, Planned, gone, plan_chunk
from app.billing.service.reaching import reach_of
from app.billing.service.reckoning import Reckoner
from app.billing.service.run_policies import park
from app.billing.service.run_steps import ask, begin, count, held, moved, tell
from app.database import new_id, transactional
from app.errors import Invalid
from app.extensions import db

CLIENTS = 2000
"""Clients that are planned in one transaction."""
TRIES = 9
"""How often other runs may be in the way of one that stores what it planned."""
FARTHEST = timedelta(days=92)
"""How far ahead a run may bill: it holds all periods up to that day until somebody decides."""
LOOKED_BACK = timedelta(days=31)
"""How far back the first run looks for what was billed before."""


@transactional
def start_run(actor: Actor, as_of: date, *, now: datetime, sends: bool = True, by_job: bool = True) -> BillingRun:
    """Begin a billing run of everything that is due by a day. It is planned by a job; with `by_job` false by whoever
    calls `plan_next`. `sends` says whether messages are to leave. What a person starts is looked at by a person.
    Needs staff. Raises Invalid naming `as_of` for a day that is too far away."""
    actor.require("staff")
    today = clock.day_in(now, get_business(actor.business_id).timezone)
    if as_of > today + FARTHEST:
        raise Invalid("as_of", f"Choose a day within the next {FARTHEST.days} days.")
    run = BillingRun(
        business_id=actor.business_id,
        id=new_id(),
        as_of=as_of,
        policy=noted(queries.policy_of(actor.business_id)),
        sends=sends,
        created_by=actor.person_id,
        created_at=now,
        rounds=0,
        done=0,
    )
    db.session.add(run)
    if by_job:
        ask(run, "plan")
    db.session.flush()
    if actor.kind == "person":
        # A run of the calendar that finds nothing new leaves no trace.
        tell(actor, run, "started", now)
    return run


@transactional
def plan_next(business_id: uuid.UUID, run_id: uuid.UUID, *, now: datetime, by_job: bool = True) -> bool:
    """Plan the next clients of a run; after the last the run is ready to be looked at. Returns whether there are more.

    A run that is no longer being planned is left alone.
    """
    run = held(business_id, run_id)
    if run.state != "planning":
        return False
    asked = asked_for(run, now)
    with bulk.uncollected():
        chunk = queries.due.due_chunk(business_id, run.as_of, run.place, CLIENTS)
        if chunk is not None:
            _note(run, plan_chunk(_reaching(asked, chunk.agreements), chunk), now)
    if chunk is None:
        _show(run, asked, now)
        return False
    run.place, run.done = chunk.last, run.done + len(chunk.agreements)
    if by_job:
        ask(run, "plan")
    return True


def asked_for(run: BillingRun, now: datetime) -> Asked:
    """What planning a run goes by."""
    business = get_business(run.business_id)
    today = min(clock.day_in(now, business.timezone), run.as_of)
    policy, by_person = PolicyValues(**run.policy), run.created_by is not None
    return Asked(business, policy, Reckoner(business), run.as_of, today, lambda _one: True, by_person)


def look(business_id: uuid.UUID, as_of: date, *, now: datetime) -> Iterator[Planned]:
    """What a run that is started now would hold, changing nothing."""
    run = BillingRun(business_id=business_id, as_of=as_of, policy=noted(queries.policy_of(business_id)))
    asked, after = asked_for(run, now), None
    while chunk := queries.due.due_chunk(business_id, as_of, after, CLIENTS):
        yield from plan_chunk(asked, chunk)
        after = chunk.last


def _reaching(asked: Asked, found: list[Any]) -> Asked:
    reachable = reach_of(asked.business, queries.run_facts.dead_addresses(asked.business.id), found)
    return Asked(asked.business, asked.policy, asked.reckoner, asked.as_of, asked.today, reachable, asked.by_person)


_COLUMNS = (
    "id", "subscription_id", "client_id", "period_start", "period_end", "bill_on", "sheet", "currency", "kind",
    "now_minor", "before_minor", "why", "odd", "words", "by_itself", "does", "state",
)  # fmt: skip


def _note(run: BillingRun, planned: Iterable[Planned], now: datetime) -> None:
    """Store what was planned; a period that waits in another run stays there."""
    planned = list(planned)
    for left in reversed(range(TRIES)):
        try:
            with db.session.begin_nested():
                _write(run, planned, now)
            return
        except IntegrityError:
            # Another run has stored some of it since we looked: now it is seen that it waits there.
            if not left:
                raise


def _write(run: BillingRun, planned: Sequence[Planned], now: datetime) -> None:
    sheets: dict[Any, str] = {}
    rows = bulk.Sheet(RunEntry, _COLUMNS, run.business_id, run_id=run.id)
    waiting = queries.runs.waiting_periods(run, {one.one.row.id for one in planned})
    for one in planned:
        row, verdict, period = one.one.row, one.verdict, one.billed.period
        if (row.id, period.start) in waiting and one.kind != "gone":
            continue
        if verdict.odd == "reversed" and verdict.does == "bill":
            run.needs_person = True
        if verdict.odd == "runaway":
            park(Actor.system(run.business_id), row.client_id, row.id, verdict.words, now)
        sheet = sheets.setdefault((row.client_id, one.bundle), new_id().hex)
        days = (period.start.isoformat(), period.end.isoformat(), one.billed.bill_on.isoformat())
        about = (new_id().hex, row.id.hex, row.client_id.hex, *days, sheet, row.currency, one.kind)
        amounts = (one.reckoned.total_minor, one.before_minor, one.why)
        state = "gone" if one.kind == "gone" else "planned"
        rows.add((*about, *amounts, verdict.odd, verdict.words[:300], verdict.does, verdict.does, state))
    bulk.write((rows,))


def _show(run: BillingRun, asked: Asked, now: datetime) -> None:
    """The plan is made: it is looked at by people, or approves itself."""
    before = queries.runs.previous(run.business_id, run)
    since = max(before.as_of if before else run.as_of - LOOKED_BACK, run.as_of - 2 * LOOKED_BACK)
    if since < run.as_of:
        _note(run, gone(asked, since), now)
    moved(run, "show")
    run.place, run.done, run.planned_at = None, 0, now
    run.review_until = now + timedelta(days=asked.policy.review_days)
    count(run)
    system = Actor.system(run.business_id)
    if run.created_by is None and not _anything_new(run):
        db.session.execute(_entries(run, delete(RunEntry)))
        db.session.delete(run)
        return
    tell(system, run, "planned", now, {"entries": run.entries, "odd": run.odd})
    if _approves_itself(run, asked.policy):
        if asked.policy.review_days:
            ask(run, "approve", due_at=run.review_until)
        else:
            _approved(system, run, now)


def _approves_itself(run: BillingRun, policy: PolicyValues) -> bool:
    """Whether nobody is asked: as the policy says, for what no person started, where somebody's address is known."""
    alone = policy.approve_alone and run.created_by is None and not run.needs_person
    return alone and somebody_is_verified(run.business_id)


def _anything_new(run: BillingRun) -> bool:
    """Whether a run says or does anything that no earlier one did: something is billed, or there is a new obstacle."""
    earlier = RunEntry.__table__.alias("earlier")
    known = exists().where(
        earlier.c.business_id == RunEntry.business_id,
        earlier.c.subscription_id == RunEntry.subscription_id,
        earlier.c.period_start == RunEntry.period_start,
        earlier.c.state.in_(("left_out", "failed", "parked")),
    )
    mine = (RunEntry.business_id == run.business_id, RunEntry.run_id == run.id, RunEntry.kind != "gone")
    query = select(RunEntry.id).where(*mine, (RunEntry.does != "leave") | ~known)
    return db.session.scalar(query.limit(1)) is not None


def _entries(run: BillingRun, statement: Any) -> Any:
    return statement.where(RunEntry.business_id == run.business_id, RunEntry.run_id == run.id)


@transactional
def approve(actor: Actor, run_id: uuid.UUID, *, version: int | None, looked: bool, now: datetime) -> BillingRun:
    """Let a run be posted, by a job. `looked` says that somebody looked at the odd ones. Needs staff.

    Raises NotFound, NotVerified, WrongRun, StaleRun, and Invalid naming `looked`.
    """
    actor.require("staff")
    actor.require_verified()
    run = held(actor.business_id, run_id)
    move(run.state, "approve")
    if version is not None and run.version != version:
        raise StaleRun(current=run)
    if run.odd and not looked:
        raise Invalid("looked", "Look at the odd ones first, and say that you did.")
    _approved(actor, run, now)
    return run


@transactional
def approve_by_itself(business_id: uuid.UUID, run_id: uuid.UUID, *, now: datetime) -> None:
    """The days in which somebody could look at a run are over: it approves itself, if it still waits."""
    run = held(business_id, run_id)
    if run.state != "review" or run.needs_person or run.review_until is None:
        return
    if now < run.review_until:
        # Whoever rang had another clock. Nobody else would ask again.
        ask(run, "approve", due_at=run.review_until)
        return
    _approved(Actor.system(business_id), run, now)


def _approved(actor: Actor, run: BillingRun, now: datetime) -> None:
    moved(run, "approve")
    run.approved_at, run.approved_by, run.place = now, actor.person_id, None
    begin(run, ("planned",))
    tell(actor, run, "approved", now, {"totals": run.totals})
    ask(run, "post", total=run.entries)


@transactional
def plan_again(actor: Actor, run_id: uuid.UUID, *, now: datetime, version: int | None = None) -> BillingRun:
    """Throw the plan of a run away and make it anew; what was decided on odd ones is asked again. Needs staff.

    Raises NotFound, WrongRun, StaleRun.
    """
    actor.require("staff")
    run = _seen(actor, run_id, version)
    moved(run, "plan_again")
    db.session.execute(_entries(run, delete(RunEntry)))
    run.policy, run.place, run.done = noted(queries.policy_of(run.business_id)), None, 0
    run.needs_person, run.entries, run.odd, run.totals = False, 0, 0, {}
    tell(actor, run, "planned_again", now)
    ask(run, "plan")
    return run


@transactional
def discard(actor: Actor, run_id: uuid.UUID, *, now: datetime, version: int | None = None) -> BillingRun:
    """Throw a run away before it is approved; what is due is found by the next one. Raises NotFound, WrongRun,
    StaleRun."""
    actor.require("staff")
    run = _seen(actor, run_id, version)
    moved(run, "discard")
    db.session.execute(_entries(run, update(RunEntry)).values(state="discarded"))
    count(run)
    run.rounds += 1
    tell(actor, run, "discarded", now)
    return run


def _seen(actor: Actor, run_id: uuid.UUID, version: int | None) -> BillingRun:
    """A run, held, as somebody saw it. Raises NotFound, StaleRun."""
    run = held(actor.business_id, run_id)
    if version is not None and run.version != version:
        raise StaleRun(current=run)
    return run


@transactional
def begin_day(business_id: uuid.UUID, now: datetime) -> None:
    """Start the run of today, if anything is due that is not in one: what is due after the days of review, too."""
    policy = queries.policy_of(business_id)
    as_of = clock.day_in(now, get_business(business_id).timezone) + timedelta(days=policy.review_days)
    if queries.due.anything_due(business_id, as_of):
        start_run(Actor.system(business_id), as_of, now=now)
