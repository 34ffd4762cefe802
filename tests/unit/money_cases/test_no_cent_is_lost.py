"""Thousands of cases of everything that happens to money, and not a unit of it is lost or made.

`make test` does a share of them, `make test-long` a hundred thousand. A case is drawn from its kind and its number
alone, so the one that fails today fails tomorrow: `Kind.run(number)` does it again.
"""

from __future__ import annotations

import pytest

# Each brings its kinds of cases along.
from tests.unit.money_cases import amounts, crediting, documents, payments, refunding  # noqa: F401
from tests.unit.money_cases.kinds import KINDS, Kind

LENGTHS = [pytest.param(5_000, id="short"), pytest.param(100_000, id="long", marks=pytest.mark.long)]


@pytest.mark.parametrize("total", LENGTHS)
@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.name) for kind in KINDS])
def test_not_a_cent_is_lost(kind: Kind, total: int) -> None:
    for number in range(kind.cases(total)):
        kind.run(number)


@pytest.mark.parametrize("total", [5_000, 100_000])
def test_there_are_as_many_cases_as_were_asked_for(total: int) -> None:
    assert total <= sum(kind.cases(total) for kind in KINDS) < total + len(KINDS)
