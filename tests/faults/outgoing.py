"""Messages on their way through a real mail server and a Twilio, both of which write down what they took."""

from __future__ import annotations

import email
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from app import clock
from app.messages import service
from app.messages.rules import About, Face
from config import Config, Mail, Twilio
from tests.contracts.fake_twilio import ACCOUNT, SMS, TOKEN, WHATSAPP, FakeTwilio, run_fake_twilio
from tests.contracts.smtp_server import SmtpServer, run_smtp_server

CHANNELS = ("email", "whatsapp", "sms")
TEMPLATE = "HX" + "0" * 32
SENDER = "billing@duely.example"


@dataclass
class Providers:
    """The mail server and Twilio. What they took is the truth about what was sent."""

    mail: SmtpServer
    twilio: FakeTwilio

    def settings(self) -> dict[str, object]:
        """How an application in this process finds them."""
        account = Twilio(ACCOUNT, TOKEN, WHATSAPP, SMS, self.twilio.base_url)
        return {"mail": Mail(host=self.mail.host, port=self.mail.port, sender=SENDER), "twilio": account}

    def environ(self) -> dict[str, str]:
        """The same for a process of its own."""
        return {
            "EMAIL_HOST": self.mail.host,
            "EMAIL_PORT": str(self.mail.port),
            "EMAIL_FROM": SENDER,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_WHATSAPP_NUMBER": WHATSAPP,
            "TWILIO_SMS_NUMBER": SMS,
            "TWILIO_API_BASE_URL": self.twilio.base_url,
        }

    def mails(self) -> Counter[str]:
        """How often each mail was taken, by its subject; a repeat of one carries the same Message-ID."""
        letters = [email.message_from_bytes(raw) for raw in list(self.mail.delivered)]
        # A long subject stands in a line of its own.
        seen = {(letter["Subject"].strip(), letter["Message-ID"].strip()) for letter in letters}
        assert len({subject for subject, _ in seen}) == len(seen)
        return Counter(letter["Subject"].strip() for letter in letters)

    def letters(self) -> Counter[str]:
        """How often each mail was taken, by its Message-ID."""
        return Counter(email.message_from_bytes(raw)["Message-ID"].strip() for raw in list(self.mail.delivered))

    def texts(self) -> Counter[str]:
        """How often each text was taken."""
        return Counter(self.twilio.bodies())

    def took(self) -> int:
        return len(self.mail.delivered) + len(self.twilio.messages)


@contextmanager
def providers(folder: Path, slow: float = 0.0) -> Iterator[Providers]:
    """Both, running; each message takes `slow` seconds from being taken to the provider saying so."""
    with run_smtp_server(folder, tls=False, sign_in=False) as mail, run_fake_twilio() as twilio:
        mail.slow = twilio.slow = slow
        twilio.templates[TEMPLATE] = "Dear client, {{1}}"
        yield Providers(mail, twilio)


def environ_of(app: Flask) -> dict[str, str]:
    """What a process of its own needs to work on the data of an application."""
    config: Config = app.config["DUELY"]
    return {
        "APP_ENV": "development",
        "SECRET_KEY": config.secret_key,
        "ENCRYPTION_KEYS": ",".join(config.encryption_keys),
        "DATABASE_URL": config.database_url,
        "INSTANCE_DIR": str(config.instance_dir),
        "REDIS_URL": config.redis_url,
        "LOG_LEVEL": "WARNING",
    }


def write(business_id: uuid.UUID, channel: str, number: int) -> tuple[uuid.UUID, str]:
    """Put a message into the outbox. Returns its id, and what its provider will have written down."""
    link = f"https://bills.example.com/i/{channel}-{number}-{uuid.uuid4().hex}"
    address = f"client{number}@lekki.example" if channel == "email" else f"+23480{number:08d}"
    words = {
        "email": Face("email", (("Lekki Hub", address),), f"Pay at {link}", link),
        "sms": Face("sms", (("Lekki Hub", address),), f"Pay at {link}"),
        "whatsapp": Face(
            "whatsapp",
            (("Lekki Hub", address),),
            f"Dear client, {link}",
            content_sid=TEMPLATE,
            variables=(("1", link),),
        ),
    }
    made = service.dispatch(business_id, About("invoice"), [words[channel]], now=clock.now())
    return made.id, link if channel == "email" else words[channel].text
