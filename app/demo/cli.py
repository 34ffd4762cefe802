"""`flask seed-demo`: the demo business for a development installation."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import with_appcontext

from app import clock
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
