"""Somebody else's software switches the services: it is told by signed webhooks and answers how they stand."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import ssl
from collections.abc import Mapping, Sequence
from datetime import datetime
from string import punctuation
from typing import Any
from urllib.parse import quote, urlsplit

from app.billing.drivers.base import NETWORK_STATES, Connection, Patience, Status, User
from app.billing.drivers.errors import CannotList, DriverError, Refused, UnknownUser, Unreachable
from app.billing.drivers.reaching import cut_off, resolve, within

LARGEST = 8_000_000
"""Bytes of an answer that are read."""
AGAIN = (408, 425, 429)
NOT_MADE = (404, 405, 501)


def signature(secret: str, sent_at: int, body: bytes) -> str:
    """What goes into Duely-Signature: the second it was sent and an HMAC-SHA256 over "second.body"."""
    digest = hmac.new(secret.encode(), f"{sent_at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={sent_at},v1={digest}"


class WebhookDriver:
    """`connection.address` is the URL; `now` is signed with what is said."""

    name = "webhook"
    title = "Webhook"

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._to, self._now = connection, now

    def suspend(self, user: User) -> str:
        """Tell it."""
        return self._tell("suspend", user)

    def throttle(self, user: User) -> str:
        """Tell it."""
        return self._tell("throttle", user)

    def restore(self, user: User) -> str:
        """Tell it."""
        return self._tell("restore", user)

    def status(self, user: User) -> Status:
        """Ask it."""
        code, answer = self._post("status", _facts(user))
        if code in NOT_MADE and answer.get("error") != "unknown_user":
            raise CannotList("The receiver does not answer how a service stands.")
        self._judge(code, answer, user.name)
        return _status(answer)

    def list_states(self, users: Sequence[User]) -> Mapping[str, Status]:
        """Ask for all at once."""
        code, answer = self._post("list", None)
        if code in NOT_MADE or (200 <= code < 300 and not isinstance(answer.get("services"), list)):
            raise CannotList("The receiver does not list its services, so nothing was compared.")
        self._judge(code, answer, "")
        services = answer["services"]
        if not all(isinstance(one, dict) and isinstance(one.get("username"), str) for one in services):
            raise Refused("The receiver answered with a list in which a user has no name.")
        return {one["username"]: _status(one) for one in services}

    def test(self) -> str:
        """Send a ping."""
        code, answer = self._post("ping", None)
        self._judge(code, answer, "")
        return f"The receiver took a signed ping and answered {code}."

    def _tell(self, action: str, user: User) -> str:
        code, answer = self._post(action, _facts(user))
        self._judge(code, answer, user.name)
        said = answer.get("message")
        return str(said)[:200] if said else f"The receiver answered {code}."

    def _judge(self, code: int, answer: Mapping[str, Any], name: str) -> None:
        if 200 <= code < 300:
            return
        if code == 404 and answer.get("error") == "unknown_user":
            raise UnknownUser(f"The receiver knows nobody called {name}.")
        if 300 <= code < 400:
            raise Refused(f"The receiver answered {code}, a redirect, and these are not followed.")
        if code >= 500 or code in AGAIN:
            raise DriverError(f"The receiver answered {code}. It is tried again.")
        raise Refused(f"The receiver refused it with {code}.")

    def _post(self, action: str, user: Mapping[str, str] | None) -> tuple[int, Mapping[str, Any]]:
        """The code and what was said as JSON; nothing where that was no object."""
        said = {"action": action, "sent_at": self._now.isoformat(), **({"user": user} if user else {})}
        body = json.dumps(said, separators=(",", ":")).encode()
        signed = signature(self._to.secret, int(self._now.timestamp()), body)
        code, raw = post(self._to, body, {"Duely-Signature": signed})
        return code, _object(raw)


def post(to: Connection, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Send JSON to an address that people typed: the code and what was answered. Redirects are not followed.

    Raises NotAllowed, Refused, Unreachable.
    """
    url = urlsplit(to.address)
    host, secure = url.hostname or "", url.scheme != "http"
    port = url.port or (443 if secure else 80)
    address = resolve(host, port, to, private=False)
    if not secure and not within(address, to.networks):
        raise Refused("Webhooks go to https addresses only.")
    usual = {
        "Host": url.netloc.rpartition("@")[2],
        "Content-Type": "application/json",
        "User-Agent": "Duely",
        "Connection": "close",
    }
    # A request line is ASCII: other letters go as receivers expect them, what is written with % stays.
    path = quote((url.path or "/") + (f"?{url.query}" if url.query else ""), safe=punctuation)
    return _talk(_Pinned(address, port, host, secure, to.patience), path, body, {**usual, **headers})


def _talk(line: _Pinned, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    try:
        line.connect()
        with cut_off(line.sock, line.patience.longest):
            line.request("POST", path, body, dict(headers))
            answer = line.getresponse()
            return answer.status, answer.read(LARGEST)
    except ssl.SSLCertVerificationError as error:
        raise Refused("The certificate of the receiver cannot be trusted.") from error
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable("The receiver does not answer.") from error
    finally:
        line.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to the address that was checked, whatever the name stands for by now."""

    def __init__(self, address: str, port: int, host: str, secure: bool, patience: Patience) -> None:
        super().__init__(host, port, timeout=patience.read)
        self._address, self._name, self._secure = address, host, secure
        self.patience = patience

    def connect(self) -> None:
        """Connect, and with https look at the certificate of the name."""
        self.sock = socket.create_connection((self._address, self.port), self.patience.connect)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self._name)
        self.sock.settimeout(self.patience.read)


def _facts(user: User) -> dict[str, str]:
    return {"username": user.name, "subscription": user.reference, "ip": user.ip, "mac": user.mac,
            "profile": user.profile}  # fmt: skip


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _status(said: Mapping[str, Any]) -> Status:
    state, online = said.get("state"), said.get("online")
    if state not in NETWORK_STATES:
        raise Refused("The receiver did not say active, throttled or suspended.")
    return Status(state, online if isinstance(online, bool) else None)
