"""What all tests of a room share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_waiting_for_drawings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing draws while a request of these tests waits, for they run the queue themselves."""
    monkeypatch.setattr("app.web.drawing.PAUSES", ())
