"""The browser that the stories run in is a real one, and it complains where a person would only see a broken page."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


def test_it_opens_the_running_application(page, shop):
    answer = page.goto(f"{shop.url}/health/")
    assert answer.status == 200


def test_a_phone_is_360_pixels_wide(phone):
    phone.set_content('<meta name="viewport" content="width=device-width">')
    assert phone.evaluate("window.innerWidth") == 360


def test_pages_opened_apart_share_no_cookies(new_page, shop):
    one, two = new_page(), new_page()
    one.context.add_cookies([{"name": "seen", "value": "1", "url": shop.url}])
    assert two.context.cookies() == []
