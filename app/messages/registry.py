"""Which channel carries this installation's mail: its mail server, or the mailbox page of development."""

from __future__ import annotations

from pathlib import Path

from flask import current_app

from app.messages.channels.base import Address, Channel
from app.messages.channels.mailbox import Mailbox
from app.messages.channels.smtp import SmtpChannel, SmtpSettings
from config import Config


def mailbox(config: Config) -> Mailbox | None:
    """The development mailbox; None in production and wherever a mail server is configured."""
    if config.production or config.mail.configured:
        return None
    return Mailbox(Path(config.instance_dir) / "mailbox")


def installation_channel() -> Channel | None:
    """How mail leaves this installation; None when production has no mail server configured."""
    known = current_app.extensions.get("duely_mail")
    if known is None:
        config: Config = current_app.config["DUELY"]
        known = _smtp(config) if config.mail.configured else mailbox(config)
        current_app.extensions["duely_mail"] = known
    return known  # type: ignore[no-any-return]


def sender(name: str = "") -> Address:
    """The From of this installation's mail, with the business's name in front of the configured address."""
    config: Config = current_app.config["DUELY"]
    return Address(name or "Duely", config.mail.sender or "duely@localhost.example")


def _smtp(config: Config) -> SmtpChannel:
    mail = config.mail
    return SmtpChannel(
        SmtpSettings(host=mail.host, port=mail.port, user=mail.user, password=mail.password, ca_file=mail.ca_file)
    )
