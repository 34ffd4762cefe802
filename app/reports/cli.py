"""`flask audit` proves balances, numbers, states and totals against the facts; `flask recount` adds totals up again;
`flask export-journal` writes the books for an accountant."""

from __future__ import annotations

import sys
import uuid
from datetime import datetime

import click
from flask.cli import with_appcontext

from app import clock
from app.auth.business_queries import business_ids
from app.auth.queries import find_business, get_business
from app.errors import DuelyError, NotFound
from app.extensions import db
from app.ledger.totals import rebuild
from app.reports import checks, journal
from app.reports.books import Title
from app.reports.periods import own_period


@click.command()
@click.option("--business", type=click.UUID, help="Check one business only, by its id.")
@click.option("--all", "everything", is_flag=True, help="Check every business and the installation (the default).")
@with_appcontext
def audit(business: uuid.UUID | None, everything: bool) -> None:
    """Hold balances, numbers, totals and states against the facts; one line for each difference."""
    if business and everything:
        raise click.UsageError("--business and --all exclude each other.")
    chosen = _chosen(business)
    found = 0
    for violation in checks.violations(chosen, clock.now(), installation=business is None):
        found += 1
        click.echo(f"{violation.business_id or 'installation'}: {violation.sentence}")
    counted = f"{len(chosen)} {'business' if len(chosen) == 1 else 'businesses'} checked"
    click.echo(f"{counted}, {found or 'no'} {'difference' if found == 1 else 'differences'}.")
    sys.exit(1 if found else 0)


@click.command()
@click.option("--business", type=click.UUID, help="One business only, by its id; otherwise all of them.")
@with_appcontext
def recount(business: uuid.UUID | None) -> None:
    """Add up the totals of days and months again from invoices and payments."""
    chosen = _chosen(business)
    for business_id in chosen:
        rebuild(business_id)
    click.echo(f"{len(chosen)} {'business' if len(chosen) == 1 else 'businesses'} counted.")


DAY = click.DateTime(["%Y-%m-%d"])


@click.command("export-journal")
@click.option("--business", required=True, help="Name or id of the business.")
@click.option("--from", "first", type=DAY, required=True, help="The first day, like 2026-10-01.")
@click.option("--to", "last", type=DAY, required=True, help="The last day; it is included.")
@click.option("--format", "form", type=click.Choice(sorted(journal.FORMATS)), default="csv", show_default=True)
@with_appcontext
def export_journal(business: str, first: datetime, last: datetime, form: str) -> None:
    """Write the journal of a period with its control totals, as the page Reports, Journal does."""
    try:
        business_id = find_business(business)
        period = own_period(first.date(), last.date())
    except DuelyError as error:
        raise click.ClickException(str(error)) from error
    if business_id is None:
        raise click.BadParameter("there is no such business", param_hint="--business")
    found = get_business(business_id)
    title = Title(found.id, found.name, found.currency, period)
    db.session.rollback()
    for piece in journal.exported(db.engine, title, form):
        click.echo(piece, nl=False)


def _chosen(business: uuid.UUID | None) -> list[uuid.UUID]:
    """The business that was named, or all. Raises BadParameter for one that does not exist."""
    if business is None:
        return business_ids()
    try:
        get_business(business)
    except NotFound as error:
        raise click.BadParameter("there is no such business", param_hint="--business") from error
    return [business]
