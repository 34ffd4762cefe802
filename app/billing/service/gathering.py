"""What the sweep does where a step would cut a service: warn first, or put it on the batch of the day."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from babel.dates import format_date
from markupsafe import escape
from sqlalchemy import func, select, update

from app import jobs
from app.auth import audit
from app.auth.queries import get_business, members
from app.auth.rules import Actor
from app.auth.service import links
from app.billing.models import DunningBatch, DunningCut
from app.billing.queries.dunning import Faced, active_services, faced, heard_lately
from app.billing.queries.dunning_policies import policies_for
from app.billing.queries.following import going_off, went_off
from app.billing.rules.dunning import looks_deaf, too_many, verdict
from app.clients.queries import get_client
from app.clock import day_in, start_of
from app.database import insert_once, locked, new_id, transactional
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.service.letters import NOTHING_MORE, Told, letter
from app.messages import service as messages
from app.messages.render import Rendered
from app.messages.rules import after_quiet
from app.messages.wordings import days_in_words, phrase
from app.reminders.models import Reminder
from app.reminders.queries import Desk, Outlook, outlook_at
from app.reminders.queries.outlooks import WARNING
from app.reminders.rules import Planned
from app.reminders.service.writing import claim

UNDER_WAY = timedelta(hours=1)
"""So long what a person approved may take, and nothing of it is held again."""


@transactional
def propose(actor: Actor, desk: Desk, one: Outlook, step: Planned, now: datetime) -> None:
    """Warn of a cut, or put it on the batch of the day, as the policy and the facts say; nothing is cut here."""
    invoice = locked(Invoice, desk.business.id, one.invoice_id)
    fresh = outlook_at(desk, one.invoice_id) if invoice is not None else None
    if invoice is None or fresh is None or not is_due(fresh, step):
        return
    [found] = faced(desk, [(fresh, step)])
    if not found.cuttable:
        # Where all of them stand where the step would bring them, or have ended, there is nothing left to do.
        if not found.may_come_back:
            claim(actor, one.invoice_id, step.rung, step.on, "overtaken", now)
        return
    said = verdict(found.case, found.terms, desk.calendar.holidays, desk.today)
    if said.does == "warn":
        _warn(actor, desk, invoice, found, said.on or desk.today, now)
    elif said.does == "cut":
        _gather(desk, invoice, found, now)


def is_due(one: Outlook, step: Planned) -> bool:
    """Whether a step of an invoice is due still."""
    return any(now.rung.id == step.rung.id and now.state == "due" for now in one.steps)


@transactional
def close_day(business_id: uuid.UUID, now: datetime) -> None:
    """After a sweep: let the batch of the day run, or hold it for a person where it is too large to be true.

    What waited for approval on an earlier day lapses: the facts were looked at anew today.
    """
    today = day_in(now, get_business(business_id).timezone)
    _let_lapse(business_id, today)
    batch = _batch_of(business_id, today)
    if batch is None or batch.state in ("restored", "running"):
        return
    planned, cut = count_cuts(batch, "planned"), count_cuts(batch, "done")
    still = why_ends_wait(business_id, batch, now) if batch.state == "held" else ""
    if not planned:
        batch.state = "held" if still else "done"
        return
    gone = cut + went_off(business_id, start_of(today, get_business(business_id).timezone))
    batch.active_count = active_services(business_id, today) + gone
    why = still or why_hold(business_id, planned + gone, batch.active_count, now)
    held_before = batch.state == "held" and batch.reason == why
    batch.state, batch.reason = ("held", why) if why else ("running", "")
    if why and not held_before:
        facts = {"reason": why, "count": planned, "active": batch.active_count}
        audit.record(Actor.system(business_id), "cuts_held", "dunning_batch", batch.id, now, facts=facts)
        _tell_owners(batch, planned, why, now)
    if not why:
        run(batch)


def why_hold(business_id: uuid.UUID, cuts: int, active: int, now: datetime) -> str:
    """Why so many cuts on a day, of so many active services, wait for a person; empty when they do not."""
    terms = policies_for(business_id, (), ()).usual
    return too_many(cuts, active, terms) or looks_deaf(*heard_lately(business_id, now))


def why_ends_wait(business_id: uuid.UUID, batch: DunningBatch | None, now: datetime) -> str:
    """Why services whose pause or end has come stay on until a person approves it; empty when they do not.

    They count together with what else goes today by itself. What a person approved does not count again.
    """
    today = day_in(now, get_business(business_id).timezone)
    waiting = going_off(business_id, today)
    if not waiting:
        return ""
    gone = went_off(business_id, start_of(today, get_business(business_id).timezone))
    if batch is not None and batch.approved_at is None:
        gone += count_cuts(batch, "done") + (count_cuts(batch, "planned") if batch.state == "running" else 0)
    active = active_services(business_id, today) + waiting + gone
    why = too_many(waiting + gone, active, policies_for(business_id, (), ()).usual)
    return f"{why} For {waiting} of them a pause has begun or a term has ended." if why else ""


@transactional
def hold_ends(business_id: uuid.UUID, now: datetime) -> bool:
    """Whether services whose pause or end has come stay on for now, because too many would go off on one day.

    Then the batch of the day is held, and the owners are told. One that was undone takes nothing more on its day.
    """
    today = day_in(now, get_business(business_id).timezone)
    _let_lapse(business_id, today)
    batch = _batch_of(business_id, today)
    why = why_ends_wait(business_id, batch, now)
    if not why:
        if batch is not None and batch.state == "held" and not count_cuts(batch, "planned"):
            batch.state = "done"
        return False
    if batch is None:
        batch = _open_batch(business_id, today, now)
    if batch.state == "restored" or (batch.approved_at is not None and now < batch.approved_at + UNDER_WAY):
        return True
    known = batch.state == "held"
    batch.state, batch.reason, batch.approved_at, batch.approved_by = "held", why, None, None
    if not known:
        waiting = going_off(business_id, today) + count_cuts(batch, "planned")
        audit.record(Actor.system(business_id), "cuts_held", "dunning_batch", batch.id, now,
                     facts={"reason": why, "count": waiting})  # fmt: skip
        _tell_owners(batch, waiting, why, now)
    return True


def run(batch: DunningBatch) -> None:
    """Have a job go on with a batch, in the transaction that decides it."""
    db.session.flush()
    args = {"batch_id": str(batch.id)}
    jobs.enqueue("billing.cut", f"billing.cut:{batch.id}:{new_id()}", args, business_id=batch.business_id)


def _warn(actor: Actor, desk: Desk, invoice: Invoice, found: Faced, on: date, now: datetime) -> None:
    """Send the warning that a cut waits for, once for each step."""
    business, rung = desk.business, found.step.rung
    key = {"business_id": business.id, "invoice_id": invoice.id, "step_id": rung.id, "channel": WARNING}
    said = {"outcome": "queued", "on_day": desk.today, "created_at": now, "id": new_id()}
    if not insert_once(Reminder, **key, **said, not_before=None, message_id=None, created_by=None):
        return
    kind, told = "reminder_last", NOTHING_MORE
    if rung.kind == "suspend":
        kind, told = "suspension_warning", _told(desk, found, on)
    about, made = letter(business.id, invoice.id, kind, now, told=told)
    waits = after_quiet(now, business.timezone, business.quiet_from, business.quiet_until)
    mine = [getattr(Reminder, name) == value for name, value in key.items()]
    facts = {"kind": kind, "step": rung.kind, "days": rung.days, "on": on.isoformat()}
    try:
        message = messages.dispatch(business.id, about, made, now=now, not_before=waits if waits != now else None)
    except messages.Unreachable as error:
        db.session.execute(update(Reminder).where(*mine).values(outcome="unreachable"))
        facts["reason"] = str(error)
        audit.record(actor, "not_warned", "invoice", invoice.id, now, client_id=invoice.client_id, facts=facts)
        return
    db.session.execute(update(Reminder).where(*mine).values(message_id=message.id))
    facts |= {"message_id": str(message.id), "channel": message.channel}
    audit.record(actor, "warned", "invoice", invoice.id, now, client_id=invoice.client_id, facts=facts)


def _told(desk: Desk, found: Faced, on: date) -> Told:
    """What the warning says beside the invoice."""
    client = get_client(desk.business.id, found.outlook.client_id)
    language = client.language or desk.business.language
    day = format_date(on, "EEEE d MMMM y", locale=language)
    service = ", ".join(dict.fromkeys(row.name for row in found.cuttable))
    days = days_in_words((on - desk.today).days, language)
    context = {"service_text": service, "suspend_text": phrase("suspended", language, day=day)}
    return Told({"service": service, "suspend_on": day, "days": days}, context)


def _gather(desk: Desk, invoice: Invoice, found: Faced, now: datetime) -> None:
    """Put the services of an invoice on the batch of the day; one that was restored as a whole takes no more."""
    batch = _open_batch(desk.business.id, desk.today, now)
    if batch.state == "restored":
        return
    new = 0
    for row in found.cuttable:
        new += insert_once(
            DunningCut,
            business_id=row.business_id,
            id=new_id(),
            batch_id=batch.id,
            subscription_id=row.id,
            client_id=row.client_id,
            invoice_id=invoice.id,
            step_id=found.step.rung.id,
            kind=found.step.rung.kind,
            days=(desk.today - invoice.due_date).days,
            owed_minor=invoice.balance_minor,
            currency=invoice.currency,
            state="planned",
            reason="",
            created_at=now,
        )
    if new and batch.state in ("running", "done"):
        batch.state = "gathering"


def _open_batch(business_id: uuid.UUID, day: date, now: datetime) -> DunningBatch:
    """The batch of a day, made where there is none, and held until the transaction ends."""
    key = {"business_id": business_id, "on_day": day}
    values = {"state": "gathering", "reason": "", "active_count": 0, "created_at": now}
    insert_once(DunningBatch, **key, **values, id=new_id())
    batch = _batch_of(business_id, day)
    assert batch is not None
    return batch


def _batch_of(business_id: uuid.UUID, day: date) -> DunningBatch | None:
    """The batch of a day, held until the transaction ends."""
    mine = (DunningBatch.business_id == business_id, DunningBatch.on_day == day)
    found = db.session.scalar(select(DunningBatch.id).where(*mine))
    return locked(DunningBatch, business_id, found) if found else None


def _let_lapse(business_id: uuid.UUID, today: date) -> None:
    older = (DunningBatch.business_id == business_id, DunningBatch.on_day < today)
    waiting = select(DunningBatch.id).where(*older, DunningBatch.state.in_(("held", "gathering")))
    for batch_id in sorted(db.session.scalars(waiting)):
        batch = locked(DunningBatch, business_id, batch_id)
        if batch is not None and batch.state in ("held", "gathering"):
            batch.state = "lapsed"
            mine = (DunningCut.business_id == business_id, DunningCut.batch_id == batch.id)
            left = update(DunningCut).where(*mine, DunningCut.state == "planned")
            db.session.execute(left.values(state="left", reason="Nobody approved it on its day."))


def count_cuts(batch: DunningBatch, state: str) -> int:
    """How many services of a batch are in a state."""
    mine = (DunningCut.business_id == batch.business_id, DunningCut.batch_id == batch.id, DunningCut.state == state)
    return db.session.scalar(select(func.count()).select_from(DunningCut).where(*mine)) or 0


def _tell_owners(batch: DunningBatch, count: int, why: str, now: datetime) -> None:
    """Write to the owners that a batch waits for somebody."""
    owners = [(one.name, one.email) for one in members(batch.business_id) if one.role == "owner" and one.verified]
    if not owners:
        return
    services = "1 service waits" if count == 1 else f"{count} services wait"
    url = links.public_url(f"/billing/dunning/{batch.id}/")
    sentences = [f"{services} to be cut, and nothing was done yet. {why}", "Look at it, and approve it if it is right:"]
    html = "".join(f"<p>{escape(one)}</p>" for one in sentences) + f'<p><a href="{escape(url)}">{escape(url)}</a></p>'
    letter_ = Rendered(f"{services} to be cut", html, "\n\n".join([*sentences, url]))
    try:
        messages.queue_email(
            batch.business_id, "cuts_held", owners, letter_, now=now, object_kind="dunning_batch", object_id=batch.id
        )
    except messages.Unreachable:
        return
