"""The explorer of the API: a token goes in, and customers come out, under the policy that holds everywhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_an_operation_is_tried_with_a_token(window, business):
    desk, refused = window(), []
    desk.page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    desk.go("/api/docs/")
    page = desk.page
    page.get_by_role("button", name="Authorize", exact=True).first.click()
    dialog = page.locator(".modal-ux")
    dialog.get_by_role("textbox").fill(business.api_token())
    dialog.get_by_role("button", name="Apply credentials").click()
    dialog.get_by_role("button", name="Close").last.click()
    page.locator("#operations-tag-Customers").click()
    operation = page.locator("#operations-Customers-list_customers")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table")
    expect(answer.locator(".response-col_status").last).to_contain_text("200")
    expect(answer).to_contain_text("Lekki Hub")
    assert not refused


def test_without_a_token_it_answers_that_one_is_needed(window):
    desk = window()
    desk.go("/api/docs/#/Customers/list_customers")
    operation = desk.page.locator("#operations-Customers-list_customers")
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text("401")
