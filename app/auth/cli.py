"""`flask create-user`: the way the first owner comes into a production installation."""

from __future__ import annotations

import unicodedata

import click
from email_validator import EmailNotValidError, validate_email
from flask.cli import with_appcontext

from app import clock
from app.auth.rules import ROLES
from app.auth.service import members
from app.errors import DuelyError, Invalid
from app.web.fields import Refused, clean


@click.command("create-user")
@click.option("--email", required=True, help="The address the person signs in with.")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when left out.")
@click.option("--business", required=True, help="Name or id of a business; a new name opens one.")
@click.option("--role", type=click.Choice(ROLES), default="owner", show_default=True)
@click.option("--name", default="", help="The person's name; without it the first part of the address.")
@with_appcontext
def create_user(email: str, password: str, business: str, role: str, name: str) -> None:
    """Make a person who works in a business. Writes the person's and the business's id, nothing else."""
    try:
        address = validate_email(clean(email), check_deliverability=False).normalized
        if not business.strip():
            raise Invalid("business", "Give the name or the id of a business.")
        typed = (unicodedata.normalize("NFC", password), _name(business), role)
        person_id, business_id = members.create_user(address, *typed, clock.now(), name=_name(name))
    except Invalid as error:
        sentences = [f"--{option}: {sentence}" for option, found in error.errors.items() for sentence in found]
        raise click.ClickException(" ".join(sentences) or str(error)) from error
    except (DuelyError, EmailNotValidError, Refused) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{person_id} {business_id}")


def _name(text: str) -> str:
    cleaned = clean(text)
    if len(cleaned) > 200:
        raise Refused("Use at most 200 characters for a name.")
    return cleaned
