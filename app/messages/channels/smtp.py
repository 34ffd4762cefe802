"""Mail through an SMTP server."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from typing import Any

from app.messages.channels.base import OutgoingMessage, PartlyRefused, TransportError
from app.messages.channels.mime import build_mime, wire_address
from app.messages.channels.smtp_replies import explain, refusals

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 20.0


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """How to reach a mail server. Timeouts in seconds.

    `implicit_tls` None means "as port 465 does". `ca_file` names the certificates to trust instead of the system's.
    """

    host: str
    port: int = 587
    user: str = ""
    password: str = field(default="", repr=False)
    implicit_tls: bool | None = None
    ca_file: str = ""
    connect_timeout: float = CONNECT_TIMEOUT
    read_timeout: float = READ_TIMEOUT

    @property
    def tls_from_the_start(self) -> bool:
        return self.port == 465 if self.implicit_tls is None else self.implicit_tls


class SmtpChannel:
    """One connection for each message. STARTTLS whenever it is offered; a password never travels without TLS."""

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings

    def send(self, message: OutgoingMessage) -> str:
        """Hand the message to the server and return its Message-ID.

        A refused login or certificate is not permanent (see TransportError). A connection lost after the text
        was sent counts as not sent, and says `maybe_out`: the repeat carries the same Message-ID.

        Raises TransportError, PartlyRefused.
        """
        raw = build_mime(message).as_bytes()
        sender = wire_address(message.sender.address)
        recipients = list(dict.fromkeys(wire_address(recipient.address) for recipient in message.to))
        try:
            server = self._open(sender)
        except OSError as error:
            raise explain(error) from error
        try:
            refused = server.sendmail(sender, recipients, raw)
        except OSError as error:
            told = explain(error)
            told.maybe_out = not isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused)
            raise told from error
        finally:
            _part(server)
        if refused:
            accepted = tuple(address for address in recipients if address not in refused)
            raise PartlyRefused(message.message_id, accepted, refusals(refused))
        return message.message_id

    def check(self, sender: str) -> None:
        """Connect, secure and sign in without sending anything. Raises TransportError."""
        try:
            _part(self._open(wire_address(sender)))
        except OSError as error:
            raise explain(error) from error

    def _open(self, sender: str) -> smtplib.SMTP:
        settings = self.settings
        context = ssl.create_default_context(cafile=settings.ca_file or None)
        helo = sender.rpartition("@")[2]
        if settings.tls_from_the_start:
            server: smtplib.SMTP = _TlsConnection(settings, local_hostname=helo, context=context)
        else:
            server = _PlainConnection(settings, local_hostname=helo)
        try:
            self._sign_in(server, context)
        except BaseException:
            server.close()
            raise
        return server

    def _sign_in(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        server.ehlo_or_helo_if_needed()
        if not self.settings.tls_from_the_start:
            if server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo_or_helo_if_needed()
            elif self.settings.user:
                raise TransportError(
                    "The mail server offers no encryption, so our password was not sent to it.", permanent=False
                )
        if self.settings.user:
            server.login(self.settings.user, self.settings.password)


def _part(server: smtplib.SMTP) -> None:
    # The message is already accepted or refused; a rude goodbye changes nothing about that.
    with contextlib.suppress(OSError):
        server.quit()
    server.close()


class _Timeouts:
    """Waits `connect_timeout` for the connection and `read_timeout` for each answer, the greeting included."""

    def __init__(self, settings: SmtpSettings, **options: Any) -> None:
        self._read_timeout = settings.read_timeout
        super().__init__(settings.host, settings.port, timeout=settings.connect_timeout, **options)  # type: ignore[call-arg]

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        connection.settimeout(self._read_timeout)
        return connection


class _PlainConnection(_Timeouts, smtplib.SMTP):
    pass


class _TlsConnection(_Timeouts, smtplib.SMTP_SSL):
    pass
