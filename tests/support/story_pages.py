"""What people do on the pages, in their words; the same steps with and without scripts where a page allows it.

Everything is found by its role and its label, as somebody would who cannot see the screen.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import expect
from pypdf import PdfReader

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Response

PASSWORD = "a calm river in june"
MAIL_SECONDS = 90


@dataclass(frozen=True)
class Window:
    """One browser window on one installation. `scripted`: whether scripts run in it."""

    page: Page
    site: str
    scripted: bool = True

    def go(self, path: str) -> Response:
        """Open a page of the installation, by path or by whole address."""
        answer = self.page.goto(path if path.startswith("http") else self.site + path)
        assert answer is not None
        return answer

    def press(self, name: str) -> None:
        """Press the one button of that name that can be seen; where no script runs, the next page is waited for."""
        if self.scripted:
            self.button(name).click()
        else:
            self.press_and_leave(name)

    def press_and_leave(self, name: str) -> None:
        """Press a button that leads to another page, and wait until that has come."""
        with self.page.expect_navigation():
            self.button(name).click()

    def button(self, name: str) -> Locator:
        """The one button of that name that can be seen."""
        return self.page.get_by_role("button", name=name, exact=True).filter(visible=True)

    def fill(self, label: str, text: str) -> None:
        """Type into the field of that label, as somebody does: the old text goes, the new one comes."""
        self.page.get_by_label(label, exact=True).fill(text)

    @property
    def path(self) -> str:
        """Where the window is."""
        return urlsplit(self.page.url).path


# -- accounts ----------------------------------------------------------------------------------------------------------


def sign_up(window: Window, email: str, business: str, name: str = "Tolu Adé") -> None:
    """Open an account; ends on the dashboard of the new business."""
    window.go("/signup/")
    window.fill("Your name", name)
    window.fill("Name of your business", business)
    window.fill("E-mail", email)
    window.fill("Password", PASSWORD)
    window.press("Open the account")
    window.page.wait_for_url(window.site + "/")


def sign_in(window: Window, email: str, password: str = PASSWORD) -> None:
    """Sign in from wherever the form is."""
    window.fill("E-mail", email)
    window.fill("Password", password)
    window.press("Sign in")


def confirm_address(window: Window, email: str) -> None:
    """Open the link that was mailed after signing up, and say yes."""
    window.go(link_in_letter(window, email, "/verify/"))
    window.press("Yes, confirm it")
    window.page.wait_for_url(window.site + "/")


# -- the mailbox of development ----------------------------------------------------------------------------------------


def open_letter(window: Window, to: str, subject: str | re.Pattern[str] = "") -> None:
    """Open the newest message to an address, waiting for it as one waits for mail."""
    until = time.monotonic() + MAIL_SECONDS
    while True:
        window.go("/dev/mailbox/")
        row = window.page.get_by_role("row").filter(has_text=to)
        link = row.get_by_role("link", name=subject) if subject else row.get_by_role("link")
        if link.count():
            link.first.click()
            window.page.wait_for_url(re.compile(r"/dev/mailbox/[^/]+/$"))
            return
        assert time.monotonic() < until, f"no message to {to} in {MAIL_SECONDS} seconds"
        time.sleep(0.1)


def link_in_letter(window: Window, to: str, part: str, subject: str | re.Pattern[str] = "") -> str:
    """The first address with `part` in it, in the newest message to somebody about a subject."""
    open_letter(window, to, subject)
    link = window.page.get_by_role("link").and_(window.page.locator(f'a[href*="{part}"]')).first
    return str(link.get_attribute("href"))


# -- the editor --------------------------------------------------------------------------------------------------------


def add_tax(window: Window, name: str = "VAT", rate: str = "7.5") -> None:
    """A tax that every new line gets by itself."""
    window.go("/items/taxes/new/")
    window.fill("Name", name)
    window.fill("Rate", rate)
    window.page.get_by_label("Put it on new lines by itself").check()
    window.press("Add tax")
    window.page.wait_for_url(window.site + "/items/taxes/")


def start_invoice_for_new_client(window: Window, name: str, email: str) -> None:
    """An open editor with a client nobody knew a minute ago: made on the spot, or before where no script runs."""
    if window.scripted:
        window.go("/invoices/new/")
        window.page.get_by_text("Add a new client").click()
        window.fill("Name", name)
        window.page.get_by_label("E-mail").fill(email)
        window.press("Add and choose")
        expect(window.page.get_by_role("combobox", name="Client", exact=True)).to_have_value(name)
        return
    window.go("/clients/new/")
    window.page.locator("#name").fill(name)
    window.page.locator("#email").fill(email)
    window.press("Add client")
    window.page.wait_for_url(re.compile(r"/clients/[0-9a-f-]{36}/$"))
    window.go("/invoices/new/")
    window.page.get_by_label("Client", exact=True).filter(visible=True).select_option(label=name)


def add_item(window: Window, name: str, price: str) -> None:
    """Something for the catalogue, with the taxes that new lines get by themselves."""
    window.go("/items/new/")
    window.page.locator("#name").fill(name)
    window.page.locator("#price").fill(price)
    window.press("Add item")
    window.page.wait_for_url(window.site + "/items/")


def make_item_in_editor(window: Window, name: str, price: str) -> None:
    """In the open editor, make an item nobody sold before; it comes onto a line."""
    if not window.page.locator("#item_name").is_visible():
        window.page.get_by_text("From items").click()
        window.page.get_by_text("New item", exact=True).click()
    window.page.locator("#item_name").fill(name)
    window.page.locator("#item_price").fill(price)
    window.press("Add and put on a line")


def choose_item(window: Window, name: str) -> None:
    """Where no script runs: put an item of the catalogue on a line."""
    window.page.get_by_label("An item to add").select_option(label=name)
    window.press("Add it")


def write_line(window: Window, place: int, what: str, quantity: str, price: str, discount: str = "") -> None:
    """Fill in line `place`, counted from 1, which is added when it is the next one."""
    page = window.page
    title = page.get_by_label(f"Line {place}, what", exact=True)
    if not title.count():
        window.press("Add a line")
        title.wait_for()
    title.fill(what)
    window.fill(f"Line {place}, quantity", quantity)
    window.fill(f"Line {place}, price", price)
    if discount:
        page.get_by_label(re.compile(f"Line {place}, discount")).fill(discount)


def expect_titles(window: Window, *titles: str) -> None:
    """Wait until this is what stands on the lines of the editor, from top to bottom."""
    fields = window.page.get_by_label(re.compile(r"^Line \d+, what$"))
    expect(fields).to_have_count(len(titles))
    for place, title in enumerate(titles):
        expect(fields.nth(place)).to_have_value(title)


@contextmanager
def saving(window: Window, *entries: str) -> Iterator[None]:
    """What is done inside makes the editor save by itself, and these entries, in this order, are in what it stores."""

    def stores_them(answer: Response) -> bool:
        if urlsplit(answer.url).path != "/invoices/" or answer.request.method != "POST":
            return False
        sent = iter([value for _, value in parse_qsl(answer.request.post_data or "")])
        return all(entry in sent for entry in entries)

    with window.page.expect_response(stores_them) as answered:
        yield
    assert answered.value.ok, answered.value.status
    expect(window.page.locator('#live[data-state="saved"]')).to_be_attached()


def invoice_path(window: Window) -> str:
    """The path of the invoice whose page or editor is open."""
    found = re.match(r"/invoices/[0-9a-f-]{36}/", window.path)
    assert found, window.path
    return found.group()


# -- paying ------------------------------------------------------------------------------------------------------------

AT_THE_BANK = re.compile(r"/dev/checkout/")
INVOICE_PAGE = re.compile(r"/i/[^/]+/$")


def go_to_the_bank(window: Window) -> None:
    """Press Pay on the customer's page; ends at the demo bank."""
    window.page.get_by_role("button", name=re.compile("^Pay .*[0-9]")).click()
    window.page.wait_for_url(AT_THE_BANK)


def at_the_bank(window: Window, choice: str | re.Pattern[str]) -> None:
    """Press one of the demo bank's buttons; ends back at the business."""
    window.page.get_by_role("button", name=choice).click()
    window.page.wait_for_url(lambda url: not AT_THE_BANK.search(url))


# -- the printed document ----------------------------------------------------------------------------------------------


def download_pdf(window: Window, folder: Path, name: str = "PDF") -> bytes:
    """What a link to a PDF on the open page brings."""
    with window.page.expect_download() as started:
        window.page.get_by_role("link", name=name, exact=True).filter(visible=True).first.click()
    file = folder / "downloaded.pdf"
    started.value.save_as(file)
    return file.read_bytes()


def text_of(pdf: bytes) -> str:
    """The words of a PDF, with one space wherever it has any white space."""
    pages = (page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(" ".join(pages).split())
