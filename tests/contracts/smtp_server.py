"""A real SMTP server for tests: STARTTLS with a certificate of its own, sign-in after TLS, scripted refusals."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER = "billing"
PASSWORD = "a-mail-password"
MAX_BYTES = 200_000


@dataclass
class SmtpServer:
    """What the test sees of the server. `at_recipient` and `at_data` hold the scripted replies.

    With `slow`, it says so many seconds after it took a message that it did.
    """

    host: str
    port: int
    ca_file: str
    delivered: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    signed_in: list[bool] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    at_recipient: dict[str, str] = field(default_factory=dict)
    at_data: list[str] = field(default_factory=list)
    slow: float = 0.0


class _Handler:
    def __init__(self) -> None:
        self.seen: SmtpServer | None = None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        assert self.seen is not None
        refusal = self.seen.at_recipient.get(address)
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert self.seen is not None
        if self.seen.at_data:
            return self.seen.at_data.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        self.seen.delivered.append(content)
        self.seen.recipients.append(list(envelope.rcpt_tos))
        self.seen.signed_in.append(bool(session.authenticated))
        self.seen.encrypted.append(session.ssl is not None)
        await asyncio.sleep(self.seen.slow)
        return "250 OK queued"


def _authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    genuine = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    # With handled=True the server would believe that we already answered, and the client would wait for ever.
    return AuthResult(success=genuine, handled=False)


@contextmanager
def run_smtp_server(
    directory: Path, *, tls: bool = True, implicit: bool = False, sign_in: bool = True
) -> Iterator[SmtpServer]:
    """Serve on a free port of 127.0.0.1: with STARTTLS, with TLS from the start (`implicit`), or without any TLS."""
    authority = trustme.CA()
    ca_file = directory / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    handler = _Handler()
    options: dict[str, Any] = {"data_size_limit": MAX_BYTES, "auth_require_tls": tls and not implicit}
    if tls and not implicit:
        options |= {"tls_context": context, "require_starttls": True}
    if sign_in:
        options |= {"authenticator": _authenticate, "auth_required": tls}
    with _listening(handler, context if implicit else None, options) as port:
        handler.seen = SmtpServer("127.0.0.1", port, str(ca_file))
        yield handler.seen


class _FreePortController(Controller):
    """Takes the port that the system gives; the stock class can only knock at a port it was told."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        if self.ssl_context is None:
            super()._trigger_server()  # type: ignore[no-untyped-call]
        else:
            self._knock_with_tls()

    def _knock_with_tls(self) -> None:
        anyone = ssl.create_default_context()
        anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection((self.hostname, self.port), timeout=60)
        with anyone.wrap_socket(plain) as secure:
            secure.recv(1024)


@contextmanager
def _listening(handler: _Handler, ssl_context: ssl.SSLContext | None, options: dict[str, Any]) -> Iterator[int]:
    controller = _FreePortController(handler, hostname="127.0.0.1", port=0, ssl_context=ssl_context, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
        controller.loop.close()
