"""Providers that are ill in a way of one's choice, and then well again: a mail server, Twilio and a payment company.

They are those of the tests, as servers on this machine that write down what they took. In front of the mail server and
of Twilio stands a door, so that their ports stay the same when nobody listens there.
"""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.paced import Pace
from benchmarks.settings import PAYSTACK_KEY
from tests.contracts.fake_paystack import FakePaystack, run_fake_paystack
from tests.contracts.fake_twilio import FakeTwilio
from tests.faults.door import BABBLES, DRIPS, SHUT, SILENT, WELL, Door
from tests.faults.outgoing import Providers, providers

ILLS = {
    "refused": (SHUT, "", ()),
    "hang": (SILENT, "", ("hang", "hang", "accept-and-hang")),
    "500": (WELL, "451 4.3.0 try later", ("500", "503", "accept-and-500")),
    "drip": (DRIPS, "", ("drip", "drip-headers")),
    "bad-json": (BABBLES, "", ("bad-json", "not-an-object", "accept-and-bad-json")),
}
"""What the door of the mail server does, what the mail server answers to a mail, what Twilio does in turn."""


class _Endless(deque[Any]):
    """A script that goes on and on."""

    def __init__(self, words: tuple[str, ...]) -> None:
        super().__init__(words[:1])
        self._words = itertools.cycle(words)

    def popleft(self) -> str:
        return next(self._words)


class _Always(list[str]):
    """A list of answers that is never used up."""

    def pop(self, _at: Any = 0) -> str:
        return self[0]


class Vendors:
    """All of them. What they took is the truth about what was sent."""

    def __init__(self, both: Providers, paystack: FakePaystack) -> None:
        self.both, self.paystack = both, paystack
        self._doors = Door(both.mail.port), Door(int(urlsplit(both.twilio.base_url).port or 0))

    def environ(self) -> dict[str, str]:
        """How the application finds them."""
        mail, texts = self._doors
        found = self.both.environ() | {"PAYSTACK_BASE_URL": self.paystack.base_url}
        return found | {"EMAIL_PORT": str(mail.port), "TWILIO_API_BASE_URL": f"http://127.0.0.1:{texts.port}"}

    def fall_ill(self, how: str) -> None:
        """All of them, in this way, until they recover."""
        at_door, at_data, script = ILLS[how]
        mail, texts = self._doors
        mail.turn(at_door)
        texts.turn(SHUT if at_door == SHUT else WELL)
        self.both.mail.at_data = _Always([at_data] if at_data else [])
        self.both.twilio.script = _Endless(script) if script else deque()
        self.paystack.fail_next(*["hang"] * 10_000)

    def recover(self) -> None:
        """Everything works again; whoever hangs on an old connection is left hanging, as in earnest."""
        self.both.mail.at_data = []
        self.both.twilio.script = deque()
        self.paystack.behave()
        for door in self._doors:
            door.turn(WELL)

    def mails(self) -> Counter[str]:
        """How often each mail was taken, by its Message-ID."""
        return Counter(str(message_from_bytes(raw)["Message-ID"]).strip() for raw in list(self.both.mail.delivered))

    def texts(self) -> Counter[tuple[str, str]]:
        """How often each text was taken, by number and words."""
        return Counter(
            (str(one["to"]).removeprefix("whatsapp:"), str(one["body"])) for one in self.both.twilio.messages
        )

    def close(self) -> None:
        for door in self._doors:
            door.close()


@contextmanager
def vendors(pace: Pace) -> Iterator[Vendors]:
    """All of them, well, until the end. Their clocks go like the application's."""
    with (
        tempfile.TemporaryDirectory(prefix="duely-bench-vendors-") as folder,
        providers(Path(folder)) as both,
        run_fake_paystack() as paystack,
    ):
        _same_clock(both.twilio, pace)
        paystack.keys.add(PAYSTACK_KEY)
        made = Vendors(both, paystack)
        try:
            yield made
        finally:
            made.recover()
            made.close()


def _same_clock(twilio: FakeTwilio, pace: Pace) -> None:
    put = twilio.put

    def at_our_time(*words: Any, **more: Any) -> str:
        return put(*words, made=datetime.fromtimestamp(pace.now(), UTC), **more)

    twilio.put = at_our_time  # type: ignore[method-assign]
