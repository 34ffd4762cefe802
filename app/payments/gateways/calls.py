"""HTTP to a payment company, with limits that keep it from holding our threads.

The library that speaks it is read at the first call: a web process that sells nothing online does without its 8 MB.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.payments.gateways import reading
from app.payments.gateways.errors import GatewayBusy, GatewayError, GatewayTimeout

if TYPE_CHECKING:
    import requests

AT_ONCE = 2
LARGEST_ANSWER = 1_000_000
_UNREADABLE = "The payment company's answer could not be read. Nothing is lost; we are asking again."

_slots: dict[str, threading.BoundedSemaphore] = {}
_slots_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to connect, between two pieces of the answer, for the whole call, and for a free slot."""

    connect: float = 2.0
    read: float = 5.0
    total: float = 8.0
    wait: float = 0.25


class Bearer:
    """`Authorization: Bearer`; given as auth because requests lets a ~/.netrc overrule a plain header."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


class Caller:
    """Calls one company's API at `base_url`; at most two calls at once in this process."""

    def __init__(self, base_url: str, auth: Bearer, limits: Limits | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        self._auth = auth
        self._limits = limits or Limits()

    def call(self, method: str, path: str, json: object = None) -> tuple[int, object]:
        """(HTTP status, parsed JSON body). Raises GatewayTimeout, GatewayBusy, or GatewayError if unreadable."""
        status, raw = _within(
            self._limits, _slot(self._base_url), lambda: self._send(method, self._base_url + path, json)
        )
        try:
            return status, reading.parse(raw)
        except ValueError:
            if status >= 400:
                return status, None
            raise GatewayError(_UNREADABLE) from None

    def _send(self, method: str, url: str, json: object) -> tuple[int, bytes]:
        import requests

        ends = time.monotonic() + self._limits.total
        with (
            requests.Session() as session,
            session.request(
                method,
                url,
                json=json,
                auth=self._auth,
                headers={"Accept": "application/json", "User-Agent": "Duely"},
                timeout=(self._limits.connect, self._limits.read),
                allow_redirects=False,
                stream=True,
            ) as answer,
        ):
            return answer.status_code, _body(answer, ends)


def _body(answer: requests.Response, ends: float) -> bytes:
    # read1 hands over what has arrived; read would wait for more past the deadline on a dripping answer.
    pieces, size = [], 0
    while piece := answer.raw.read1(65536, decode_content=True):
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST_ANSWER:
            raise GatewayError(_UNREADABLE)
        if time.monotonic() > ends:
            raise GatewayTimeout
    return b"".join(pieces)


def _slot(base_url: str) -> threading.BoundedSemaphore:
    with _slots_lock:
        return _slots.setdefault(base_url, threading.BoundedSemaphore(AT_ONCE))


def _within(
    limits: Limits, slot: threading.BoundedSemaphore, work: Callable[[], tuple[int, bytes]]
) -> tuple[int, bytes]:
    """Run `work` on its own thread and give up waiting after `total` seconds.

    The name lookup and slow headers obey no timeout of requests. A call given up keeps its slot until it
    really ends, so a gateway that hangs cannot collect our threads.
    """
    if not slot.acquire(timeout=limits.wait):
        raise GatewayBusy
    outcome: queue.SimpleQueue[tuple[int, bytes] | Exception] = queue.SimpleQueue()

    def run() -> None:
        result: tuple[int, bytes] | Exception
        try:
            result = work()
        except Exception as error:
            result = error
        slot.release()
        outcome.put(result)

    try:
        threading.Thread(target=run, name="gateway-call", daemon=True).start()
    except RuntimeError:
        slot.release()
        raise GatewayBusy from None
    try:
        result = outcome.get(timeout=limits.total)
    except queue.Empty:
        raise GatewayTimeout from None
    return _result(result)


def _result(outcome: tuple[int, bytes] | Exception) -> tuple[int, bytes]:
    """The answer, or a failure in our words. Every broken connection counts as no answer: it may have arrived."""
    import requests
    from urllib3.exceptions import HTTPError

    if isinstance(outcome, GatewayError):
        raise outcome
    if isinstance(outcome, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        raise GatewayError("The address of the payment company is not set up correctly.", permanent=True) from outcome
    if isinstance(outcome, requests.RequestException | HTTPError | OSError):
        raise GatewayTimeout from outcome
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
