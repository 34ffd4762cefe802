"""`flask enforce-overdue-invoices`: the daily sweep as far as it charges fees and cuts, or a look at it before."""

from __future__ import annotations

import uuid

import click
from flask.cli import with_appcontext

from app import clock
from app.auth.business_queries import business_ids
from app.auth.queries import get_business
from app.billing.queries.dunning import batches, cuts_of
from app.billing.queries.forecast import look_ahead
from app.billing.service.cutting import carry_out
from app.billing.service.gathering import close_day
from app.billing.service.promising import judge_promises
from app.money import format_money
from app.reminders.queries.finding import Place
from app.reminders.rules import KINDS
from app.reminders.service.sweeping import sweep_acts


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--business", type=click.UUID, help="Only this business; every one otherwise.")
@with_appcontext
def enforce_overdue_invoices(dry_run: bool, business: uuid.UUID | None) -> None:
    """Charge the late fees and cut the services that are due, with all that has to hold before; each once."""
    known = business_ids()
    if business is not None and business not in known:
        raise click.ClickException("There is no such business.")
    done = 0
    for business_id in [business] if business else known:
        done += _look(business_id) if dry_run else _enforce(business_id)
    services = "1 service" if done == 1 else f"{done} services"
    click.echo(f"{services} {'would be cut' if dry_run else 'cut'}")


def _look(business_id: uuid.UUID) -> int:
    found, more = look_ahead(business_id, clock.now(), days=0)
    for one in found:
        what = f"{KINDS[one.kind]}, {one.days} days overdue on {one.number}, {format_money(one.owed)} in all"
        when = "now" if one.today else "not now: " + one.said.why
        click.echo(f"{one.client_name}, {one.row.name}: {what}; {when}")
    if more:
        click.echo(f"{get_business(business_id).name}: there are more; these are the first {len(found)}")
    return sum(one.today for one in found)


def _enforce(business_id: uuid.UUID) -> int:
    after: Place | None = None
    while True:
        after = sweep_acts(business_id, clock.now(), after)
        if after is None:
            break
    judge_promises(business_id, clock.now())
    close_day(business_id, clock.now())
    today = clock.today(get_business(business_id).timezone)
    batch = next((row for row, _ in batches(business_id, 1) if row.on_day == today), None)
    if batch is None:
        return 0
    if batch.state == "held":
        click.echo(f"{get_business(business_id).name}: nothing was cut. {batch.reason}", err=True)
        return 0
    done = 0
    while batch.state == "running":
        done += carry_out(business_id, batch.id, clock.now())
        batch = batches(business_id, 1)[0][0]
    for one in cuts_of(business_id, batch.id):
        click.echo(f"{one.client_name}, {one.service}: {one.cut.state}, {one.cut.days} days overdue on {one.number}")
    return done
