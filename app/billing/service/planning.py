"""What a billing run would bill: who, which period, how much, compared with the last time, and what is odd about it."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date

from app import clock
from app.auth.models import Business
from app.billing import queries
from app.billing.queries import Agreement
from app.billing.queries.due import Chunk
from app.billing.rules import Billed, Cycle, Period, Span, Terms
from app.billing.rules.bundling import Bundle
from app.billing.rules.calendar import Rhythm
from app.billing.rules.control import without_service
from app.billing.rules.due import cut, left
from app.billing.rules.runs import (
    PART,
    SUSPENDED,
    PolicyValues,
    Verdict,
    change_words,
    is_jump,
    kind_of,
)
from app.billing.service.guarding import Guard
from app.billing.service.reckoning import Reckoned, Reckoner, paid_once, without
from app.invoices.service.drafts import default_terms
from app.money import Money, format_money


@dataclass(frozen=True, slots=True)
class Planned:
    """A period with what it comes to, what it came to the last time (minor units), and what is to be said of it."""

    one: Agreement
    billed: Billed
    reckoned: Reckoned
    bundle: Bundle
    before_minor: int | None
    kind: str
    why: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Asked:
    """What planning goes by: the business, its policy, what periods come to, by which day, and the day it is.

    `reachable` says whether the client in a row can be written to. `by_person`: somebody started the run, so that what
    was left out before is shown again.
    """

    business: Business
    policy: PolicyValues
    reckoner: Reckoner
    as_of: date
    today: date
    reachable: Callable[[Agreement], bool]
    by_person: bool = False


def plan_chunk(asked: Asked, chunk: Chunk) -> Iterator[Planned]:
    """Everything that is due in a chunk. What is wrong with one subscription is said of it and stops no other."""
    asked.reckoner.learn(chunk.agreements)
    guard = Guard(chunk)
    for one in chunk.agreements:
        yield from _plan(asked, chunk, guard, one)


def _plan(asked: Asked, chunk: Chunk, guard: Guard, one: Agreement) -> Iterator[Planned]:
    items = one.items
    periods = due_in(asked.business, asked.policy, one, asked.as_of)
    latest = queries.due.latest_day(one, periods, asked.today)
    missed = sum(1 for at in periods if latest is not None and at.bill_on < latest)
    last = last_billed(one)
    for number, billed in enumerate(periods):
        reckoned = asked.reckoner.reckon(one, billed, items)
        before = before_minor(asked.reckoner, one, last) if number == 0 and last else None
        is_missed = latest is not None and billed.bill_on < latest
        verdict = _verdict(asked, chunk, one, billed, reckoned, (missed if is_missed else 0), guard)
        if verdict is None:
            continue
        kind = kind_of(reckoned.total_minor, before)
        why = "" if kind == "same" else _why(asked, one, billed, reckoned, last, number, items)
        if not verdict.odd and kind == "changed" and last:
            verdict = _jump(asked, one, billed, reckoned, last, why) or verdict
        if not verdict.odd and verdict.does == "bill" and not asked.reachable(one):
            verdict = Verdict("unreachable", "There is no working address that the invoice could be sent to.")
        bundle = bundle_of(asked.business, one, billed)
        yield Planned(one, billed, reckoned, bundle, before, kind, why, verdict)
        if verdict.does == "bill" or verdict.odd == "runaway":
            guard.note(one, billed)
        if verdict.does == "bill":
            # What is paid once stands on the first that is billed.
            items = without(items, paid_once(items, billed))


def last_billed(one: Agreement) -> Billed | None:
    """The period of a subscription that was billed last."""
    row = one.row
    if row.last_start is None:
        return None
    return Billed(Period(row.last_start, row.last_end), Period(row.last_whole, row.last_whole_end), row.last_bill_on)


def before_minor(reckoner: Reckoner, one: Agreement, last: Billed) -> int:
    """What the last billed period came to, in minor units: as was noted, else as it is worked out now."""
    noted: int | None = one.row.last_minor
    return reckoner.reckon(one, last, one.items).again_minor if noted is None else noted


def bundle_of(business: Business, one: Agreement, billed: Billed) -> Bundle:
    """What periods have to share to be on one invoice."""
    row = one.row
    terms = default_terms(business, row.client_terms) if row.terms_days is None else row.terms_days
    apart = str(row.id) if row.apart else ""
    return Bundle(billed.bill_on, row.currency, terms, row.prices_include_tax, row.po_number, apart)


def _verdict(
    asked: Asked, chunk: Chunk, one: Agreement, billed: Billed, reckoned: Reckoned, missed: int, guard: Guard
) -> Verdict | None:
    """What is odd about a period before it is compared with anything; None for one that is not asked about again."""
    row, policy, key = one.row, asked.policy, (one.row.id, billed.period.start)
    if chunk.left.get(key) == "leave_out":
        if not asked.by_person:
            return None
        return Verdict("left_out", "It was left out of an earlier run, and stays out until you decide.", "leave")
    if row.client_id in chunk.parked:
        return Verdict("parked", f"The client is parked: {chunk.parked[row.client_id]}"[:300], "leave")
    if reckoned.problem:
        return Verdict("price", reckoned.problem, "leave")
    if reckoned.free:
        return Verdict(does="skip")
    if why_not := guard.why_not(one, billed):
        return Verdict("runaway", why_not, "leave")
    if (since := suspended_since(asked.business, one, billed)) and not policy.bill_suspended:
        return Verdict("suspended", f"{SUSPENDED} since {_day(since)}. The policy says: do not bill.", "skip")
    if key in chunk.reversed:
        return _reversed(policy, missed)
    if missed:
        return _missed(policy, missed)
    return Verdict()


def _reversed(policy: PolicyValues, missed: int) -> Verdict:
    said = "It was billed before, and that was reversed."
    if missed and policy.missed != "all":
        # Somebody took it back to put it right: a policy neither bills it nor gives it up unasked.
        return Verdict("reversed", f"{said} A later one is due, too: it is left out until you decide.", "leave")
    return Verdict("reversed", said)


def _missed(policy: PolicyValues, missed: int) -> Verdict:
    many = "1 period was" if missed == 1 else f"{missed} periods were"
    told = {
        "all": ("The policy says: bill all of them.", "bill"),
        "latest": ("The policy says: bill only the latest, and never this one.", "skip"),
        "ask": ("The policy says: ask. It is left out until you decide.", "leave"),
    }
    sentence, does = told[policy.missed]
    return Verdict("missed", f"Its day is over, and a later one is due or was billed: {many} missed. {sentence}", does)  # type: ignore[arg-type]


def due_in(business: Business, policy: PolicyValues, one: Agreement, as_of: date) -> tuple[Billed, ...]:
    """What of an agreement is due by a day. Of a period that is billed after its days, those without service are apart
    while it is suspended."""
    found = queries.due.periods_due(one, as_of)
    at: datetime | None = one.row.suspended_at
    if at is None or one.row.ahead or policy.bill_suspended:
        return found
    away = without_service(clock.day_in(at, business.timezone), None)
    return tuple(part for billed in found for part in (cut(billed, away.start) if away else (billed,)))


def suspended_since(business: Business, one: Agreement, billed: Billed) -> date | None:
    """The day from which on a subscription was suspended, if a period begins on it or later: what was suspended in the
    middle of a period was used before, whether it is billed ahead or in arrears."""
    at: datetime | None = one.row.suspended_at
    since = clock.day_in(at, business.timezone) if at else None
    return since if since is not None and since <= billed.period.start else None


def _jump(asked: Asked, one: Agreement, billed: Billed, reckoned: Reckoned, last: Billed, why: str) -> Verdict | None:
    """What is odd about an amount: how far it moved, where both stand for whole periods."""
    if not (billed.whole and last.whole):
        return None
    usual = asked.reckoner.reckon(one, last, one.items).again_minor
    if not is_jump(reckoned.again_minor, usual):
        return None
    currency = one.row.currency
    moved = " → ".join(format_money(Money(minor, currency)) for minor in (usual, reckoned.again_minor))
    return Verdict("jump", f"{moved}, {change_words(reckoned.again_minor, usual)}. {why}".strip()[:300])


def _why(
    asked: Asked, one: Agreement, billed: Billed, reckoned: Reckoned, last: Billed | None, number: int,
    items: Sequence[object],
) -> str:  # fmt: skip
    """Why a period comes to something else than the one before it, in a few words."""
    row = one.row
    said = [] if billed.whole else [f"{PART}, {billed.period.days} of {billed.of.days} days"]
    if number or last is None:
        return "; ".join([*said, "One more period" if number else _began(asked, row)])[:200]
    if billed.whole and not last.whole:
        said.append("A whole period after a part of one")
    said += _changes(asked, one, billed, last)
    once = [item.title for item in one.items if item.id in paid_once(one.items, billed)]
    said += [f"Once: {title}" for title in once]
    if not said and reckoned.total_minor < (before_minor(asked.reckoner, one, last)):
        said.append("Something was paid once the last time")
    return "; ".join(said)[:200] or "Another price"


def _began(asked: Asked, row: Any) -> str:
    if row.trial_until and row.trial_until > row.starts_on:
        return f"Trial ended {_day(row.trial_until)}"
    begins = "Starts" if row.starts_on >= asked.today else "Started"
    return f"{begins} {_day(row.starts_on)}"


def _changes(asked: Asked, one: Agreement, billed: Billed, last: Billed) -> Iterator[str]:
    """What was added, ended, or costs something else than in the period before."""

    def held(at: Billed) -> dict[uuid.UUID, str]:
        start, end = at.period.start, at.period.end
        return {
            item.id: item.title
            for item in one.items
            if not item.once and item.since < end and (item.until is None or item.until > start)
        }

    now, before = held(billed), held(last)
    added, ended = [now[id] for id in now.keys() - before.keys()], [before[id] for id in before.keys() - now.keys()]
    if len(added) == len(ended) == 1:
        yield f"From {ended[0]} to {added[0]}" if added != ended else f"{added[0]}: changed"
    else:
        yield from (f"{title} from {_day(billed.period.start)}" for title in added)
        yield from (f"Without {title}" for title in ended)
    if not added and not ended and billed.whole and last.whole:
        usual = asked.reckoner.reckon(one, last, one.items).again_minor
        if asked.reckoner.reckon(one, billed, one.items).again_minor != usual:
            yield f"New price from {_day(billed.period.start)}"


def gone(asked: Asked, since: date) -> Iterator[Planned]:
    """What was billed the last time and would be due after `since` again, but for its end or a pause."""
    found = queries.due.silent_since(asked.business.id, since, asked.as_of, 1000)
    asked.reckoner.learn(found)
    for one in found:
        last = last_billed(one)
        billed = _would_be(one, since, asked.as_of)
        if last is None or billed is None or billed.period.start <= last.period.start:
            continue
        before = before_minor(asked.reckoner, one, last)
        bundle = bundle_of(asked.business, one, billed)
        yield Planned(one, billed, Reckoned(), bundle, before, "gone", _silence(one, billed), Verdict(does="leave"))


def _would_be(one: Agreement, since: date, as_of: date) -> Billed | None:
    """The first period that would be billed in these days if nothing had ended."""
    row = one.row
    rhythm = Rhythm(Cycle(row.cycle_unit, row.cycle_count), row.anchor_on, row.anchor_day)
    terms = Terms(rhythm, (Span(row.billed_from),), row.ahead, row.stub)  # type: ignore[arg-type]
    found = left(terms, one.claimed, date.fromordinal(since.toordinal() + 1), as_of)
    return next((at for at in found if _silence(one, at)), None)


def _silence(one: Agreement, billed: Billed) -> str:
    """Why a period is not billed; empty when nothing says so."""
    row, start = one.row, billed.period.start
    if one.ends_on is not None and one.ends_on <= start:
        cancelled = row.cancelled_on is not None and row.cancelled_on == one.ends_on
        last_day = date.fromordinal(one.ends_on.toordinal() - 1)
        return f"{'Cancelled' if cancelled else 'Ended'}, last day {_day(last_day)}"
    for pause in one.pauses:
        if pause.start <= start and (pause.end is None or start < pause.end):
            return f"Paused until {_day(pause.end)}" if pause.end else f"Paused since {_day(pause.start)}"
    return ""


def invoices_of(planned: Sequence[Planned]) -> Counter[tuple[uuid.UUID, Bundle]]:
    """What each invoice would come to, in minor units: {(client, what its periods share): amount}."""
    sums: Counter[tuple[uuid.UUID, Bundle]] = Counter()
    for one in planned:
        if one.verdict.does == "bill":
            sums[one.one.row.client_id, one.bundle] += one.reckoned.total_minor
    return sums


def _day(day: date) -> str:
    return str(format_date(day, "d MMMM y", locale="en"))
