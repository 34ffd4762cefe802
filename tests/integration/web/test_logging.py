"""What goes into the log of a developer's machine when something breaks."""

from __future__ import annotations

import pytest
import structlog


@pytest.mark.engines("sqlite")
def test_a_trace_tells_where_it_broke_and_no_values(app, capsys):
    """Values are whatever people typed and paid with."""
    typed = "ada@" + "example.com"

    def fail() -> None:
        raise ValueError(f"cannot use {len(typed)} characters")

    try:
        fail()
    except ValueError:
        structlog.get_logger("duely.test").exception("chore.failed")
    said = capsys.readouterr().out
    assert "cannot use 15 characters" in said
    assert "in fail" in said
    assert "ada@" not in said.replace('"ada@" + "example.com"', "")
