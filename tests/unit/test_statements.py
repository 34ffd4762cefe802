"""Statements with their constants written in."""

import pytest
from sqlalchemy import bindparam, column, literal, select, table

from app.statements import built

ROWS = table("rows", column("kind"), column("amount"), column("business_id"))
KIND, AMOUNT, BUSINESS = ROWS.c.kind, ROWS.c.amount, ROWS.c.business_id


def test_constants_become_text_and_named_parameters_stay():
    query = select(AMOUNT).where(bindparam("business_id") == BUSINESS, KIND == "owed", AMOUNT > 0)
    compiled = built(query).compile()
    assert "rows.kind = 'owed'" in str(compiled)
    assert "rows.amount > 0" in str(compiled)
    assert list(compiled.params) == ["business_id"]


def test_a_list_of_constants_becomes_text():
    assert "IN ('draft', 'owed')" in str(built(select(AMOUNT).where(KIND.in_(("draft", "owed")))).compile())


def test_a_quote_in_a_constant_ends_no_string():
    assert "rows.kind = 'o''wed'" in str(built(select(AMOUNT).where(KIND == "o'wed")).compile())


def test_what_is_no_plain_word_or_number_goes_on_travelling_as_a_parameter():
    compiled = built(select(AMOUNT).where(literal(b"bytes") == KIND, literal(True) == AMOUNT)).compile()
    assert set(compiled.params.values()) == {b"bytes", True}


@pytest.mark.parametrize("word", ["50%", "a:b", "a\nb"])
def test_a_constant_that_means_something_to_a_driver_is_refused(word):
    with pytest.raises(ValueError, match="no plain constant"):
        built(select(AMOUNT).where(word == KIND))
