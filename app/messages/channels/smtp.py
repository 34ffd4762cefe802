"""Mail through an SMTP server."""

from __future__ import annotations

import contextlib
import os
import smtplib
import socket
import ssl
import threading
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from app.messages.channels.base import OutgoingMessage, PartlyRefused, TransportError
from app.messages.channels.mime import build_mime, wire_address
from app.messages.channels.smtp_replies import Reply, explain, refusals

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 20.0
TOTAL_TIMEOUT = 75.0
"""Seconds after which a connection is cut whatever it says: less than the lease of a job, so that nobody else takes the
message meanwhile. No read timeout ever ends a server that says a byte now and then."""


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
    total_timeout: float = TOTAL_TIMEOUT

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
        context = _trusting(settings.ca_file)
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


@cache
def _trusting(ca_file: str) -> ssl.SSLContext:
    """Read the certificates to trust once per process: the system's are more than a hundred, which takes longer than
    all the rest of a mail."""
    return ssl.create_default_context(cafile=ca_file or None)


def _part(server: smtplib.SMTP) -> None:
    # The message is already accepted or refused; a rude goodbye changes nothing about that.
    with contextlib.suppress(OSError):
        server.quit()
    server.close()


class _PlainConnection(smtplib.SMTP):
    """Waits `connect_timeout` for the connection, `read_timeout` for each piece of an answer, `total_timeout` for all.

    Whatever came of it, `close` has to be called.
    """

    def __init__(self, settings: SmtpSettings, **options: Any) -> None:
        self._settings, self._limit = settings, _Limit(settings.total_timeout)
        try:
            super().__init__(settings.host, settings.port, timeout=settings.connect_timeout, **options)
        except BaseException:
            self._limit.lift()
            raise

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = socket.create_connection((host, port), timeout)
        connection.settimeout(self._settings.read_timeout)
        self._limit.hold(connection)
        return connection

    def getreply(self) -> Reply:
        """As smtplib does, for which the beginning of a line that was cut off is a reply, too: it is none."""
        try:
            return super().getreply()
        finally:
            if self._limit.reached:
                raise TimeoutError

    def close(self) -> None:
        """Hang up."""
        self._limit.lift()
        super().close()


class _TlsConnection(_PlainConnection, smtplib.SMTP_SSL):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = super()._get_socket(host, port, timeout)
        return self.context.wrap_socket(connection, server_hostname=host)


class _Limit:
    """Cuts a connection after so many seconds, unless it is lifted before."""

    def __init__(self, seconds: float) -> None:
        self.reached = False
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._connection: socket.socket | None = None
        self._lock = threading.Lock()

    def hold(self, connection: socket.socket) -> None:
        """Begin to count. Raises TransportError when the machine has no thread left that could."""
        # A second handle of the same connection: TLS takes the first one over.
        self._connection = socket.socket(fileno=os.dup(connection.fileno()))
        try:
            self._timer.start()
        except RuntimeError:
            self.lift()
            connection.close()
            raise TransportError("Too much is going on at once to send mail.", permanent=False) from None

    def lift(self) -> None:
        """Count no more."""
        self._timer.cancel()
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _cut(self) -> None:
        with self._lock:
            if self._connection is None:
                return
            self.reached = True
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
