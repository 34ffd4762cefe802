"""What is going to happen when a billing run is approved, in sentences; the page and the question say the same."""

from __future__ import annotations

from typing import NamedTuple

from app.billing.models import BillingRun
from app.billing.queries.consequences import Consequences, of_approving
from app.billing.rules.runs import PolicyValues, WrongRun, move
from app.billing.views.run_amounts import total_of
from app.messages.rules import CHANNELS, NOUNS
from app.web import filters

_REMAINDER = "; taxes are rounded once for each, so one of several periods may differ by a remainder"


class Outcome(NamedTuple):
    """One thing that happens: its picture, what of it counts, and the rest of the sentence."""

    picture: str
    counts: str
    rest: str

    def __str__(self) -> str:
        return f"{self.counts} {self.rest}."


def outlook(run: BillingRun) -> list[Outcome]:
    """What approving a run that waits for it brings, the most important first."""
    found = of_approving(run)
    told = [_invoices(run, found), _messages(run, found)]
    if found.unreachable:
        who, them = _many(found.unreachable, "client"), "them" if found.unreachable > 1 else "this one"
        told.append(Outcome("mail-off", f"{who} cannot be reached", f"by any channel: no message tells {them}"))
    told.append(_cards(run, found))
    until = "Until the first message has left" if run.sends else "Afterwards"
    told.append(Outcome("arrow-back-up", until, "the whole run can be reversed by credit notes"))
    return told


def what_became(run: BillingRun, verb: str) -> list[str] | None:
    """What became of a run that a verb comes too late for, or too early; None where it may be done."""
    try:
        move(run.state, verb)
    except WrongRun as wrong:
        steps = (
            ("Approved", run.approved_at),
            ("Posted", run.posted_at),
            ("Messages handed over", run.sent_at),
            ("Reversed", run.reversed_at),
        )
        done = [f"{word} {filters.moment(at)}." for word, at in steps if at is not None]
        return [
            str(wrong),
            *([" ".join(done)] if done else []),
            *([f"Reversed because: {run.reason}"] if run.reason else []),
        ]
    return None


def _invoices(run: BillingRun, found: Consequences) -> Outcome:
    sums = [
        f"{_many(run.totals[total.currency]['now'][0], 'invoice')} over {filters.money(total)}"
        for total in total_of(run)
        if run.totals[total.currency]["now"][0]
    ]
    if not sums:
        return Outcome("file-invoice", "No invoice", "is issued")
    if sum(one["now"][0] for one in run.totals.values()) == 1:
        rest = f"gets its number, as things stand {found.first_number}"
    else:
        rest = f"get their numbers, the first as things stand {found.first_number}, each dated by its own day"
    return Outcome("file-invoice", _listed(sums), rest + (_REMAINDER if found.rounds_once and _shared(run) else ""))


def _shared(run: BillingRun) -> bool:
    """Whether any invoice stands for several periods."""
    return any(sum(one[word][0] for word in ("new", "changed", "same")) > one["now"][0] for one in run.totals.values())


def _messages(run: BillingRun, found: Consequences) -> Outcome:
    sums = [_many(found.messages[one], NOUNS[one]) for one in CHANNELS if one in found.messages]
    if not sums:
        return Outcome("send", "No message", "leaves")
    hold = PolicyValues(**run.policy).hold_hours
    after = f", {_many(hold, 'hour')} after posting at the earliest" if hold else ""
    leave = (
        "leaves on the day of its invoice" if sum(found.messages.values()) == 1 else "leave on the day of each invoice"
    )
    return Outcome("send", _listed(sums), leave + after)


def _cards(run: BillingRun, found: Consequences) -> Outcome:
    if not found.cards:
        return Outcome("credit-card", "No saved card", "is charged by itself")
    verb = "is" if found.cards == 1 else "are"
    day = "when they are due" if found.charged_on == "due" else "on their day"
    after = ", once messages have left" if run.sends else ""
    rest = f"{verb} charged by {'itself' if found.cards == 1 else 'themselves'} for {_many(found.charged, 'invoice')}"
    return Outcome("credit-card", _many(found.cards, "saved card"), f"{rest} {day}{after}")


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 or noun == "SMS" else f"{number:,} {noun}s"


def _listed(parts: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
