"""`flask check-messages` tries the configured mail server and Twilio account without sending anything."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
from flask import current_app
from flask.cli import with_appcontext

from app.messages import registry
from app.messages.channels.base import TransportError
from app.messages.channels.smtp import SmtpChannel
from config import Config


@click.command("check-messages")
@with_appcontext
def check_messages() -> None:
    """Say of mail and of WhatsApp and SMS whether they are configured and whether that works."""
    config: Config = current_app.config["DUELY"]
    if config.messages == "console":
        click.echo("Nothing leaves: MESSAGES=console writes mail and texts to the log.")
        return
    mail = _works("Mail", config.mail.host, lambda: _check_mail(config)) if config.mail.configured else None
    if mail is None:
        click.echo("Mail: not configured. Set EMAIL_HOST and EMAIL_FROM.")
    texts = _works("WhatsApp and SMS", _numbers(config), _check_texts) if config.twilio.configured else None
    if texts is None:
        click.echo("WhatsApp and SMS: not configured. Set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and a number.")
    sys.exit(1 if False in (mail, texts) else 0)


def _works(what: str, through: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except TransportError as error:
        click.echo(f"{what} ({through}): does not work. {error.reason}")
        return False
    click.echo(f"{what} ({through}): works.")
    return True


def _check_mail(config: Config) -> None:
    channel = registry.installation_channel()
    assert isinstance(channel, SmtpChannel)
    channel.check(config.mail.sender)


def _check_texts() -> None:
    # Loads the SDK, which only those who have an account need.
    from app.messages.channels.twilio import TwilioChannel

    channel = registry.text_channel()
    assert isinstance(channel, TwilioChannel)
    channel.check()


def _numbers(config: Config) -> str:
    numbers = (("WhatsApp", config.twilio.whatsapp_number), ("SMS", config.twilio.sms_number))
    return ", ".join(f"{name} from {number}" if number else f"no {name}" for name, number in numbers)
