"""Staff who send from the pages of a web server that keeps dying: they wait, open pages anew and press again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin

import requests
from lxml import html

from tests.faults.errands import Errand
from tests.support.story import PASSWORD

PATIENCE = 180
"""Seconds until a page has to have been answered."""
PAUSE = 0.1
SENT = ("sent", "delivered", "read")
TELL = ("page", "again", "question", "editor", "reminder")
"""What an invoice's page tells to have happened; of the others people send the same form again."""
Form = tuple[str, list[tuple[str, str]]]


@dataclass
class Traffic:
    """What is being asked at this moment; whoever kills the web server wants to hit somebody."""

    pressing: int = 0
    cut: int = 0
    """Presses whose connection broke after the server had taken it."""
    pressed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        with self._lock:
            self.pressing += 1
            self.pressed += 1

    def end(self, cut: bool) -> None:
        with self._lock:
            self.pressing -= 1
            self.cut += cut


def filled(form: Form, **typed: str) -> Form:
    """A form with some of it typed; another button of it would be in the way of the one that is pressed."""
    return form[0], [pair for pair in form[1] if pair[0] not in typed] + list(typed.items())


def told(answer: requests.Response) -> str:
    """An answer in short, for whoever reads why a test failed."""
    words = " ".join(html.fromstring(answer.content).text_content().split()) if answer.content else ""
    return f"{answer.request.method} {answer.url}: {answer.status_code} {words[:1000]}"


class Colleague:
    """One of the staff, in a browser of their own. `count` tells how many messages an errand has, in these states."""

    def __init__(self, site: str, email: str, traffic: Traffic, count: Callable[..., int]) -> None:
        self.site, self.email, self.traffic, self.count = site, email, traffic, count
        self.browser, self.cut = requests.Session(), False

    def sign_in(self) -> None:
        """By the form, with the password."""
        form = self._open("/login/", "/login/")
        assert form
        answer = self._send(filled(form, email=self.email, password=PASSWORD), "/login/")
        assert answer is not None
        assert answer.status_code == 303, told(answer)

    def run(self, errand: Errand) -> None:
        """Send it, as often as it is to be sent, or give up where nobody insists."""
        while errand.answered < errand.presses:
            again = errand.answered > 0
            if again:
                self._wait(lambda: self.count(errand, *SENT) >= errand.answered, "a message to leave")
            if not self._press(errand, again):
                return
            errand.answered += 1
        errand.over = True

    def _press(self, errand: Errand, again: bool) -> bool:
        """Until it is answered, or a page shows that it was sent. Returns False when it was given up."""
        page = f"/invoices/{errand.invoice_id}/send/" if again else errand.page
        form, until = self._form(errand, page, again), time.monotonic() + PATIENCE
        while form is not None and time.monotonic() < until:
            answer = self._send(form, page)
            if answer is not None and answer.status_code < 500:
                self._expect(errand, answer)
                return True
            errand.lost += 1
            errand.happened += self.cut and self.count(errand) > errand.answered + errand.happened
            if self.cut and not errand.insists:
                return False
            time.sleep(PAUSE)
            if errand.looks and not again and errand.way in TELL:
                form = self._form(errand, page, again)
        assert form is None, f"no answer to {page} in {PATIENCE} s"
        return True

    def _form(self, errand: Errand, page: str, again: bool) -> Form | None:
        """The form to press; None where it had no answer before, and the page tells that it happened."""
        if errand.lost and errand.way != "reminder" and not again and self._was_sent(errand):
            return None
        form = self._open(page, self._action(errand, page))
        assert form or errand.lost, f"{page} has no button"
        pressed = {"list": {"do": "send", "ids": str(errand.invoice_id)}, "editor": {"do": "send"}}
        return filled(form, **pressed.get(errand.way, {})) if form and not again else form

    def _expect(self, errand: Errand, answer: requests.Response) -> None:
        """The answer says that it was sent, or that it was before."""
        if answer.status_code == 409:
            assert errand.lost, told(answer)
            assert self._was_sent(errand), told(answer)
            return
        assert answer.status_code == (200 if errand.way == "list" else 303), told(answer)
        assert "/login/" not in answer.headers.get("Location", "")

    def _action(self, errand: Errand, page: str) -> str:
        """The address of the form on a page."""
        if errand.way == "list" and page == errand.page:
            return "/invoices/bulk/"
        if page == f"/invoices/{errand.invoice_id}/":
            return f"{page}send/"
        return page.partition("?")[0]

    def _was_sent(self, errand: Errand) -> bool:
        """Whether the invoice's page offers to send it again, and not to send it."""
        page = f"/invoices/{errand.invoice_id}/"
        answer = self._get(page)
        return answer.status_code == 200 and "Send again" in answer.text and f'action="{page}send/"' not in answer.text

    def _open(self, page: str, action: str) -> Form | None:
        """What a form of a page would send; None where there is no such form."""
        answer = self._get(page)
        if answer.status_code != 200:
            assert answer.status_code in (303, 404, 409), told(answer)
            return None
        for form in html.fromstring(answer.content).forms:
            target = str(form.get("action") or page)
            if form.method == "POST" and target.partition("?")[0] == action:
                return target, [(name, value or "") for name, value in form.form_values()]
        return None

    def _get(self, page: str) -> requests.Response:
        """A page, as soon as there is an answer that is none of a server about to go."""
        until, last = time.monotonic() + PATIENCE, ""
        while time.monotonic() < until:
            try:
                answer = self.browser.get(self.site + page, allow_redirects=False, timeout=60)
                if answer.status_code < 500:
                    return answer
                last = told(answer)
            except requests.RequestException as error:
                last = str(error)
            time.sleep(PAUSE)
        raise TimeoutError(f"no {page} in {PATIENCE} s, at last: {last}")

    def _send(self, form: Form, page: str) -> requests.Response | None:
        """The answer, or None when there came none."""
        self.cut = False
        self.traffic.begin()
        try:
            return self.browser.post(
                urljoin(self.site + page, form[0]),
                data=form[1],
                headers={"Referer": self.site + page},
                allow_redirects=False,
                timeout=60,
            )
        except requests.RequestException as error:
            self.cut = "refused" not in str(error)
            return None
        finally:
            self.traffic.end(self.cut)

    def _wait(self, happened: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < until, f"waited in vain for {what}"
            time.sleep(PAUSE)
