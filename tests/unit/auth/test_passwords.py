"""Which passwords are good enough, and that they are kept as argon2 hashes."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from app.auth import passwords


@pytest.mark.parametrize(
    "password, email, sentence",
    [
        ("", "", "at least 10"),
        ("nine char", "", "at least 10"),
        ("a" * 201, "", "at most 200"),
        ("ada.obi@example.com", "ada.obi@example.com", "e-mail"),
        ("ADA.OBI@example.com", "ada.obi@example.com", "e-mail"),
        ("longlocalpart", "longlocalpart@example.com", "e-mail"),
        ("password123", "", "Too many people"),
        ("QwertyUiop", "", "Too many people"),
        ("aaaaaaaaaaaaaaaa", "", "Too many people"),
        ("abababababab", "", "Too many people"),
    ],
)
def test_a_weak_password_is_refused_in_a_sentence(password: str, email: str, sentence: str) -> None:
    assert sentence in (passwords.problem(password, email) or "")


@pytest.mark.parametrize(
    "password", ["a calm river in june", "ọ̀rẹ́ mi àtàtà", "🐟🐠🐡🦈🐙 fish", "x7$kQ9!mZp", "y" * 5 + "abcde" * 39]
)
def test_a_good_password_may_be_words_marks_or_pictures(password: str) -> None:
    assert passwords.problem(password, "ada@example.com") is None


def test_a_stored_password_is_an_argon2_hash_that_only_the_password_matches() -> None:
    stored = passwords.hashed("a calm river in june")
    assert stored.startswith("$argon2id$")
    assert passwords.matches(stored, "a calm river in june")
    assert not passwords.matches(stored, "a calm river in july")


def test_the_effort_is_what_owasp_asks_for_at_least() -> None:
    """https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html: 19 MiB, two rounds."""
    stored = PasswordHasher(passwords.ROUNDS, passwords.KIBIBYTES, 1).hash("a calm river in june")
    assert "m=19456,t=2,p=1" in stored


def test_without_a_stored_password_nothing_matches_not_even_the_stand_in() -> None:
    assert not passwords.matches(None, "the password of nobody in particular")
    assert not passwords.matches("not a hash", "anything at all")


def test_a_hash_made_with_weaker_settings_is_made_anew() -> None:
    weaker = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$KrCJ4lXzU5Qcbs8MzAS+8cpXtqnXQtAyrU5tRkAkJ+w"
    assert passwords.outdated(weaker)
    assert not passwords.outdated(passwords.hashed("a calm river in june"))
