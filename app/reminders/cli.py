"""Commands for cron, beside what the scheduler does by itself: the same services, so nothing happens twice."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import click
from flask.cli import with_appcontext

from app import clock
from app.auth.business_queries import business_ids
from app.invoices.service.noting import newly_overdue, note_overdue
from app.messages.rules import CHANNELS
from app.money import format_money
from app.reminders.queries.finding import Place
from app.reminders.rules import days_words
from app.reminders.service.sweeping import Swept, look, sweep

_DRY = click.option("--dry-run", is_flag=True, help="Only say what would be done.")
_WHOSE = click.option("--business", type=click.UUID, help="Only this business; every one otherwise.")


@click.command()
@_DRY
@_WHOSE
@with_appcontext
def mark_overdue_invoices(dry_run: bool, business: uuid.UUID | None) -> None:
    """Note on their timelines the invoices that became overdue, once for each due date."""
    count = 0
    for business_id in _whose(business):
        now = clock.now()
        found = newly_overdue(business_id, now, 10**6) if dry_run else note_overdue(business_id, now)
        while found:
            for one in found:
                click.echo(f"{one.number} {one.client_name}: {format_money(one.balance)}, due {one.due}")
            count += len(found)
            found = [] if dry_run else note_overdue(business_id, now)
    click.echo(f"{count} {'would be ' if dry_run else ''}marked overdue")


@click.command()
@_DRY
@_WHOSE
@with_appcontext
def send_payment_reminders(dry_run: bool, business: uuid.UUID | None) -> None:
    """Send the payment reminders that are due; each goes out once, however often this runs."""
    count = 0
    for business_id in _whose(business):
        for swept in _chunks(business_id, dry_run):
            due = [(one, step) for one, step in swept.due if not step.rung.is_act]
            for one, step in due:
                by = CHANNELS.get(step.rung.channel, "the client's own channel")
                click.echo(f"{one.number} {one.client_name}: {days_words(step.rung.days)}, by {by}")
            count += len(due) if dry_run else swept.sent
    click.echo(f"{count} reminders {'would be sent' if dry_run else 'put into the outbox'}")


def _whose(business: uuid.UUID | None) -> list[uuid.UUID]:
    known = business_ids()
    if business is not None and business not in known:
        raise click.ClickException("There is no such business.")
    return [business] if business else known


def _chunks(business_id: uuid.UUID, dry_run: bool) -> Iterator[Swept]:
    after: Place | None = None
    while True:
        swept = look(business_id, clock.now(), after) if dry_run else sweep(business_id, clock.now(), after)
        yield swept
        after = swept.after
        if after is None:
            return
