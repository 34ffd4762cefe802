"""What visitors do on each page: the requests a browser would send, and the browsers that send them."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from app.database import new_id
from benchmarks.load import CSRF, Step, Visitor, readable
from benchmarks.sample import Sample
from benchmarks.settings import SITE

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
ENCODING = "gzip, deflate, br, zstd"
REFERER = f"Referer: https://{SITE}/invoices/new/\r\n"
HTMX = "HX-Request: true\r\n"
LINES = 3
PAY = {"what": "whole"}
STAFF, STRANGER, PROGRAM = "staff", "stranger", "program"
"""Who has a session, who has none, and who has a token of the API."""
Operation = list[Step]


@dataclass(frozen=True, slots=True)
class Page:
    """One thing that is measured. `who` asks for it (STAFF, STRANGER, PROGRAM), `once` what can be done once only."""

    name: str
    title: str
    operations: Callable[[Sample], list[Operation]]
    who: str = STAFF
    once: bool = False


def get(path: str) -> Operation:
    """Ask for one address."""
    return [Step("GET", path)]


def _creating(sample: Sample) -> list[Operation]:
    """Save a new draft as the form without script does, then issue it from its page."""
    return [
        [Step("POST", "/invoices/", _editor(sample, draft, number), REFERER), _form(f"/invoices/{draft}/issue/", {})]
        for number, draft in _drafts()
    ]


def _typing(sample: Sample) -> list[Operation]:
    """The editor saves by itself once, drawing its preview, and then its button Issue saves again and issues."""
    return [
        [
            Step("POST", "/invoices/", _editor(sample, draft, number), REFERER + HTMX),
            Step("POST", f"/invoices/{draft}/edit/", _editor(sample, draft, number, "issue"), REFERER),
        ]
        for number, draft in _drafts()
    ]


def _drafts() -> Iterator[tuple[int, str]]:
    """Drafts enough for any measure; the id of a draft is given out by the editor, so each is used once."""
    return ((number, str(new_id())) for number in range(3000))


def _editor(sample: Sample, draft: str, number: int, verb: str = "save") -> str:
    """Everything the editor sends for three lines of the catalogue."""
    fields = {
        "csrf_token": CSRF,
        "draft_id": draft,
        "version": "0",
        "client_id": str(sample.clients[number % len(sample.clients)]),
        "client_was": str(sample.clients[number % len(sample.clients)]),
        "currency": "NGN",
        "issue_date": sample.today,
        "terms": "14",
        "po_number": "",
        "notes": "",
        "discount": "",
        "do": verb,
    }
    for place in range(LINES):
        item_id, name, price = sample.items[(number + 7 * place) % len(sample.items)]
        line = {"item_id": item_id, "title": name, "detail": "", "discount": "", "quantity": place + 1, "unit": ""}
        line |= {"unit_price": price, "taxes": sample.tax_id}
        fields |= {f"lines-{place}-{field}": str(value) for field, value in line.items()}
    return _typed(fields)


def _form(path: str, fields: dict[str, str]) -> Step:
    return Step("POST", path, _typed({"csrf_token": CSRF, **fields}), REFERER)


def _typed(fields: dict[str, str]) -> str:
    return urlencode(fields, safe=CSRF)


BARE = (
    Page("bare", "bare Flask route", lambda _: [get("/bare/")], who=STRANGER),
    Page("select", "route with one SELECT", lambda _: [get("/select/")], who=STRANGER),
)
PAGES = (
    Page("list", "staff list", lambda _: [get("/invoices/")]),
    Page("invoice", "invoice page", lambda s: [get(f"/invoices/{one}/") for one in s.invoices]),
    Page("dashboard", "dashboard", lambda _: [get("/")]),
    Page("client", "client page", lambda s: [get(f"/clients/{one}/") for one in s.clients]),
    Page("search", "search of the list", lambda s: [get(f"/invoices/?q={quote(word)}") for word in s.words]),
    Page("find", "search of everything", lambda s: [get(f"/search/?q={quote(word)}") for word in s.words]),
    Page("customer", "customer page", lambda s: [get(f"/i/{token}/") for token in s.tokens], who=STRANGER),
    Page("create_issue", "create + issue", _creating, once=True),
    Page("editor", "editor saves, then issues", _typing, once=True),
)
DURING = (
    *(page for page in PAGES if page.name in ("list", "invoice", "dashboard", "customer")),
    Page("new", "new invoice", lambda _: [get("/invoices/new/")]),
    Page("ledger", "messages", lambda _: [get("/messages/")]),
    Page("send", "send an invoice", lambda s: [[_form(f"/invoices/{one}/send/", {})] for one in s.owed], once=True),
)
"""What is asked for while providers are ill."""
PAYING = Page("paying", "click on Pay", lambda s: [[_form(f"/i/{one}/pay/", PAY)] for one in s.payable], who=STRANGER)


def browsers(count: int, email: str, password: str, port: int) -> list[Visitor]:
    """Sign in so often, as different browsers behind the proxy, and open the editor once to learn its key."""
    return [_browser(port, email, password, number) for number in range(count)]


def customers(count: int, port: int, tokens: list[str]) -> list[Visitor]:
    """So many customers, each of whom has opened the page of an invoice and so has a session to click with."""
    found = []
    for number in range(count):
        link = Step("GET", f"/i/{tokens[number % len(tokens)]}/")
        page, cookie = _talk(port, Visitor(_browser_headers(number)), link)
        found.append(Visitor(_browser_headers(number, cookie), key(page)))
    return found


def strangers(count: int) -> list[Visitor]:
    """Visitors without a session."""
    return [Visitor(_browser_headers(number)) for number in range(count)]


def programs(tokens: list[str]) -> list[Visitor]:
    """One program for each token of the API."""
    own = {"User-Agent": "bench/1", "Accept": "application/json"}
    return [
        Visitor(_headers(number, own | {"Authorization": f"Bearer {token}"})) for number, token in enumerate(tokens)
    ]


def _headers(number: int, own: dict[str, str]) -> str:
    said = {
        "Host": SITE,
        "Accept-Encoding": ENCODING,
        "X-Forwarded-For": f"203.0.{number // 250}.{number % 250 + 1}",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": SITE,
    }
    return "".join(f"{name}: {value}\r\n" for name, value in (said | own).items())


def _browser_headers(number: int, cookie: str = "") -> str:
    own = {"User-Agent": AGENT, "Accept": "text/html,*/*"}
    return _headers(number, own | ({"Cookie": cookie} if cookie else {}))


def _browser(port: int, email: str, password: str, number: int) -> Visitor:
    page, cookie = _talk(port, Visitor(_browser_headers(number)), Step("GET", "/login/"))
    visitor = Visitor(_browser_headers(number, cookie), key(page))
    form = {"email": email, "password": password, "keep": "y"}
    step = Step("POST", "/login/", _typed({"csrf_token": CSRF, **form}), REFERER)
    _, cookie = _talk(port, visitor, step)
    page, fresh = _talk(port, Visitor(_browser_headers(number, cookie)), Step("GET", "/invoices/new/"))
    return Visitor(_browser_headers(number, fresh or cookie), key(page))


def key(page: str) -> str:
    """The key against forged requests that a page's forms carry."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page) or re.search(
        r"X-CSRFToken&#34;: ?&#34;([^&]+)", page
    )
    if not found:
        raise RuntimeError("a page without a key:\n" + page[:2000])
    return found[1]


def _talk(port: int, visitor: Visitor, step: Step) -> tuple[str, str]:
    """One request over a connection of its own; returns the page and the cookie it set."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.connect()
    connection.sock.sendall(visitor.request(step))
    answer = http.client.HTTPResponse(connection.sock, method=step.method)
    answer.begin()
    text = readable(answer.read()).decode()
    if answer.status >= 400:
        raise RuntimeError(f"{step.path} answered {answer.status}:\n{text[:2000]}")
    cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    connection.close()
    return text, cookie
