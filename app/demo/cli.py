"""`flask seed-demo` and `flask generate-test-data`: businesses to look around in and to measure with."""

from __future__ import annotations

from datetime import datetime

import click
from flask import current_app
from flask.cli import with_appcontext

from app import clock
from app.auth.places import timezone_of
from app.demo.bulk.material import BUSINESS, COUNTRY
from app.demo.material import PASSWORD, PEOPLE
from app.demo.seed import seed_demo, wanted


@click.command("seed-demo")
@with_appcontext
def seed_demo_command() -> None:
    """Fill an empty database with the demo business (never in production)."""
    if current_app.config["DUELY"].production:
        raise click.ClickException("The demo business has a password everybody knows: it is not made in production.")
    if not wanted():
        raise click.ClickException("There are people or businesses in this database already; nothing was changed.")
    seed_demo(clock.now())
    click.echo(sign_in_lines())


def prepare_demo() -> None:
    """Make the demo business in an empty development installation, and say how to sign in."""
    if not current_app.config["DUELY"].development or not wanted():
        return
    seed_demo(clock.now())
    click.echo(sign_in_lines())


def sign_in_lines() -> str:
    """Who can sign in to the demo business, one line each."""
    lines = [f"  {email:<26} {role:<7} {name}" for name, email, role in PEOPLE]
    return "\n".join(["Sign in as (the password of all is: " + PASSWORD + ")", *lines])


@click.command("generate-test-data")
@click.option("--invoices", type=click.IntRange(1, 5_000_000), default=10_000, show_default=True)
@click.option("--clients", type=click.IntRange(1, 5_000), default=500, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed makes the same rows.")
@click.option("--business", default=BUSINESS, show_default=True, help="The name of the business that is made.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="All of it happened before this day (default: today).")
@click.option("--force", is_flag=True, help="Also in production.")
@with_appcontext
def generate_test_data(
    invoices: int, clients: int, seed: int, business: str, until: datetime | None, force: bool
) -> None:
    """Make a business with many invoices of three lines over three years, to measure with."""
    from app.demo.bulk.generate import NameTaken, generate

    if current_app.config["DUELY"].production and not force:
        raise click.ClickException("Invoices that nobody owes do not belong in production. --force makes them.")
    last = until.date() if until else clock.today(timezone_of(COUNTRY))
    try:
        made = generate(business, invoices, clients, seed, last, _tell)
    except NameTaken as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{business} has {invoices} invoices. Sign in as {made.email} with the password {made.password}")


def _tell(made: int) -> None:
    click.echo(f"{made} invoices", err=True)
