"""What is paid for is changed while it runs: worked out, shown, and done just as it was shown."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from app.auth.models import Business
from app.auth.queries import get_business
from app.billing import queries
from app.billing.models import BilledPeriod
from app.billing.queries import Agreement
from app.billing.queries.billed import live_claims, paid_after
from app.billing.queries.subscriptions import FAR
from app.billing.rules import Billed, Period, Rhythm, Turn, unclaimed
from app.billing.rules.bundling import Bundle
from app.billing.rules.changing import GivenBack, Paid, given_back
from app.billing.rules.charging import Charge, Item, Tariff, charges, of_days, overlap
from app.billing.service.billing import NOTHING, Due, PlannedInvoice, bundle_of, invoices_of, planned
from app.clients.models import Client
from app.clients.queries import get_client
from app.database import new_id
from app.money import Money

NEXT_SHOWN = 2
"""How many invoices to come are shown of a change."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change: what ends on its day and what begins on it; `turn` is the rhythm from then on, None the one that is.

    `once` is paid a single time. `at_once`: days that are in a billed period already are billed by an invoice of their
    own, dated that day; else they stand on the next. `words` say the change. `called`: the name the subscription takes
    over from its new plan, as it bore the old one's. `ahead`: how the new plan is billed for whoever begins with it;
    the subscription stays billed as it was agreed on.
    """

    since: date
    words: str
    ends: tuple[uuid.UUID, ...] = ()
    begins: tuple[Item, ...] = ()
    once: tuple[Item, ...] = ()
    turn: Rhythm | None = None
    at_once: bool = True
    called: str = ""
    ahead: bool | None = None


@dataclass(frozen=True, slots=True)
class Extra:
    """Days of a thing within a period that is billed already, and their line."""

    item: Item
    days: Period
    billed: Billed
    charge: Charge


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change comes to: what is given back, billed at once, and the first invoices to come. `after` is the
    agreement as it then is."""

    wanted: Wanted
    paid: tuple[Paid, ...]
    credits: tuple[GivenBack, ...]
    extras: tuple[Extra, ...]
    invoice: PlannedInvoice | None
    waiting: tuple[Item, ...]
    after: Agreement
    coming: tuple[PlannedInvoice, ...]

    @property
    def credited(self) -> Money:
        """What is given back, with tax."""
        return Money.total(sum(one.minor for one in self.credits), self.after.row.currency)

    @property
    def mark(self) -> str:
        """What a person decided on: another mark means that something else would be done."""
        shown = [*((one.bundle.bill_on, one.total.minor) for one in self.coming)]
        back = [(str(one.paid.line_id), one.since, one.minor) for one in self.credits]
        begins = [(str(one.plan_id), f"{one.quantity.normalize():f}") for one in self.wanted.begins]
        return f"{self.wanted.since} {begins} {back} {self.invoice and self.invoice.total.minor} {shown}".replace(
            " ", ""
        )


def work_out(business_id: uuid.UUID, one: Agreement, wanted: Wanted) -> Outcome:
    """What a change comes to; nothing is changed. Raises Invalid where a plan has no price, LinesUnknown."""
    business, row = get_business(business_id), one.row
    client = get_client(business_id, row.client_id)
    tariff = tariff_of(business_id, one, (*wanted.begins, *wanted.once))
    claims = live_claims(business_id, row.id, wanted.since)
    paid = tuple(paid_after(business_id, row.id, wanted.since)) if claims else ()
    ends = set(wanted.ends)
    credits = tuple(back for one_ in paid if one_.item_id in ends and (back := given_back(one_, wanted.since)))
    extras = () if wanted.turn else tuple(_extras(claims, wanted.begins, tariff))
    after = _after(one, wanted, claims, extras, tariff)
    if extras and not wanted.at_once and after.next_bill_on() is None:
        # No invoice comes that it could wait for.
        wanted = replace(wanted, at_once=True)
    invoice = _at_once(business, client, after, wanted, extras, tariff) if wanted.at_once else None
    waiting = () if wanted.at_once and extras else wanted.once
    if not wanted.at_once:
        waiting = (*waiting, *(waiting_item(extra) for extra in extras))
    after = replace(after, items=(*after.items, *waiting))
    return Outcome(wanted, paid, credits, extras, invoice, waiting, after, tuple(_coming(business, client, after)))


def shortened(
    one: Agreement, wanted: Wanted, claims: Sequence[BilledPeriod], tariff: Tariff
) -> dict[uuid.UUID, Item | None]:
    """{what waits for the next invoice: what is left of it} of things that end; None when nothing is."""
    left: dict[uuid.UUID, Item | None] = {}
    by_id = {item.id: item for item in one.items}
    for item in one.items:
        if item.billed or item.stands_for is None or item.stands_for[0] not in wanted.ends:
            continue
        of, days = item.stands_for
        if days.end <= wanted.since:
            continue
        claim = next((at for at in claims if at.period_start < days.end and days.start < at.period_end), None)
        if claim is None or wanted.since <= days.start:
            left[item.id] = None
            continue
        used = Period(days.start, wanted.since)
        billed = billed_of(claim)
        kept = waiting_item(Extra(by_id[of], used, billed, of_days(by_id[of], used, billed, tariff)))
        left[item.id] = replace(kept, id=item.id)
    return left


def waiting_item(extra: Extra) -> Item:
    """Days that stand on the next invoice, as a thing that is paid once."""
    charge, item = extra.charge, extra.item
    return Item(
        id=new_id(),
        title=charge.title[:300],
        quantity=charge.quantity,
        since=extra.days.start,
        price=charge.unit_price,
        detail=charge.detail,
        unit=charge.unit,
        discount=charge.discount,
        tax_ids=item.tax_ids,
        once=True,
        stands_for=(item.id, extra.days),
        position=item.position,
    )


def billed_of(claim: BilledPeriod) -> Billed:
    """A claimed period as the rules take it."""
    whole = Period(claim.whole_start, claim.whole_end)
    return Billed(Period(claim.period_start, claim.period_end), whole, claim.bill_on)


def due_apart(one: Agreement, extras: Sequence[Extra], once: Sequence[Item], on: date, tariff: Tariff) -> Due | None:
    """What is billed by itself on a day; None when there are no days to bill."""
    if not extras:
        return None
    days = Period(min(extra.days.start for extra in extras), max(extra.days.end for extra in extras))
    billed = Billed(days, extras[0].billed.of, on)
    setups = (charge for charge in charges(once, billed, tariff))
    return Due(one, billed, (*(extra.charge for extra in extras), *setups))


def tariff_of(business_id: uuid.UUID, one: Agreement, more: Sequence[Item] = ()) -> Tariff:
    """What the prices of an agreement and of more things go by, in the words of its client."""
    client = get_client(business_id, one.row.client_id)
    offers = queries.offers_of(business_id, [replace(one, items=(*one.items, *more))])
    return queries.tariff_for(one.row, offers, client.language or get_business(business_id).language)


def _extras(claims: Sequence[BilledPeriod], begins: Sequence[Item], tariff: Tariff) -> Iterator[Extra]:
    """The days of new things that lie in periods which are billed already."""
    for claim in claims:
        if claim.state != "billed" and claim.reason != NOTHING:
            continue
        billed, end = billed_of(claim), claim.credited_from or claim.period_end
        for item in begins:
            if days := overlap(item, Period(claim.period_start, end)):
                yield Extra(item, days, billed, of_days(item, days, billed, tariff))


def _after(
    one: Agreement, wanted: Wanted, claims: Sequence[BilledPeriod], extras: Sequence[Extra], tariff: Tariff
) -> Agreement:
    left = shortened(one, wanted, claims, tariff)
    items = [
        replace(item, until=max(wanted.since, item.since)) if item.id in wanted.ends else item for item in one.items
    ]
    kept = [new for item in items if (new := left.get(item.id, item)) is not None]
    after = replace(one, items=(*kept, *wanted.begins))
    if wanted.turn is None:
        return after
    cut = tuple(
        replace(span, end=wanted.since) if span.end is None or span.end > wanted.since else span
        for span in one.claimed
        if span.start < wanted.since
    )
    return replace(after, claimed=cut, turns=(*one.turns, Turn(wanted.since, wanted.turn)))


def _at_once(
    business: Business, client: Client, after: Agreement, wanted: Wanted, extras: Sequence[Extra], tariff: Tariff
) -> PlannedInvoice | None:
    due = due_apart(after, extras, wanted.once, wanted.since, tariff)
    if due is None:
        return None
    made = invoices_of(business, client, {apart_bundle(business, client, due): [due]})
    return made[0] if made else None


def apart_bundle(business: Business, client: Client, due: Due) -> Bundle:
    """The invoice of what is billed by itself."""
    return bundle_of(business, client, due.agreement.row, due.billed)


def _coming(business: Business, client: Client, after: Agreement) -> list[PlannedInvoice]:
    """The first invoices to come."""
    since = after.row.billed_from
    latest = max([since, *(span.end or span.start for span in after.claimed)])
    found = unclaimed(after.terms(), after.claimed, since, latest + FAR)
    days = sorted(billed.bill_on for billed in islice(found, NEXT_SHOWN + 2))[:NEXT_SHOWN]
    return planned(business, client, [after], days[-1])[:NEXT_SHOWN] if days else []


def covered_until(one: Agreement, on: date) -> date:
    """The first day from `on` on that is not billed yet."""
    at = on
    for span in sorted(one.claimed, key=lambda span: span.start):
        if span.start <= at and (span.end is None or span.end > at):
            at = span.end or at
    return at


def next_term(one: Agreement, today: date) -> date:
    """The first day that a change can count from without touching what is billed, when a period begins."""
    begins = max(one.row.trial_until or one.row.starts_on, one.row.billed_from)
    if today < begins:
        return begins
    rhythm = one.terms().rhythm_on(today)
    return max(rhythm.period(rhythm.number(today)).end, covered_until(one, today))


def by_invoice(credits: Sequence[GivenBack]) -> dict[uuid.UUID, list[GivenBack]]:
    """What is given back by the invoice it stands on, without what comes to nothing."""
    found: dict[uuid.UUID, list[GivenBack]] = defaultdict(list)
    for one in credits:
        if one.minor:
            found[one.paid.invoice_id].append(one)
    return found
