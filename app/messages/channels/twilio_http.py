"""How the Twilio SDK speaks HTTP here: with limits, without logs of what it says, and sure of what was not sent."""

from __future__ import annotations

import logging
import queue
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import requests
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProxyError

from app.messages.channels.base import OutcomeUnknown, TransportError

LARGEST_ANSWER = 8_000_000
"""Bytes; a page of 200 messages is far below."""

_NOT_SET_UP = "The address or the login of Twilio is not set up correctly."

UNREADABLE = "Twilio's answer could not be read."


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to connect, and between two pieces of the answer. The whole call may take both together."""

    connect: float = 5.0
    read: float = 10.0

    @property
    def total(self) -> float:
        return self.connect + self.read


class LimitedHttpClient(HttpClient):  # type: ignore[misc]
    """One connection for each call, closed after it, never tried twice.

    Raises TransportError when nothing can have been sent. Whatever goes wrong later is OutcomeUnknown when something
    was to be changed (POST), and a plain TransportError when it was only asked for.
    """

    def __init__(self, limits: Limits) -> None:
        super().__init__(logger=logging.getLogger(__name__), is_async=False, timeout=None)
        self.limits = limits

    def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """The answer to one call; redirects are not followed. Raises TransportError, OutcomeUnknown."""
        try:
            request = requests.Request(method.upper(), uri, headers, None, data, params, auth).prepare()
        except (requests.RequestException, ValueError) as error:
            raise TransportError(_NOT_SET_UP, permanent=False, detail=type(error).__name__) from None
        outcome = _within(self.limits, request)
        if isinstance(outcome, Response):
            return outcome
        unsent = _unsent(outcome)
        if unsent:
            raise TransportError(unsent, permanent=False, detail=type(outcome).__name__)
        reason = _lost(outcome)
        if request.method == "POST":
            raise OutcomeUnknown(reason, detail=type(outcome).__name__)
        raise TransportError(reason, permanent=False, detail=type(outcome).__name__)


class _TooMuch(Exception):
    """The answer is larger or slower than any real one."""


def _within(limits: Limits, request: requests.PreparedRequest) -> Response | Exception:
    """The answer or what went wrong, at the latest after `limits.total` seconds.

    The call runs on a thread of its own, because the name lookup and headers that drip in obey no timeout.
    """
    done: queue.SimpleQueue[Response | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            done.put(_exchange(limits, request))
        except Exception as error:
            done.put(error)

    try:
        threading.Thread(target=run, name="twilio-call", daemon=True).start()
    except RuntimeError:
        raise TransportError("Too much is going on at once to ask Twilio.", permanent=False) from None
    try:
        return done.get(timeout=limits.total)
    except queue.Empty:
        return TimeoutError()


def _exchange(limits: Limits, request: requests.PreparedRequest) -> Response:
    ends = time.monotonic() + limits.total
    with requests.Session() as session:
        settings = session.merge_environment_settings(request.url, {}, True, None, None)
        timeouts = (limits.connect, limits.read)
        with session.send(request, timeout=timeouts, allow_redirects=False, **settings) as answer:
            text = _text(answer, ends)
            return Response(answer.status_code, text, dict(answer.headers))


def _text(answer: requests.Response, ends: float) -> str:
    whole = bytearray()
    for piece in _pieces(answer):
        whole += piece
        if len(whole) > LARGEST_ANSWER or time.monotonic() > ends:
            raise _TooMuch
    return whole.decode("utf-8", "replace")


def _pieces(answer: requests.Response) -> Iterator[bytes]:
    # read1 hands over what has arrived; read would wait for more from an answer that drips in.
    while piece := answer.raw.read1(65536, decode_content=True):
        yield piece


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it was made of: urllib3 and requests wrap one another in `reason` and in `args`."""
    waiting: list[Any] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


def _unsent(error: Exception) -> str:
    """Why nothing can have reached Twilio; "" when something may have."""
    kinds = list(_causes(error))
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in kinds):
        return "Twilio's certificate is not one we trust."
    if any(isinstance(one, NewConnectionError | ConnectTimeoutError | ProxyError) for one in kinds):
        return "Twilio could not be reached."
    if isinstance(error, requests.exceptions.InvalidSchema):
        return _NOT_SET_UP
    return ""


def _lost(error: Exception) -> str:
    if isinstance(error, _TooMuch):
        return UNREADABLE
    if any(isinstance(one, TimeoutError | requests.Timeout) for one in _causes(error)):
        return "Twilio did not answer in time."
    if isinstance(error, requests.RequestException | HTTPError | OSError):
        return "The connection to Twilio broke off."
    return UNREADABLE
