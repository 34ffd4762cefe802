"""WhatsApp and SMS through Twilio, spoken by its own SDK."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from twilio.base import values
from twilio.base.exceptions import TwilioException
from twilio.http.response import Response
from twilio.rest import Client

from app.messages.channels import twilio_errors
from app.messages.channels.base import OutcomeUnknown, OutgoingText, TransportError
from app.messages.channels.texts import ReadyText, checked
from app.messages.channels.twilio_http import UNREADABLE, LimitedHttpClient, Limits
from app.messages.channels.twilio_search import Search

BASE_URL = "https://api.twilio.com"
PAGE_SIZE = 200
MOST_PAGES = 50
"""Ten thousand messages between two numbers; whoever has more is told, never answered with half of them."""

_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")
_NOT_READ = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """One account and our numbers in it, in E.164 form; a number that is empty switches its channel off.

    Timeouts in seconds.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    whatsapp_number: str = ""
    sms_number: str = ""
    base_url: str = BASE_URL
    connect_timeout: float = 5.0
    read_timeout: float = 10.0


class TwilioChannel:
    """Sends through one account. Twilio has no key that keeps a message from being sent twice, hence `find`."""

    def __init__(self, settings: TwilioSettings) -> None:
        self.settings = settings
        http = LimitedHttpClient(Limits(settings.connect_timeout, settings.read_timeout))
        # Without an environment of its own the SDK would read region and edge from the process's.
        nowhere = {"TWILIO_EDGE": "", "TWILIO_REGION": ""}
        self._client = Client(settings.account_sid, settings.auth_token, http_client=http, environment=nowhere)
        self._client.api.base_url = settings.base_url.rstrip("/")

    def send(self, text: OutgoingText) -> str:
        """Hand the message to Twilio and return its SM or MM number.

        A message that Twilio takes may still fail later; that comes as a status callback. Raises TransportError when
        the message was not taken, OutcomeUnknown when it may have been.
        """
        ready = checked(text)
        request = {"to": _address(ready.channel, ready.to), "from_": self._sender(ready), **_content(ready)}
        taken = _asked(lambda: self._client.api.v2010.account.messages.create(**request), sends=True, to=ready.to)
        if not isinstance(taken.sid, str) or not _SID.fullmatch(taken.sid):
            raise OutcomeUnknown(UNREADABLE, detail="no message number")
        if taken.status in ("failed", "undelivered", "canceled"):
            code = taken.error_code or 0
            reason, permanent = twilio_errors.failure(code)
            gone = (ready.to,) if twilio_errors.is_gone(code) else ()
            told = {"detail": f"{taken.sid} {code or ''}", "about_one": twilio_errors.is_of_one(code)}
            raise TransportError(reason, permanent=permanent, gone=gone, **told)
        return taken.sid

    def find(self, text: OutgoingText, since: datetime, known: Collection[str]) -> str | None:
        """Look through what the account sent from our number to this one; see `TextChannel.find`.

        Twilio's own filter by date is not used: it goes by the day of sending, which a message that still waits in
        a queue does not have.
        """
        ready = checked(text)
        search = Search(ready, _address(ready.channel, ready.to), self._sender(ready), since, known)
        _asked(lambda: self._look_through(search), sends=False)
        return search.result()

    def check(self) -> None:
        """Ask for the account, which changes nothing. Raises TransportError when it cannot be used."""
        account = _asked(lambda: self._client.api.v2010.account.fetch(), sends=False)
        if account.sid != self.settings.account_sid:
            raise TransportError(UNREADABLE, permanent=False, detail="another account")
        if account.status != "active":
            raise TransportError("The Twilio account is not active.", permanent=False, detail=str(account.status)[:50])

    def _sender(self, ready: ReadyText) -> str:
        whatsapp = ready.channel == "whatsapp"
        number = self.settings.whatsapp_number if whatsapp else self.settings.sms_number
        if not number:
            name = "WhatsApp" if whatsapp else "SMS"
            raise TransportError(f"No number is set up from which {name} messages are sent.", permanent=True)
        return _address(ready.channel, number)

    def _look_through(self, search: Search) -> None:
        uri, params = f"/2010-04-01/Accounts/{self.settings.account_sid}/Messages.json", search.filters(PAGE_SIZE)
        for _ in range(MOST_PAGES):
            answer = self._client.request("GET", self._client.api.base_url + uri, params=params)
            if answer.status_code != 200:
                raise _refused(answer.status_code, *_read_refusal(answer), sends=False)
            following = search.read_page(answer.text)
            if following is None:
                return
            # The address of the next page holds the filters, too.
            uri, params = following, {}
        raise TransportError("Twilio lists too many messages to look through.", permanent=False, about_one=True)


def _address(channel: str, number: str) -> str:
    return f"whatsapp:{number}" if channel == "whatsapp" else number


def _content(ready: ReadyText) -> dict[str, Any]:
    """What the message holds: a template without a body, or a body and perhaps a file."""
    parts: dict[str, Any] = {"status_callback": ready.status_url or values.unset}
    if ready.content_sid:
        variables = json.dumps(dict(ready.variables), ensure_ascii=False) if ready.variables else values.unset
        return {**parts, "content_sid": ready.content_sid, "content_variables": variables}
    return {**parts, "body": ready.body, "media_url": [ready.media_url] if ready.media_url else values.unset}


def _asked(work: Callable[[], Result], *, sends: bool, to: str = "") -> Result:
    """What the SDK gives back, or the error in our words. With `sends`, what cannot be read may have been done.

    `to` is the number that the question was about, if any.
    """
    try:
        return work()
    except TwilioException as error:
        raise _explained(error, sends, to) from error
    except _NOT_READ as error:
        raise _unread(UNREADABLE, type(error).__name__, sends) from error


def _explained(error: TwilioException, sends: bool, to: str) -> TransportError:
    # TwilioServiceException has the same names as TwilioRestException and is none; a bare TwilioException has neither.
    status, code = (_whole(getattr(error, name, 0)) for name in ("status", "code"))
    words = next((str(one) for name in ("msg", "detail", "title") if (one := getattr(error, name, None))), "")
    return _refused(status, code, words, sends=sends, to=to)


def _refused(status: int, code: int, words: str, *, sends: bool, to: str = "") -> TransportError:
    if 400 <= status < 500 and status != 408:
        return twilio_errors.explain(status, code if code != status else 0, words, to)
    reason = "Twilio had a fault of its own." if status >= 500 else UNREADABLE
    return _unread(reason, f"{status} {code or ''} {words}"[:300], sends)


def _read_refusal(answer: Response) -> tuple[int, str]:
    try:
        body = json.loads(answer.text)
    except (ValueError, RecursionError):
        return 0, ""
    return (_whole(body.get("code")), str(body.get("message", ""))) if isinstance(body, dict) else (0, "")


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _unread(reason: str, detail: str, sends: bool) -> TransportError:
    if sends:
        return OutcomeUnknown(reason, detail=detail)
    return TransportError(reason, permanent=False, detail=detail)
