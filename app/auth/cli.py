"""`flask create-user`: the way the first owner comes into a production installation; and tokens for programs."""

from __future__ import annotations

import unicodedata
import uuid

import click
from email_validator import EmailNotValidError, validate_email
from flask.cli import with_appcontext

from app import clock
from app.auth import queries
from app.auth.models import Person
from app.auth.rules import ROLES, SCOPES
from app.auth.service import api_tokens, members
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


@click.command("create-token")
@click.option("--email", required=True, help="Whose token it is.")
@click.option("--scopes", required=True, help=f"What it is good for, with commas between: {', '.join(SCOPES)}.")
@click.option("--business", default="", help="Name or id; needed when the person belongs to several.")
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="How long it is good.")
@click.option("--name", default="", help="What uses it.")
@with_appcontext
def create_token(email: str, scopes: str, business: str, days: int, name: str) -> None:
    """Make a token for the API. Writes the token, which is never shown again, and nothing else."""
    person_id, business_id = _member(email, business)
    wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    try:
        typed = _name(name)[:100]
        click.echo(api_tokens.make_token(person_id, business_id, wanted, days, now=clock.now(), name=typed))
    except (DuelyError, Refused) as error:
        raise click.ClickException(str(error)) from error


@click.command("revoke-tokens")
@click.option("--email", required=True, help="Whose tokens.")
@with_appcontext
def revoke_tokens(email: str) -> None:
    """Make every token of a person useless at once, in all businesses. Writes how many there were."""
    click.echo(api_tokens.revoke_tokens(_person(email).id, now=clock.now()))


def _person(email: str) -> Person:
    person = queries.find_person(email)
    if person is None:
        raise click.ClickException(f"Nobody here has the address {email}.")
    return person


def _member(email: str, business: str) -> tuple[uuid.UUID, uuid.UUID]:
    person, wanted = _person(email), unicodedata.normalize("NFC", business.strip())
    theirs = queries.memberships(person.id)
    fitting = [id_ for id_, title, _ in theirs if wanted in ("", title) or wanted.lower() == str(id_)]
    if len(fitting) != 1:
        known = ", ".join(f"{title} ({id_})" for id_, title, _ in theirs) or "no business"
        raise click.ClickException(f"Say with --business which one is meant. {email} belongs to: {known}.")
    return person.id, fitting[0]


def _name(text: str) -> str:
    cleaned = clean(text)
    if len(cleaned) > 200:
        raise Refused("Use at most 200 characters for a name.")
    return cleaned
