"""Looking at a page the way a careful person does: axe, sideways scrolling, names, colours, the browser's complaints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.browser import DESKTOP, PHONE
from tests.support.story_pages import Window

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text("utf-8")
WCAG_2_2_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Beyond the standard; our pages keep to these, too.
BEST_PRACTICE = ["best-practice"]
# The rules whose answer depends on the colours. Everything else is the same in the other scheme.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]

# The content of frames is left out: a mail in the mailbox may not run what looks at it.
RUN_AXE = """async ([within, runOnly, rules]) => {
  document.getAnimations().forEach((one) => { try { one.finish(); } catch { /* it never ends */ } });
  const found = await axe.run(within || document, { runOnly, rules, preload: false, iframes: false,
    resultTypes: ["violations"] });
  return found.violations.flatMap(({ id, nodes }) => nodes.map((node) =>
    `${id}: ${node.html.slice(0, 160)}: ${node.failureSummary.split("\\n").slice(1).map((x) => x.trim()).join("; ")}`));
}"""
# Tells of every violation of the content security policy, also where the browser would only report it.
WATCH_POLICY = """document.addEventListener("securitypolicyviolation", (one) =>
  console.error(`Content Security Policy: ${one.effectiveDirective} forbids ${one.blockedURI} ${one.sample}`));"""
# Controls that somebody who listens to the page hears no name of.
NAMELESS = """() => {
  const spoken = (one) => one.textContent + [...one.querySelectorAll("[aria-label], img[alt]")]
    .map((part) => part.getAttribute("aria-label") || part.alt).join("");
  const names = (one) => [one.getAttribute("aria-label"), one.title, ...[...(one.labels || [])].map(spoken),
    ...(one.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id)?.textContent),
    one.matches("button, summary, a") ? spoken(one) : ""];
  return [...document.querySelectorAll("input:not([type=hidden]), select, textarea, button, summary, a[href], iframe")]
    .filter((one) => !one.hidden && !one.closest("[aria-hidden=true]"))
    .filter((one) => !names(one).some((name) => name && name.trim()))
    .map((one) => one.outerHTML.slice(0, 160));
}"""
# What stands out on the right of a page that can be scrolled sideways.
TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.scrollingElement.scrollWidth <= room) return [];
  const right = (one) => Math.round(one.getBoundingClientRect().right);
  return [`scrolls to ${document.scrollingElement.scrollWidth}`, ...[...document.body.querySelectorAll("*")]
    .filter((one) => right(one) > room).map((one) => `${one.tagName}.${one.className} ${right(one)}`).slice(0, 5)];
}"""
# How bright what lies behind everything is, from 0 to 255.
BRIGHTNESS = """() => {
  const colours = [document.body, document.documentElement].map((one) => getComputedStyle(one).backgroundColor);
  const shown = colours.find((colour) => !/, 0\\)$|transparent/.test(colour)) || "";
  const parts = (shown.match(/[\\d.]+/g) || []).slice(0, 3).map(Number);
  return parts.length ? Math.max(...parts) : null;
}"""

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
        self._status = 200
        window.page.add_init_script(WATCH_POLICY)
        window.page.on("console", lambda message: message.type == "error" and self._hears(message.text))
        window.page.on("pageerror", lambda error: self.complain(str(error)))
        window.page.on("request", lambda request: self._stays_at_home(request.url))

    def complain(self, text: str) -> None:
        """Write down what is wrong with the page that is open."""
        self.complaints.append(f"{self.paths[-1] if self.paths else 'at first'}: {text}")

    def look_at(self, path: str, status: int = 200) -> None:
        """Open a page, which has to answer with this status, and look at it in every view."""
        self.paths.append(path)
        self._show(*self.views[0])
        self._status = status
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
        for control in self.window.page.evaluate(NAMELESS):
            self.complain(f"has no name: {control}")
        self.window.page.evaluate(AXE)
        seen = None
        for size, scheme in self.views:
            self._show(size, scheme)
            if size != seen:
                for said in self.window.page.evaluate(TOO_WIDE):
                    self.complain(f"too wide for {size['width']}: {said}")
            self._is(scheme)
            for said in self._axe(colours_only=size == seen):
                self.complain(f"at {size['width']}, {scheme}: {said}")
            seen = size

    def open_everything(self) -> None:
        """Open each menu of the page by its own, in every view, and look at what comes out."""
        for size, scheme in self.views:
            self._show(size, scheme)
            for menu in self._closed_menus():
                name = menu.evaluate("one => one.firstElementChild.ariaLabel || one.textContent.trim().slice(0, 20)")
                menu.evaluate("one => { one.open = true; }")
                for said in [*self.window.page.evaluate(TOO_WIDE), *self._axe(menu)]:
                    self.complain(f"at {size['width']}, {scheme}, with {name!r} open: {said}")
                menu.evaluate("one => { one.open = false; }")

    def _closed_menus(self) -> Iterator[Any]:
        for menu in self.window.page.query_selector_all("details:not([open])"):
            if menu.is_visible():
                yield menu

    def _show(self, size: Any, scheme: Any) -> None:
        self.window.page.set_viewport_size(size)
        self.window.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    def _axe(self, within: Any = None, colours_only: bool = False) -> list[str]:
        rules: dict[str, Any] = {"type": "rule", "values": COLOUR_RULES}
        if not colours_only:
            rules = {"type": "tag", "values": [*WCAG_2_2_AA, *BEST_PRACTICE]}
        # New in WCAG 2.2, and so not on by itself.
        more = {} if colours_only else {"target-size": {"enabled": True}}
        return list(self.window.page.evaluate(RUN_AXE, [within, rules, more]))

    def _is(self, scheme: str) -> None:
        brightness = self.window.page.evaluate(BRIGHTNESS)
        if brightness is None or (brightness > 128) == (scheme == "dark"):
            self.complain(f"brightness {brightness} in the {scheme} scheme")

    def _hears(self, text: str) -> None:
        # Chromium also writes down each answer that is an error: here, the one that was asked for.
        if self._status == 200 or f"status of {self._status}" not in text:
            self.complain(text)

    def _stays_at_home(self, url: str) -> None:
        if urlsplit(url).scheme in ("http", "https") and not url.startswith(self.window.site + "/"):
            self.complain(f"asked another host: {url}")
