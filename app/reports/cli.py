"""`flask audit` proves balances, numbers, states and totals against the facts; `flask recount` adds totals up again."""

from __future__ import annotations

import sys
import uuid

import click
from flask.cli import with_appcontext

from app import clock
from app.auth.queries import get_business
from app.errors import NotFound
from app.ledger.totals import rebuild
from app.reports import checks


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


def _chosen(business: uuid.UUID | None) -> list[uuid.UUID]:
    """The business that was named, or all. Raises BadParameter for one that does not exist."""
    if business is None:
        return checks.businesses()
    try:
        get_business(business)
    except NotFound as error:
        raise click.BadParameter("there is no such business", param_hint="--business") from error
    return [business]
