"""The office in one hand: what is pressed is as large as a fingertip, and saving is in reach."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import signed_in

pytestmark = pytest.mark.browser

FINGERTIP = 44
"""CSS pixels, as hands are; WCAG 2.2 asks for 24."""

TOO_SMALL = """least => {
  const links = ".du-tabbar a, .du-tabbar summary, .du-views a, .du-seg a";
  return [...document.querySelectorAll(`.btn, .form-control, .form-select, .du-chip, ${links}`)]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".visually-hidden"))
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([one, box]) => box.width > 1 && box.height > 1 && box.height < least - 0.5)
    .map(([one, box]) => `${Math.round(box.height)} px: ${one.className} ${one.innerText || one.name}`);
}"""
ZOOMING = """() => [...document.querySelectorAll("input, select, textarea")]
  .filter((one) => !["checkbox", "radio", "hidden"].includes(one.type))
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .filter((one) => parseFloat(getComputedStyle(one).fontSize) < 16)
  .map((one) => one.name || one.id)"""


@pytest.fixture
def phone(demo, window):
    """A phone in the office of the demo business."""
    return signed_in(window(phone=True), demo)


def test_nothing_to_press_is_smaller_than_a_fingertip_and_no_field_makes_the_page_zoom(phone, demo):
    paths = ["/", "/invoices/", "/clients/", "/items/", "/payments/", "/search/", "/clients/new/", "/items/new/"]
    paths += ["/invoices/new/", "/payments/new/", "/settings/", "/settings/members/", "/account/"]
    paths += [f"/invoices/{demo.issued()}/", f"/clients/{demo.client_id}/"]
    found = []
    for path in paths:
        phone.go(path)
        found += [f"{path}: {one}" for one in phone.page.evaluate(TOO_SMALL, FINGERTIP)]
        found += [f"{path}: zooms into {one}" for one in phone.page.evaluate(ZOOMING)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("path", "verb"),
    [
        ("/clients/new/", "Add client"),
        ("/items/new/", "Add item"),
        ("/items/taxes/new/", "Add tax"),
        ("/settings/", "Save changes"),
        ("/invoices/new/", "Issue and send"),
    ],
)
def test_saving_is_in_reach_of_the_thumb_wherever_one_is_on_the_page(phone, path, verb):
    phone.go(path)
    button = phone.page.get_by_role("button", name=verb).filter(visible=True)
    for place in ("0", "document.body.scrollHeight / 2", "document.body.scrollHeight"):
        phone.page.evaluate(f"window.scrollTo(0, {place})")
        expect(button).to_be_in_viewport(ratio=1)
        box = button.bounding_box()
        # Nothing lies over it: a tap in its middle is a tap on it.
        middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
        assert button.evaluate("(one, [x, y]) => one.contains(document.elementFromPoint(x, y))", middle), place
        assert middle[1] > phone.page.viewport_size["height"] / 3, "the thumb is at the lower end"
