"""What should have been billed and paid, worked out with pencil and paper: a calendar, a day at a time.

Nothing of Duely is used here. The rules are those a clerk would be told: every morning, who has begun a day that is
paid for ahead and that was not billed yet is billed from that day to the end of their period, or to the day before they
are away; who pays in arrears is billed for the days up to yesterday when a period or their stay ended with it.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from tests.integration.billing.year.cast import DEARER_FROM, LAST, OFFERS, Offer, Subscriber

DAY = timedelta(days=1)
VAT = Fraction(75, 1000)
TERMS = 7


def half_up(amount: Fraction) -> int:
    """To the nearest whole, and up from the middle."""
    return (amount * 2 + 1) // 2


def minor(price: Decimal) -> int:
    """Naira and dollars have a hundred each."""
    hundred = price * 100
    assert hundred == int(hundred)
    return int(hundred)


def taxed(net: int) -> int:
    """A line with its tax, rounded by itself."""
    return net + half_up(net * VAT)


def month_later(day: date, months: int, wanted: int) -> date:
    """The wanted day of the month so many months later, or that month's last."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(wanted, monthrange(year, month + 1)[1]))


@dataclass
class Stay:
    """The days somebody pays for, as far as it is known: `away` are days they do not, `gone` the first day without.
    `offers` is what they pay for, each from a day on."""

    offers: list[tuple[date, Offer]]
    away: list[tuple[date, date | None]] = field(default_factory=list)
    gone: date | None = None

    def pays_for(self, day: date) -> bool:
        if self.gone is not None and day >= self.gone:
            return False
        return not any(begin <= day and (end is None or day < end) for begin, end in self.away)

    def offer_on(self, day: date) -> Offer:
        return next(offer for since, offer in reversed(self.offers) if since <= day)


Said = tuple[str, date | None, date | None]
News = dict[date, list[Said]]
"""What is said at noon of a day: away (from, to), back (from), gone (from), stays, or another plan (from)."""


def learn(stay: Stay, news: list[Said]) -> list[date]:
    """Take note of what was said. Returns from when on another plan counts, if that was said."""
    turns = []
    for what, begin, end in news:
        if what == "stays":
            stay.gone = None
            continue
        assert begin
        if what == "away":
            stay.away.append((begin, end))
        elif what == "back":
            stay.away = [(first, begin) for first, _ in stay.away if first < begin]
        elif what == "gone":
            stay.gone = begin
        else:
            stay.offers.append((begin, OFFERS[what]))
            turns.append(begin)
    return turns


@dataclass(frozen=True)
class Paper:
    """One subscription on paper: when its periods begin, and what they cost."""

    who: Subscriber
    offer: Offer
    extras: tuple[Offer, ...]

    @property
    def begins(self) -> date:
        """The first day that is paid for."""
        return self.who.trial_until or self.who.first

    def periods(self) -> list[tuple[date, date]]:
        """All periods from the one before the first whole one on; each up to and without the next one's first day."""
        first = self.begins
        if self.offer.unit == "week":
            ahead = (self.who.day - first.isoweekday()) % 7 if self.who.day else 0
            starts = [first + DAY * (ahead + 7 * self.offer.count * number) for number in range(-1, 60)]
        else:
            months = self.offer.count * (12 if self.offer.unit == "year" else 1)
            wanted = self.who.day or first.day
            anchor = month_later(first, 0, wanted)
            anchor = anchor if anchor >= first else month_later(first, 1, wanted)
            starts = [month_later(anchor, months * number, wanted) for number in range(-1, 16)]
        return list(pairwise(starts))

    def price(self, offer: Offer, on: date) -> int:
        dearer = offer.later is not None and on >= DEARER_FROM
        return minor(offer.later if dearer and offer.later is not None else offer.price)

    def share(self, offer: Offer, start: date, end: date, whole: tuple[date, date]) -> int:
        """Before tax: what the days from `start` to the one before `end` cost, of a whole period."""
        price, days, of = self.price(offer, start), (end - start).days, (whole[1] - whole[0]).days
        return price if days == of else half_up(Fraction(price * days, of))


@dataclass
class Account:
    """What one subscription is billed, and what is taken back of it: by day, in minor units, with tax."""

    billed: defaultdict[date, int] = field(default_factory=lambda: defaultdict(int))
    returned: defaultdict[date, int] = field(default_factory=lambda: defaultdict(int))


def account_of(who: Subscriber, code: str, news: News) -> Account:
    """Walk through the year with one subscription."""
    base, _, extra = code.partition("+")
    paper = Paper(who, OFFERS[base], (OFFERS[extra],) if extra else ())
    periods = paper.periods()
    stay = Stay([(paper.begins, paper.offer)], gone=who.ends_on)
    first_whole = next(start for start, _ in periods if start >= paper.begins)
    paid: dict[date, tuple[date, date, tuple[date, date], int]] = {}
    found = Account()
    once = minor(paper.offer.once)
    today = paper.begins
    while today <= LAST:
        for on, start, end, whole in list(_due(paper, periods, stay, set(paid), today, first_whole)):
            main = taxed(paper.share(stay.offer_on(start), start, end, whole))
            paid |= {start + DAY * n: (start, end, whole, main) for n in range((end - start).days)}
            more = sum(taxed(paper.share(offer, start, end, whole)) for offer in paper.extras)
            found.billed[on] += main + more + taxed(once)
            once = 0
        for since in learn(stay, news.get(today, [])):
            if since in paid:
                # Days of the old plan come back, to the nearest kobo. Those of the new one are billed the same day.
                start, end, whole, main = paid[since]
                found.returned[since] += half_up(Fraction(main * (end - since).days, (end - start).days))
                found.billed[since] += taxed(paper.share(stay.offer_on(since), since, end, whole))
        today += DAY
    return found


def _due(
    paper: Paper, periods: list[tuple[date, date]], stay: Stay, billed: set[date], today: date, first_whole: date
) -> Iterator[tuple[date, date, date, tuple[date, date]]]:
    """What is billed this morning: (the day it is dated by, first day, day after the last, the period it is of)."""

    def owed(day: date) -> bool:
        early = day < first_whole and paper.who.role.stub == "free"
        return day >= paper.begins and day not in billed and stay.pays_for(day) and not early

    for whole in periods:
        days = [whole[0] + DAY * n for n in range((whole[1] - whole[0]).days)]
        waits = whole[0] < first_whole and paper.who.role.stub == "next"
        if not paper.offer.ahead:
            over = [day for day in days if day < today and owed(day)]
            ended = today == whole[1] or not stay.pays_for(today)
            if over and over[-1] == today - DAY and ended:
                yield today, over[0], today, whole
        elif waits and today == whole[1] and (mine := [day for day in days if owed(day)]):
            yield today, mine[0], mine[-1] + DAY, whole
        elif not waits and (begun := [day for day in days if day <= today and owed(day)]):
            # What was said yesterday at noon may have begun yesterday.
            run = [day for day in days if day >= begun[0]]
            yield begun[0], begun[0], next((day for day in run if not owed(day)), whole[1]), whole


def accounts_of(who: Subscriber, news: News) -> Account:
    """What one client is billed: of several subscriptions together."""
    found = Account()
    for one in (account_of(who, code, news) for code in who.role.plans):
        for day, amount in one.billed.items():
            found.billed[day] += amount
        for day, amount in one.returned.items():
            found.returned[day] += amount
    return found


# -- paying ------------------------------------------------------------------------------------------------------------


def left_unpaid(who: Subscriber, found: Account) -> tuple[int, int] | None:
    """(what they owe at the end of the year, what they have to their credit); None for whom paper cannot tell."""
    habit, lag, billed = who.role.habit, DAY * who.lag, dict(found.billed)
    if not billed:
        return 0, 0
    if habit in ("prompt", "transfer"):
        return _in_full(found, lag)
    if habit == "parts":
        return sum(_part_left(day, amount, who.lag) for day, amount in billed.items()), 0
    if habit == "card":
        return _by_card(billed), 0
    return _too_much(billed, lag) if habit == "too much" else None


def _in_full(found: Account, lag: timedelta) -> tuple[int, int]:
    """Each invoice is paid so many days later. What comes back takes the place of money where the invoice before it is
    unpaid, and else is credit, which settles what is billed next."""
    owed: dict[date, int] = {}
    credit = 0
    for day in (min(found.billed) + DAY * n for n in range((LAST - min(found.billed)).days + 1)):
        back = found.returned.get(day, 0)
        if back:
            last = max(owed)
            taken = min(back, owed[last])
            owed[last] -= taken
            credit += back - taken
        if day in found.billed:
            used = min(credit, found.billed[day])
            owed[day], credit = found.billed[day] - used, credit - used
        if day - lag in owed:
            owed[day - lag] = 0
    return sum(owed.values()), credit


def _part_left(day: date, amount: int, lag: int) -> int:
    if day + DAY * lag > LAST:
        return amount
    return 0 if day + DAY * (14 + lag) <= LAST else amount - half_up(Fraction(amount, 2))


def _by_card(billed: dict[date, int]) -> int:
    """The first is paid by hand the day after; every other one is charged when it is due."""
    first = min(billed)
    paid_on = {day: day + DAY if day == first else day + DAY * TERMS for day in billed}
    return sum(amount for day, amount in billed.items() if paid_on[day] > LAST)


def _too_much(billed: dict[date, int], lag: timedelta) -> tuple[int, int]:
    """Credit settles the next invoice as far as it goes; what is left is paid with 1,000.00 more."""
    owed, credit = 0, 0
    for day, amount in sorted(billed.items()):
        left = amount - min(credit, amount)
        credit -= amount - left
        if left and day + lag <= LAST:
            credit += 100_000
        else:
            owed += left
    return owed, credit
