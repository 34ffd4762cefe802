"""The committed OpenAPI document is what the code makes, and breaks no program written against a released one."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from app.web.api import VERSION, document
from tests.guards.breaking import breaks

API = Path(__file__).parents[2] / "docs" / "api"
COMMITTED, RELEASED = API / "openapi.json", sorted((API / "released").glob("*.json"))
AGAIN = "WRITE=1 python -m pytest tests/guards/test_released.py"
# What breaks programs and was announced in docs/api/changelog.md long enough before: sentence of `breaks` -> its day.
ANNOUNCED: dict[str, str] = {}


def pretty(made: str) -> str:
    """A document in order and with a line for each thing, so that what changed can be read in a diff."""
    return json.dumps(json.loads(made), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def test_the_committed_document_is_what_the_code_makes(app):
    with app.app_context():
        made = pretty(document.text())
    if os.environ.get("WRITE"):
        COMMITTED.write_text(made)
    old, new = (json.loads(one)["paths"] for one in (COMMITTED.read_text(), made))
    changed = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    assert made == COMMITTED.read_text(), f"The API changed: {changed[:5]}. Write it again: {AGAIN}"


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
def test_programs_written_against_a_released_version_still_work(released):
    """Compared with the committed document, which the test above holds against the code."""
    found = breaks(json.loads(released.read_text()), json.loads(COMMITTED.read_text()))
    assert [one for one in found if one not in ANNOUNCED] == []


def test_the_version_that_answers_is_a_released_one():
    """Who gives the API another version keeps the document of it: from then on programs may be written against it."""
    assert VERSION in [path.stem for path in RELEASED], f"cp docs/api/openapi.json docs/api/released/{VERSION}.json"
