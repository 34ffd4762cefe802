"""What all tests of a room share."""

from __future__ import annotations

import json
from typing import Any

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "drawn: this test looks at PDFs, so they are really drawn")


@pytest.fixture(autouse=True)
def _no_waiting_for_drawings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing draws while a request of these tests waits, for they run the queue themselves."""
    monkeypatch.setattr("app.web.drawing.PAUSES", ())


@pytest.fixture(autouse=True)
def _plain_paper(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that do not look at PDFs (`drawn` says that one does) get empty ones: drawing one takes 50 ms."""
    if request.node.get_closest_marker("drawn"):
        return

    def plain(renderer: Any, document: Any, *_: Any) -> bytes:
        json.dumps(document, allow_nan=False)
        return b"%PDF-1.4\n%%EOF\n"

    monkeypatch.setattr("app.invoices.pdf.isolated.Renderer.render", plain)
