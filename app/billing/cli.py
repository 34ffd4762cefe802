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
from app.billing.service import run_posting, running
from app.billing.service.planning import invoices_of
from app.clients.queries import get_client
from app.errors import NotFound
from app.money import Money, format_money


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be billed.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Bill what is due by this day; today otherwise.")
@click.option("--business", type=click.UUID, help="Only this business; every one otherwise.")
@click.option("--send/--no-send", default=True, help="Send the invoices to the clients; they are sent unless told.")
@with_appcontext
def generate_monthly_invoices(dry_run: bool, as_of: datetime | None, business: uuid.UUID | None, send: bool) -> None:
    """Bill the periods of subscriptions that are due, each once and dated by its own day: a billing run each."""
    known = business_ids()
    if business is not None and business not in known:
        raise click.ClickException("There is no such business.")
    made, failed = 0, set[str]()
    for business_id in [business] if business else known:
        day = as_of.date() if as_of else clock.today(get_business(business_id).timezone)
        for said, words in _look(business_id, day) if dry_run else _bill(business_id, day, send=send):
            click.echo(words, err=said == "failed")
            made += said == "made"
            failed |= {words.partition(":")[0]} if said == "failed" else set()
    click.echo(f"{made} invoice{'' if made == 1 else 's'} {'would be made' if dry_run else 'made'}")
    if failed:
        raise click.ClickException(f"{len(failed)} clients could not be billed.")


Said = tuple[str, str]
"""Whether something was "made", "failed", or is to be "told"; and the line that says so."""


def _look(business_id: uuid.UUID, day: date) -> Iterator[Said]:
    planned = list(running.look(business_id, day, now=clock.now()))
    names = {one.one.row.client_id: str(one.one.row.client_name) for one in planned}
    for (client_id, bundle), minor in invoices_of(planned).items():
        yield (
            "made",
            f"would bill {bundle.bill_on} {names[client_id]}: {format_money(Money.total(minor, bundle.currency))}",
        )
    for one in planned:
        if one.verdict.odd == "price":
            yield "failed", f"{names[one.one.row.client_id]}: {one.verdict.words}"


def _bill(business_id: uuid.UUID, day: date, *, send: bool) -> Iterator[Said]:
    """Plan a run, and post it where it approves itself; what is under way, and may have died there, is done before.

    Each piece asks for the next one by a job as well, so that workers go on where this command ends.
    """
    for run_id in queries.runs.under_way(business_id):
        _work_off(business_id, run_id)
        yield "told", f"{get_business(business_id).name}: a billing run that was under way was taken up."
    if not queries.due.anything_due(business_id, day):
        return
    run_id = running.start_run(Actor.system(business_id), day, now=clock.now(), sends=send).id
    _work_off(business_id, run_id)
    run = queries.runs.find_run(business_id, run_id)
    if run is not None and run.state == "review":
        yield "told", f"{get_business(business_id).name}: the billing run waits for approval."
    elif run is not None:
        yield from _posted(business_id, run_id)


def _work_off(business_id: uuid.UUID, run_id: uuid.UUID) -> None:
    """Plan and post a run as far as it goes by itself."""
    try:
        while running.plan_next(business_id, run_id, now=clock.now()):
            pass
        while run_posting.post_next(business_id, run_id, now=clock.now()):
            pass
    except NotFound:
        # There was nothing in it, or somebody else came to its end and saw that.
        return


def _posted(business_id: uuid.UUID, run_id: uuid.UUID) -> Iterator[Said]:
    for invoice in queries.runs.invoices_of(business_id, run_id):
        total = format_money(Money(invoice.total_minor, invoice.currency))
        yield "made", f"{invoice.number} {invoice.issue_date} {invoice.buyer_name}: {total}"
    for line in queries.runs.failed_of(business_id, run_id):
        yield "failed", f"{line.client_name}: {line.entry.problem}"


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
