"""Commands for cron, beside what people do on the pages: the same services, so nothing is billed twice."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime

import click
from flask.cli import with_appcontext

from app import clock
from app.auth.business_queries import business_ids
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import queries, service
from app.billing.service.billing import bill_client, plan_client
from app.clients.queries import get_client
from app.errors import DuelyError
from app.money import Money, format_money


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be billed.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Bill what is due by this day; today otherwise.")
@click.option("--business", type=click.UUID, help="Only this business; every one otherwise.")
@click.option("--send/--no-send", default=True, help="Send the invoices to the clients; they are sent unless told.")
@with_appcontext
def generate_monthly_invoices(dry_run: bool, as_of: datetime | None, business: uuid.UUID | None, send: bool) -> None:
    """Bill the periods of subscriptions that are due, each once and dated by its own day."""
    known = business_ids()
    if business is not None and business not in known:
        raise click.ClickException("There is no such business.")
    made, failed = 0, 0
    for business_id in [business] if business else known:
        day = as_of.date() if as_of else clock.today(get_business(business_id).timezone)
        for client_id in _clients(business_id, day):
            try:
                for name, on, total, words in _client(business_id, client_id, day, dry_run=dry_run, send=send):
                    click.echo(f"{words} {on} {name}: {format_money(total)}")
                    made += 1
            except DuelyError as error:
                failed += 1
                click.echo(f"{get_client(business_id, client_id).name}: {error}", err=True)
    click.echo(f"{made} invoices {'would be made' if dry_run else 'made'}")
    if failed:
        raise click.ClickException(f"{failed} clients could not be billed.")


def _clients(business_id: uuid.UUID, day: date) -> Iterator[uuid.UUID]:
    after: uuid.UUID | None = None
    while found := queries.due_clients(business_id, day, after):
        yield from found
        after = found[-1]


def _client(
    business_id: uuid.UUID, client_id: uuid.UUID, day: date, *, dry_run: bool, send: bool
) -> Iterator[tuple[str, date, Money, str]]:
    if dry_run:
        for planned in plan_client(business_id, client_id, day):
            yield planned.client_name, planned.bundle.bill_on, planned.total, "would bill"
        return
    for invoice in bill_client(Actor.system(business_id), client_id, day, send=send, now=clock.now()):
        yield invoice.buyer_name, invoice.issue_date, Money(invoice.total_minor, invoice.currency), invoice.number or ""


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be restored.")
@click.option("--business", type=click.UUID, help="Only this business; every one otherwise.")
@with_appcontext
def reactivate_paid_subscriptions(dry_run: bool, business: uuid.UUID | None) -> None:
    """Restore services that were restricted until they are paid, and of which nothing is owed any more."""
    known = business_ids()
    if business is not None and business not in known:
        raise click.ClickException("There is no such business.")
    count = 0
    for business_id in [business] if business else known:
        today = clock.today(get_business(business_id).timezone)
        found = queries.paid_again(business_id, None, today)
        names = {one.id: (one.client_id, one.name) for one in found}
        restored = list(names)
        if not dry_run:
            clients = sorted({client_id for client_id, _ in names.values()})
            done = [service.reactivate(business_id, client_id, now=clock.now()) for client_id in clients]
            restored = [one.subscription_id for actions in done for one in actions]
        for client_id, name in (names[one] for one in restored if one in names):
            verb = "would restore" if dry_run else "restored"
            click.echo(f"{verb} {name} of {get_client(business_id, client_id).name}")
            count += 1
    click.echo(f"{count} services {'would be restored' if dry_run else 'restored'}")
