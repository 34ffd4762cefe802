"""Twilio's list of messages as a real HTTP server on 127.0.0.1, judged by Twilio's own specification.

It takes what the real one takes, keeps it in `messages` and every call in `journal`, lists with filters and pages,
goes wrong in the ways of `FAILURES` when told to, and signs callbacks. In a test: `with run_fake_twilio() as fake`.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.contracts.twilio_judge import judge_answer, judge_request

ACCOUNT = "AC" + "1f" * 16
TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
WHATSAPP, SMS = "+14155238886", "+15005550006"

BEFORE = ("500", "503", "hang", "close", "drip", "drip-headers", "bad-json", "not-an-object", "redirect", "too-large")
"""Goes wrong without taking anything."""
AFTER = ("accept-and-close", "accept-and-hang", "accept-and-500", "accept-and-bad-json", "accept-and-no-number")
"""Takes the message, and then goes wrong."""
FAILURES = (*BEFORE, *AFTER)

_FIELDS = {"To": "to", "From": "from"}
_PATH = re.compile(r"/2010-04-01/Accounts/(?P<account>[^/]+)(?P<rest>\.json|/Messages\.json)")


@dataclass(frozen=True)
class Refuse:
    """Answer with an error: Twilio's code, the HTTP status, and how the body is written."""

    code: int
    status: int = 400
    rfc9457: bool = False


@dataclass
class Call:
    """One request and what became of it."""

    method: str
    path: str
    query: list[tuple[str, str]]
    form: list[tuple[str, str]]
    status: int = 0
    answer: Any = None

    def fields(self) -> dict[str, str]:
        return dict(self.form)


@dataclass
class FakeTwilio:
    """The account. `problems` holds whatever is not in the specification, of requests and of answers.

    With `slow`, it says so many seconds after it took a message that it did.
    """

    base_url: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    journal: list[Call] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    script: deque[str | Refuse | dict[str, Any] | None] = field(default_factory=deque)
    status: str = "active"
    first_status: str = "queued"
    templates: dict[str, str] = field(default_factory=dict)
    largest_page: int = 1000
    callbacks_to: dict[str, str] = field(default_factory=dict)
    released: threading.Event = field(default_factory=threading.Event)
    slow: float = 0.0

    def next(self, *outcomes: str | Refuse | None) -> None:
        """Queue the outcome of the coming calls: a word of FAILURES, a Refuse, or None for as usual."""
        assert all(one is None or isinstance(one, Refuse) or one in FAILURES for one in outcomes)
        self.script.extend(outcomes)

    def refuse(self, code: int, status: int = 400, rfc9457: bool = False) -> None:
        """The next call is refused."""
        self.next(Refuse(code, status, rfc9457))

    def put(self, to: str, sender: str, body: str | None, *, made: datetime | None = None, **changes: Any) -> str:
        """Keep a message as if somebody had sent it; returns its number."""
        made = made or datetime.now(UTC)
        sid = f"SM{secrets.token_hex(16)}"
        uri = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}"
        message: dict[str, Any] = {
            "account_sid": ACCOUNT,
            "api_version": "2010-04-01",
            "body": body,
            "date_created": format_datetime(made),
            "date_sent": None,
            "date_updated": format_datetime(made),
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": sender,
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": None,
            "sid": sid,
            "status": self.first_status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": to,
            "uri": f"{uri}.json",
        }
        self.messages.append(message | changes)
        return sid

    def bodies(self) -> list[str]:
        """The texts that were taken, oldest first."""
        return [message["body"] for message in self.messages]

    # --- what it says by itself ---

    def callback(self, sid: str, status: str, error_code: int | None = None) -> tuple[list[tuple[str, str]], str]:
        """The parameters and the signature of a status callback, to the address that came with the message."""
        message = next(one for one in self.messages if one["sid"] == sid)
        pairs = [
            ("ApiVersion", "2010-04-01"),
            ("MessageSid", sid),
            ("SmsSid", sid),
            ("MessageStatus", status),
            ("SmsStatus", status),
            ("To", message["to"]),
            ("From", message["from"]),
            ("AccountSid", ACCOUNT),
        ]
        if error_code is not None:
            pairs.append(("ErrorCode", str(error_code)))
        return pairs, sign(TOKEN, self.callbacks_to.get(sid, ""), pairs)

    def inbound(self, url: str, sender: str, to: str, body: str) -> tuple[list[tuple[str, str]], str]:
        """The parameters and the signature of a customer's message that Twilio posts to `url`."""
        sid = f"SM{secrets.token_hex(16)}"
        pairs = [
            ("SmsMessageSid", sid),
            ("NumMedia", "0"),
            ("FromCity", ""),
            ("SmsSid", sid),
            ("SmsStatus", "received"),
            ("Body", body),
            ("To", to),
            ("MessageSid", sid),
            ("AccountSid", ACCOUNT),
            ("From", sender),
            ("ApiVersion", "2010-04-01"),
        ]
        return pairs, sign(TOKEN, url, pairs)

    # --- what it answers ---

    def answer(self, call: Call, account: str, rest: str) -> tuple[int, Any]:
        """(status, body) for a call that came with the right login."""
        if rest == ".json":
            return 200, {"sid": account, "status": self.status, "friendly_name": "Test", "type": "Full"}
        self.problems += judge_request(call.method, account, call.query, call.form)
        status, answer = self._create(call) if call.method == "POST" else (200, self._list(call))
        if status < 400:
            self.problems += judge_answer(call.method, status, answer)
        return status, answer

    def _create(self, call: Call) -> tuple[int, Any]:
        asked = call.fields()
        if "From" not in asked:
            return refusal(Refuse(21603), "A 'From' phone number is required.")
        if "Body" not in asked and "MediaUrl" not in asked and "ContentSid" not in asked:
            return refusal(Refuse(21619), "A text message body or media urls must be specified.")
        if asked["From"].startswith("whatsapp:") != asked["To"].startswith("whatsapp:"):
            return refusal(Refuse(63007), "The channels of To and From differ.")
        if asked["From"].removeprefix("whatsapp:") not in (WHATSAPP, SMS):
            return refusal(Refuse(21606), "The 'From' number is not of this account.")
        if "ContentSid" in asked and {"Body", "MediaUrl"} & set(asked):
            return refusal(Refuse(21657), "A template takes no body and no media.")
        if len(asked.get("Body", "")) > 1600:
            return refusal(Refuse(21617), "The concatenated message body exceeds the 1600 character limit.")
        body = self._filled(asked) if "ContentSid" in asked else asked["Body"]
        sid = self.put(
            asked["To"], asked["From"], body, num_media=str(sum(name == "MediaUrl" for name, _ in call.form))
        )
        self.callbacks_to[sid] = asked.get("StatusCallback", "")
        return 201, self.messages[-1]

    def _filled(self, asked: dict[str, str]) -> str:
        """The wording of a template with its variables put in."""
        wording = self.templates.get(asked["ContentSid"], "")
        for name, value in json.loads(asked.get("ContentVariables", "{}")).items():
            wording = wording.replace("{{" + name + "}}", value)
        return wording

    def _list(self, call: Call) -> dict[str, Any]:
        """One page, the newest first. A day of sending excludes whatever was not sent yet."""
        asked = dict(call.query)
        found = [one for one in reversed(self.messages) if self._fits(one, asked)]
        size = min(int(asked.get("PageSize", "50")), self.largest_page)
        page = int(asked.get("Page", "0"))
        part = found[page * size : (page + 1) * size]
        kept = [(name, value) for name, value in call.query if name not in ("Page", "PageToken", "PageSize")]

        def uri(number: int) -> str:
            token = [("PageToken", f"PASM{number}")] if number else []
            return f"{call.path}?" + urlencode([*kept, ("PageSize", size), ("Page", number), *token])

        return {
            "first_page_uri": uri(0),
            "next_page_uri": uri(page + 1) if found[(page + 1) * size :] else None,
            "previous_page_uri": uri(page - 1) if page else None,
            "uri": uri(page),
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + max(len(part) - 1, 0),
            "messages": part,
        }

    def _fits(self, message: dict[str, Any], asked: dict[str, str]) -> bool:
        if any(name in asked and message[kept] != asked[name] for name, kept in _FIELDS.items()):
            return False
        days = {name: asked[name][:10] for name in ("DateSent", "DateSent<", "DateSent>") if name in asked}
        if not days:
            return True
        if message["date_sent"] is None:
            return False
        sent = datetime.strptime(message["date_sent"], "%a, %d %b %Y %H:%M:%S %z").date().isoformat()
        return (
            days.get("DateSent", sent) == sent
            and sent <= days.get("DateSent<", sent)
            and days.get("DateSent>", "") <= sent
        )


def sign(token: str, url: str, pairs: list[tuple[str, str]]) -> str:
    """Twilio's signature: HMAC-SHA1 of the address and every name with its value, sorted, in base64."""
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def refusal(chosen: Refuse, words: str = "No.") -> tuple[int, Any]:
    """The answer to something refused, in one of Twilio's two forms."""
    more = f"https://www.twilio.com/docs/errors/{chosen.code}"
    if chosen.rfc9457:
        return chosen.status, {
            "type": more,
            "title": words,
            "status": chosen.status,
            "code": chosen.code,
            "detail": words,
        }
    return chosen.status, {"code": chosen.code, "message": words, "more_info": more, "status": chosen.status}


class _Handler(BaseHTTPRequestHandler):
    fake: FakeTwilio
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def log_message(self, *_: Any) -> None:
        """Quiet: the journal has it."""

    def _handle(self) -> None:
        self.close_connection = True
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8")
        parts = urlsplit(self.path)
        query, form = (
            parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)) for text in (parts.query, raw)
        )
        call = Call(self.command, parts.path, query, form)
        self.fake.journal.append(call)
        outcome = self.fake.script.popleft() if self.fake.script else None
        # The client gives up on us, which is what some of these failures are for.
        with contextlib.suppress(OSError):
            self._act(call, outcome)

    def _act(self, call: Call, outcome: str | Refuse | dict[str, Any] | None) -> None:
        if isinstance(outcome, Refuse):
            call.status, call.answer = refusal(outcome, "The number +2348012345678 is not valid.")
        elif isinstance(outcome, dict):
            call.status, call.answer = 200, outcome
        elif outcome in BEFORE:
            self._break(str(outcome))
            return
        else:
            call.status, call.answer = self._answered(call)
            if call.method == "POST":
                time.sleep(self.fake.slow)
        if outcome in AFTER:
            self._break(str(outcome).removeprefix("accept-and-"))
        else:
            self._send(call.status, json.dumps(call.answer).encode())

    def _answered(self, call: Call) -> tuple[int, Any]:
        place = _PATH.fullmatch(call.path)
        login = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {login}":
            return refusal(Refuse(20003, 401), "Authenticate")
        if place is None or place["account"] != ACCOUNT:
            return refusal(Refuse(20404, 404), "The requested resource was not found")
        return self.fake.answer(call, place["account"], place["rest"])

    def _break(self, how: str) -> None:
        if how in ("500", "503"):
            self._send(int(how), json.dumps(refusal(Refuse(20500, int(how)), "Internal Server Error")[1]).encode())
        elif how == "hang":
            self.fake.released.wait(30)
        elif how == "bad-json":
            self._send(201, b'{"sid": "SM')
        elif how == "not-an-object":
            self._send(200, b"[1, 2]")
        elif how == "no-number":
            self._send(201, b'{"sid": null, "status": "queued"}')
        elif how == "redirect":
            self._send(307, b"", Location="/elsewhere")
        elif how == "too-large":
            whole = {"messages": [], "next_page_uri": None, "sid": f"SM{secrets.token_hex(16)}", "status": "queued"}
            self._send(200, json.dumps(whole).encode() + b" " * 9_000_000)
        elif how in ("drip", "drip-headers"):
            self._drip(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n" + (b"\r\n" if how == "drip" else b"X-Slow: "))

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, start: bytes) -> None:
        """One byte now and then: no pause is ever long enough for a read timeout."""
        self.wfile.write(start)
        while not self.fake.released.wait(0.05):
            self.wfile.write(b" ")


class _Server(ThreadingHTTPServer):
    daemon_threads = True


@contextmanager
def run_fake_twilio() -> Iterator[FakeTwilio]:
    """Serve on a free port. Raises AssertionError at the end when anything was not in the specification."""
    fake = FakeTwilio()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": fake}))
    fake.base_url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
    assert not fake.problems, "\n".join(fake.problems)
