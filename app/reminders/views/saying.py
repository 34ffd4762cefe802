"""What the dialogs say before something is decided about a reminder: its words, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_login import current_user

from app import clock
from app.invoices.service.letters import subject_of
from app.messages.rules import CHANNELS, KINDS
from app.reminders import queries
from app.reminders.queries import Outlook
from app.reminders.rules import Planned, as_sent, days_words, wording_for
from app.web.filters import day_words


def sending(seen: Outlook, step: Planned) -> list[str]:
    """What goes out when this step is sent now, in which words, and what that does to the others."""
    business_id, now, today = current_user.business_id, clock.now(), clock.today(current_user.timezone)
    kind = wording_for(step.rung.wording, seen.due, today)
    ways = queries.ways(business_id, seen.client_id, step.rung.channel)
    if not ways:
        return ["There is no way to reach this client at present, so nothing would go out."]
    words = f"the {_name(kind)}"
    if ways[0] == "email":
        words += f" with the subject “{subject_of(business_id, seen.invoice_id, kind, now)}”"
    asked = [seen.rests, "Do you want to ask the client for it all the same?"] if seen.rests else []
    sentences = [*asked, f"What goes out by {_channel(ways[0])} today is {words}."]
    if seen.held_until and seen.held_until >= today:
        sentences.append(f"It goes out in spite of the hold, which stays for the others until {_day(seen.held_until)}.")
    if seen.rests:
        return sentences
    if (later := wording_for(step.rung.wording, seen.due, step.on)) != kind:
        sentences.append(f"It goes out instead of the {_name(later)} of {_day(step.on)}, which is not sent any more.")
    else:
        sentences.append(f"It is not sent again on {_day(step.on)}.")
    after = queries.outlook_if(business_id, seen.invoice_id, as_sent(step.rung, seen.due, today), now)
    others = [one for one in seen.to_come if one.rung.id != step.rung.id]
    return sentences + _others(others, after.to_come if after else [])


def _others(before: Sequence[Planned], after: Sequence[Planned]) -> list[str]:
    """Which of the others still come, and which fall away."""
    kept = {one.rung.id for one in after}
    gone = [one for one in before if one.rung.id not in kept]
    sentences = []
    if gone:
        listed = _listed([f"the one {days_words(one.rung.days)} ({_day(one.on)})" for one in gone])
        sentences.append(f"These fall away, for they would say no more than that: {listed}.")
    if after:
        still = "The others stay" if len(after) > 1 else "One more stays"
        sentences.append(f"{still}: {_listed([_day(one.on) for one in after])}.")
    else:
        sentences.append("No further reminder is planned after it.")
    return sentences


def postponing(seen: Outlook, step: Planned) -> list[str]:
    """In which words a step goes out, depending on its new day."""
    late = wording_for(step.rung.wording, seen.due, date.max)
    return [
        f"It says what is true on its day: up to {_day(seen.due)} the {_name('reminder_before')} or "
        f"{_name('reminder_due').removeprefix('reminder ')}, later the {_name(late)}."
    ]


def said_on(seen: Outlook, step: Planned, on: date) -> str:
    """When a step goes out and in which words, in short."""
    return f"{_day(on)} as the {_name(wording_for(step.rung.wording, seen.due, on))}"


def _name(kind: str) -> str:
    title = KINDS[kind]
    return title[0].lower() + title[1:]


def _channel(name: str) -> str:
    return {"email": "e-mail"}.get(name, CHANNELS[name])


def _day(value: date) -> str:
    return day_words(value, current_user.locale)


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
