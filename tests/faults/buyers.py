"""Customers who pay whatever happens to the pages they are on: they load again, click again, and may not come back."""

from __future__ import annotations

import hashlib
import html
import json
import re
import threading
import time
from pathlib import Path
from urllib.parse import urljoin

import requests

from tests.contracts.fake_paystack import RemotePaystack

CHECKOUT = re.compile(r"https://checkout\.paystack\.com/([0-9a-f]+)")
PATIENCE = 90
PAUSE = 0.15


class Stubborn:
    """Somebody with the link to an invoice, on a connection that breaks."""

    def __init__(self, site: str, token: str) -> None:
        self.site, self.page = site, f"{site}/i/{token}/"
        self.browser = requests.Session()

    def reach_checkout(self, until: float) -> str:
        """Press Pay until Paystack's page opens. Returns the code in its address."""
        while time.monotonic() < until:
            try:
                code = self._press_pay()
            except requests.RequestException:
                code = None
            if code:
                return code
            time.sleep(PAUSE)
        raise TimeoutError(f"no checkout page in {PATIENCE} s")

    def _press_pay(self) -> str | None:
        shown = self.browser.get(self.page, timeout=60)
        key = re.search(r'name="csrf_token" value="([^"]+)"', shown.text)
        if shown.status_code != 200 or key is None:
            return None
        answer = self.browser.post(
            self.page + "pay/",
            data={"csrf_token": key[1], "what": "whole"},
            headers={"Referer": self.page},
            allow_redirects=False,
            timeout=60,
        )
        where = answer.headers.get("Location", "") if answer.status_code == 303 else ""
        if found := CHECKOUT.match(where):
            return found[1]
        return self._wait_on(urljoin(self.page, where)) if where else None

    def _wait_on(self, url: str) -> str | None:
        """The page that refreshes itself until the checkout is there."""
        for _ in range(20):
            waiting = html.unescape(self.browser.get(url, timeout=60).text)
            if found := CHECKOUT.search(waiting):
                return found[1]
            if "Opening the payment page" not in waiting:
                return None
            time.sleep(PAUSE)
        return None

    def come_back(self, reference: str, until: float) -> None:
        """Follow Paystack's way back until a page answers."""
        while time.monotonic() < until:
            try:
                url = f"{self.site}/payment/callback/"
                answer = self.browser.get(url, params={"reference": reference}, allow_redirects=False, timeout=60)
                if answer.status_code < 500:
                    return
            except requests.RequestException:
                pass
            time.sleep(PAUSE)
        raise TimeoutError(f"no page to come back to in {PATIENCE} s")


class Till:
    """Paystack's pages: whoever has the code in an address can pay there."""

    def __init__(self, paystack: RemotePaystack, journal: Path) -> None:
        self.paystack, self._journal, self._read = paystack, journal, 0
        self._references: dict[str, str] = {}
        self._lock = threading.Lock()

    def pay(self, code: str) -> str:
        """Pay, and return the reference."""
        reference = self.reference(code)
        self.paystack.tell("finish", reference, "success")
        return reference

    def reference(self, code: str) -> str:
        """What a checkout page is about: the journal knows once the page's address was answered."""
        until = time.monotonic() + 60
        while code not in self._references and time.monotonic() < until:
            self._read_on()
            time.sleep(0.01)
        return self._references[code]

    def _read_on(self) -> None:
        if not self._journal.exists():
            return  # nobody asked it for anything yet
        with self._lock, self._journal.open() as file:
            file.seek(self._read)
            for line in iter(file.readline, ""):
                if not line.endswith("\n"):
                    return
                self._read = file.tell()
                self._note(json.loads(line))

    def _note(self, entry: dict[str, object]) -> None:
        body = entry.get("body")
        if entry.get("path") == "/transaction/initialize" and isinstance(body, dict):
            reference = str(body["reference"])
            self._references[hashlib.sha256(reference.encode()).hexdigest()[:15]] = reference


def begun(journal: Path) -> list[str]:
    """The references of all payments that Paystack agreed to begin, as its journal has them."""
    calls = [json.loads(line) for line in journal.read_text().splitlines()]
    opened = [one for one in calls if one.get("path") == "/transaction/initialize" and one["answer"].get("status")]
    return [str(one["body"]["reference"]) for one in opened]
