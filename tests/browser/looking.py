"""Looking at a page the way a careful person does: what axe says, what stands out, what the browser complains of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.browser import DESKTOP, PHONE
from tests.support.story_pages import Window

HERE = Path(__file__).parent
EYES = "".join((HERE / file).read_text("utf-8") for file in ("axe/axe.min.js", "looking.js"))
WCAG_2_2_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Beyond the standard; our pages keep to these, too.
BEST_PRACTICE = ["best-practice"]
# The rules whose answer depends on the colours. Everything else is the same in the other scheme.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]

# Tells of every violation of the content security policy, also where the browser would only report it.
WATCH_POLICY = """document.addEventListener("securitypolicyviolation", (one) =>
  console.error(`Content Security Policy: ${one.effectiveDirective} forbids ${one.blockedURI} ${one.sample}`));"""
# Bytes at a first visit, as they travel.
STAFF_PAGE, CUSTOMERS_PAGE, LOGO = 250 * 1024, 50 * 1024, 15 * 1024
FOR_CUSTOMERS = "/i/"
# The style guide shows each part light and dark, so no part of it is the only one of its name.
EVERYTHING_TWICE = "/dev/styleguide/"

View = tuple[Any, str]
EVERY_VIEW: Sequence[View] = ((DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark"))
# Enough for a page that has been looked at in every view in another state.
TWO_VIEWS: Sequence[View] = ((DESKTOP, "light"), (PHONE, "dark"))


class Looker:
    """One window that goes from page to page and writes down what is wrong."""

    def __init__(self, window: Window, views: Sequence[View] = EVERY_VIEW) -> None:
        self.window, self.views = window, views
        self.paths: list[str] = []
        self.complaints: list[str] = []
        self.weights: dict[str, int] = {}
        self._opened: set[tuple[str, int]] = set()
        self._status = 200
        self._show(*self.views[0])
        window.page.add_init_script(WATCH_POLICY)
        window.page.on("console", lambda message: message.type == "error" and self._hears(message.text))
        window.page.on("pageerror", lambda error: self.complain(str(error)))
        window.page.on("request", lambda request: self._stays_at_home(request.url))

    def complain(self, text: str) -> None:
        """Write down what is wrong with the page that is open."""
        self.complaints.append(f"{self.paths[-1] if self.paths else 'at first'}: {text}")

    def expects(self, status: int) -> None:
        """With what the next page answers: Chromium writes down every error, also one that was asked for."""
        self._status = status

    def look_at(self, path: str, status: int = 200) -> None:
        """Open a page, which has to answer with this status, and look at it in every view."""
        self.paths.append(path)
        self.expects(status)
        answered = self.window.go(path).status
        if answered != status:
            self.complain(f"answered {answered}")
        if self.window.path != path.split("?")[0]:
            self.complain(f"led to {self.window.path}")
        self.look()

    def look(self, state: str = "") -> None:
        """Look at what is open in every view; `state` says what was done to it."""
        if state:
            self.paths.append(f"{self.window.path} {state}")
        seen_once = self.window.page.evaluate("window.looking && looking.once()")
        if seen_once is None:
            # Not a script of the page, so the content security policy has no say in it.
            seen_once = self.window.page.evaluate(EYES + "looking.once()")
            self._weigh(seen_once["weight"])
        for said in seen_once["said"]:
            self.complain(said)
        seen = None
        for size, scheme in self.views:
            self._look(size, scheme, only_colours=size == seen)
            seen = size
        self._show(*self.views[0])

    def open_everything(self) -> None:
        """Open each menu of the page by its own, in every view, and look at what comes out; each of a name once."""
        page = self.window.page
        for size, scheme in self.views:
            self._show(size, scheme)
            for menu in [one for one in page.query_selector_all("details:not([open])") if one.is_visible()]:
                name = menu.evaluate("one => (one.firstElementChild.ariaLabel || one.innerText).trim().split('\\n')[0]")
                if (name, size["width"]) in self._opened:
                    continue
                self._opened.add((name, size["width"]))
                menu.evaluate("one => { one.open = true; }")
                self.paths.append(f"{self.window.path} with {name!r} open")
                self._look(size, scheme, within=menu)
                menu.evaluate("one => { one.open = false; }")
        self._show(*self.views[0])

    def _look(self, size: Any, scheme: str, *, within: Any = None, only_colours: bool = False) -> None:
        self._show(size, scheme)
        if only_colours:
            asked = [{"type": "rule", "values": COLOUR_RULES}, {}]
        else:
            # The size of targets came with WCAG 2.2, so axe does not look at it by itself.
            rules = {"target-size": {"enabled": True}}
            if self.window.path == EVERYTHING_TWICE:
                rules["landmark-unique"] = {"enabled": False}
            asked = [{"type": "tag", "values": [*WCAG_2_2_AA, *BEST_PRACTICE]}, rules]
        for said in self.window.page.evaluate("looking.look", [scheme, within, *asked]):
            self.complain(f"at {size['width']}, {scheme}: {said}")

    def _weigh(self, weight: dict[str, int]) -> None:
        self.weights[self.paths[-1]] = weight["all"] - weight["logo"]
        limit = CUSTOMERS_PAGE if self.window.path.startswith(FOR_CUSTOMERS) else STAFF_PAGE
        if self.weights[self.paths[-1]] > limit or weight["logo"] > LOGO:
            self.complain(f"too heavy for a first visit: {weight}")

    def _show(self, size: Any, scheme: Any) -> None:
        if self.window.page.viewport_size != size:
            self.window.page.set_viewport_size(size)
        self.window.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    def _hears(self, text: str) -> None:
        if self._status == 200 or f"status of {self._status}" not in text:
            self.complain(text)

    def _stays_at_home(self, url: str) -> None:
        if urlsplit(url).scheme in ("http", "https") and not url.startswith(self.window.site + "/"):
            self.complain(f"asked another host: {url}")
