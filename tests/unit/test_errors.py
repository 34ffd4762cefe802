"""An error says a sentence a person can read, and which kind of answer it is."""

import pytest

from app.errors import Conflict, DuelyError, Forbidden, Invalid, NotFound, Unavailable


class NoSuchInvoice(NotFound):
    """This invoice does not exist,
    or it was deleted as a draft."""


def test_the_docstring_is_the_sentence_a_user_reads():
    assert str(NoSuchInvoice()) == "This invoice does not exist, or it was deleted as a draft."
    assert str(NoSuchInvoice("Gone.")) == "Gone."


def test_an_error_without_its_own_docstring_speaks_with_its_parents():
    bare = type("Bare", (NoSuchInvoice,), {})
    assert str(bare()).startswith("This invoice does not exist")


@pytest.mark.parametrize(
    "error, status",
    [(DuelyError, 500), (NotFound, 404), (Forbidden, 403), (Conflict, 409), (Invalid, 422), (Unavailable, 503)],
)
def test_each_kind_knows_its_status(error, status):
    assert error.status == status
    assert str(error()).endswith(".")


def test_a_conflict_carries_what_stands_now():
    assert Conflict(current="void").current == "void"
    assert Conflict().current is None


def test_invalid_names_fields_and_their_sentences():
    assert Invalid("due_date", "Choose a date.").errors == {"due_date": ["Choose a date."]}
    assert str(Invalid("due_date", "Choose a date.")) == "Choose a date."
    many = Invalid({"lines.0.quantity": ("No.", "Never.")})
    assert many.errors == {"lines.0.quantity": ["No.", "Never."]}
    assert str(many).startswith("Some of what was entered")
    assert Invalid().errors == {}
