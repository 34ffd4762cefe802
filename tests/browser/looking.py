"""Looking at a page the way a careful person does: sideways scrolling, names of controls, the browser's complaints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from tests.support.browser import DESKTOP, PHONE
from tests.support.story_pages import Window

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


class Looker:
    """One window that goes from page to page and writes down what is wrong."""

    def __init__(
        self, window: Window, sizes: Sequence[Any] = (DESKTOP, PHONE), schemes: Sequence[Any] = ("light", "dark")
    ) -> None:
        self.window, self.sizes, self.schemes = window, sizes, schemes
        self.paths: list[str] = []
        self.complaints: list[str] = []
        window.page.on("console", lambda message: message.type == "error" and self.complain(message.text))
        window.page.on("request", lambda request: self._stays_at_home(request.url))

    def complain(self, text: str) -> None:
        """Write down what is wrong with the page that is open."""
        self.complaints.append(f"{self.paths[-1]}: {text}")

    def look_at(self, path: str) -> None:
        """Open a page and look at it in every size and colour scheme."""
        self.paths.append(path)
        page = self.window.page
        page.set_viewport_size(self.sizes[0])
        page.emulate_media(color_scheme=self.schemes[0])
        status = self.window.go(path).status
        if status != 200:
            self.complain(f"answered {status}")
        if self.window.path != path.split("?")[0]:
            self.complain(f"led to {self.window.path}")
        for control in page.evaluate(NAMELESS):
            self.complain(f"has no name: {control}")
        for size in self.sizes:
            page.set_viewport_size(size)
            for said in page.evaluate(TOO_WIDE):
                self.complain(f"too wide for {size['width']}: {said}")
        for scheme in self.schemes:
            page.emulate_media(color_scheme=scheme)
            self._is(scheme)

    def _is(self, scheme: str) -> None:
        brightness = self.window.page.evaluate(BRIGHTNESS)
        if brightness is None or (brightness > 128) == (scheme == "dark"):
            self.complain(f"brightness {brightness} in the {scheme} scheme")

    def _stays_at_home(self, url: str) -> None:
        if urlsplit(url).scheme in ("http", "https") and not url.startswith(self.window.site + "/"):
            self.complain(f"asked another host: {url}")
