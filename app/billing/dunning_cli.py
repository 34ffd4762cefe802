"""`flask enforce-overdue-invoices`: the daily sweep as far as it charges fees and cuts, or a look at it before."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime

import click
from flask.cli import with_appcontext

from app import clock
from app.auth.business_queries import business_ids
from app.auth.queries import get_business
from app.billing.models import DunningBatch
from app.billing.queries.dunning import CutShown, active_services, batches, cuts_of
from app.billing.queries.fees import Fee, fees_ahead, fees_since
from app.billing.queries.forecast import look_ahead
from app.billing.service.cutting import carry_out
from app.billing.service.gathering import close_day, why_hold
from app.billing.service.promising import judge_promises
from app.clock import day_in
from app.money import format_money
from app.reminders.rules import KINDS
from app.reminders.service.sweeping import sweep_acts

UNDONE = "What was cut today was undone, so nothing more is cut today."


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--business", type=click.UUID, help="Only this business; every one otherwise.")
@with_appcontext
def enforce_overdue_invoices(dry_run: bool, business: uuid.UUID | None) -> None:
    """Charge the late fees and cut the services that are due, with all that has to hold before; each once."""
    known = business_ids()
    if business is not None and business not in known:
        raise click.ClickException("There is no such business.")
    fees = cuts = 0
    for business_id in [business] if business else known:
        charged, cut = _look(business_id) if dry_run else _enforce(business_id)
        fees, cuts = fees + charged, cuts + cut
    would = "would be " if dry_run else ""
    click.echo(f"{_count(fees, 'late fee')} {would}charged, {_count(cuts, 'service')} {would}cut")


def _look(business_id: uuid.UUID) -> tuple[int, int]:
    """Say what would be done now: (how many late fees, how many cuts)."""
    now = clock.now()
    fees = fees_ahead(business_id, now)
    for fee in fees:
        when = "not charged: " + fee.why if fee.why else "now"
        click.echo(f"{fee.client_name}: {_said(fee)}; {when}")
    found, more = look_ahead(business_id, now, days=0)
    held = _why_nothing(business_id, sum(one.today for one in found), now)
    for one in found:
        what = f"{KINDS[one.kind]}, {_count(one.days, 'day')} overdue on {one.number}, {format_money(one.owed)} owed"
        when = "not now: " + (held or one.said.why) if held or not one.today else "now"
        click.echo(f"{one.client_name}, {one.row.name}: {what}; {when}")
    if more:
        click.echo(f"{get_business(business_id).name}: there are more; these are the first {len(found)}")
    return sum(not fee.why for fee in fees), 0 if held else sum(one.today for one in found)


def _why_nothing(business_id: uuid.UUID, cuts: int, now: datetime) -> str:
    """Why nothing would be cut today, whatever each step says; empty where nothing speaks against it."""
    today = day_in(now, get_business(business_id).timezone)
    batch, counts = _batch_of(business_id, today)
    if batch is not None and batch.state == "restored":
        return UNDONE
    if not cuts:
        return ""
    before = counts.get("done", 0)
    return why_hold(business_id, cuts + before, active_services(business_id, today) + before, now)


def _enforce(business_id: uuid.UUID) -> tuple[int, int]:
    """Do it and say what was done by this: (how many late fees, how many cuts)."""
    began, after = clock.now(), None
    while True:
        after = sweep_acts(business_id, clock.now(), after)
        if after is None:
            break
    fees = fees_since(business_id, began)
    for fee in fees:
        click.echo(f"{fee.client_name}: {_said(fee)}; charged as {fee.fee_number}")
    judge_promises(business_id, clock.now())
    close_day(business_id, clock.now())
    return len(fees), _carry_out(business_id)


def _carry_out(business_id: uuid.UUID) -> int:
    name, today = get_business(business_id).name, clock.today(get_business(business_id).timezone)
    batch, _ = _batch_of(business_id, today)
    if batch is None:
        return 0
    if batch.state in ("held", "restored"):
        click.echo(f"{name}: nothing was cut. {batch.reason if batch.state == 'held' else UNDONE}", err=True)
        return 0
    planned = {one.cut.id for one in _cuts(batch) if one.cut.state == "planned"}
    done = 0
    while batch is not None and batch.state == "running":
        done += carry_out(business_id, batch.id, clock.now())
        batch, _ = _batch_of(business_id, today)
    for one in _cuts(batch) if batch is not None else ():
        if one.cut.id in planned:
            what = KINDS[one.cut.kind] if one.cut.state == "done" else f"left alone: {one.cut.reason}"
            click.echo(
                f"{one.client_name}, {one.service}: {what}; {_count(one.cut.days, 'day')} overdue on {one.number}"
            )
    return done


def _batch_of(business_id: uuid.UUID, day: date) -> tuple[DunningBatch | None, dict[str, int]]:
    found = [(row, counts) for row, counts in batches(business_id, 1) if row.on_day == day]
    return found[0] if found else (None, {})


def _cuts(batch: DunningBatch) -> Iterator[CutShown]:
    """All services of a batch."""
    after: uuid.UUID | None = None
    while chunk := cuts_of(batch.business_id, batch.id, after):
        yield from chunk
        after = chunk[-1].cut.id


def _said(fee: Fee) -> str:
    return f"late fee of {format_money(fee.amount)} on {fee.number}, {_count(fee.days, 'day')} overdue"


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"
