"""The handle of a fake that runs as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[3]


class RemotePaystack:
    """A fake at `base_url`, in whatever process. What it is told is what `FakePaystack` can do, by name."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def tell(self, method: str, *args: Any, **kwargs: Any) -> None:
        """Call one of the methods that `control.METHODS` names."""
        self._ask(method, {"args": args, "kwargs": kwargs})

    def deliver(self, url: str, when: str = "once") -> None:
        """Send notices to `url` from now on: never, once, twice or late."""
        self._ask("deliver", {"url": url, "when": when})

    def card(self, code: str, again: str) -> None:
        """What happens when this card is charged again."""
        self._ask("card", {"code": code, "again": again})

    def journal(self) -> list[dict[str, Any]]:
        """Every call, as it came and was answered."""
        return list(self._ask("journal"))

    def deliveries(self) -> list[dict[str, Any]]:
        """Every try to deliver a notice, once nothing is on its way."""
        return list(self._ask("deliveries"))

    def totals(self) -> dict[str, dict[str, Any]]:
        """The book of money: see `Books.totals`."""
        return dict(self._ask("totals"))

    def refunds(self) -> list[dict[str, Any]]:
        """Every refund: id, status, and the note it was asked for with."""
        return list(self._ask("refunds"))

    def _ask(self, what: str, body: dict[str, Any] | None = None) -> Any:
        answer = requests.post(f"{self.base_url}/__control/{what}", json=body or {}, timeout=90)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def start_fake_paystack(journal: Path, port: int = 0) -> Iterator[RemotePaystack]:
    """A fake in a process of its own, which outlives whatever else the test kills; ended at the end."""
    command = [sys.executable, "-m", "tests.contracts.fake_paystack", str(port), str(journal)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        assert base_url.startswith("http://127.0.0.1:"), "the fake Paystack did not start"
        yield RemotePaystack(base_url)
    finally:
        process.terminate()
        process.wait(60)
        if process.stdout is not None:
            process.stdout.close()
