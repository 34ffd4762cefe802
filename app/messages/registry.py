"""Which channel carries this installation's mail and texts: the real ones, or the mailbox page of development."""

from __future__ import annotations

from pathlib import Path

from flask import current_app

from app.messages.channels.base import Address, Channel, TextChannel
from app.messages.channels.console import ConsoleChannel
from app.messages.channels.mailbox import Mailbox
from app.messages.channels.smtp import SmtpChannel, SmtpSettings
from config import Config


def mailbox(config: Config) -> Mailbox | None:
    """The development mailbox; None in production, and where nothing would land in it."""
    real = config.mail.configured and config.twilio.configured
    if config.production or config.messages == "console" or real:
        return None
    return Mailbox(Path(config.instance_dir) / "mailbox")


def installation_channel() -> Channel | None:
    """How mail leaves this installation; None when production has no mail server configured."""
    known = current_app.extensions.get("duely_mail")
    if known is None:
        config: Config = current_app.config["DUELY"]
        real = _smtp(config) if config.mail.configured and config.messages != "console" else None
        known = real or _instead(config)
        current_app.extensions["duely_mail"] = known
    return known  # type: ignore[no-any-return]


def text_channel() -> TextChannel | None:
    """How WhatsApp and SMS leave this installation; None when production has no Twilio account configured."""
    known = current_app.extensions.get("duely_texts")
    if known is None:
        config: Config = current_app.config["DUELY"]
        real = _twilio(config) if config.twilio.configured and config.messages != "console" else None
        known = real or _instead(config)
        current_app.extensions["duely_texts"] = known
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


def _twilio(config: Config) -> TextChannel:
    # The SDK costs 15 MB and a tenth of a second, so only those who use it load it.
    from app.messages.channels.twilio import TwilioChannel, TwilioSettings

    account = config.twilio
    return TwilioChannel(
        TwilioSettings(
            account_sid=account.account_sid,
            auth_token=account.auth_token,
            whatsapp_number=account.whatsapp_number,
            sms_number=account.sms_number,
            base_url=account.base_url,
        )
    )


def _instead(config: Config) -> Mailbox | ConsoleChannel | None:
    """What takes messages that do not leave."""
    return ConsoleChannel() if config.messages == "console" else mailbox(config)


def wants_templates() -> bool:
    """Whether WhatsApp is the real one, which takes free text only within a day after the client wrote."""
    config: Config = current_app.config["DUELY"]
    return config.twilio.configured and config.messages != "console"


def twilio_token() -> str:
    """What Twilio signs its calls with; empty when there is no account."""
    config: Config = current_app.config["DUELY"]
    return config.twilio.auth_token if config.twilio.configured else ""
