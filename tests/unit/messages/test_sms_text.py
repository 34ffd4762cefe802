"""How a text goes into an SMS."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.messages.channels.sms_text import plain_sms, segments


@pytest.mark.parametrize(
    "text, plain",
    [
        ("₦5,000", "NGN 5,000"),
        ("₦ 5,000", "NGN 5,000"),
        ("₦\u00a05,000", "NGN 5,000"),
        ("5,000₦", "5,000 NGN"),
        ("5,000 ₦", "5,000 NGN"),
        ("Pay ₦5,000, or ₦6,000.", "Pay NGN 5,000, or NGN 6,000."),
        ("(₦5,000)", "(NGN 5,000)"),
        ("-₦5,000", "-NGN 5,000"),
        ("₦-5,000", "NGN -5,000"),
        ("US₦5", "US NGN 5"),
        ("₦", "NGN"),
        ("₦₦", "NGN NGN"),
        ("₦\n5", "NGN\n5"),
        ("GH₵20", "GHS 20"),
        ("₵20 ₹30 ₱40", "GHS 20 INR 30 PHP 40"),
        ("€5 £6 $7 ¥8", "€5 £6 $7 ¥8"),
        ("“It’s” ‘fine’ – really — yes…", "\"It's\" 'fine' - really - yes..."),
        ("INV\u20112026\u00a0· 3 × 2", "INV-2026 - 3 x 2"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("cafe\u0301", "café"),
        ("Ẹ káàárọ̀ 🎉", "Ẹ káàárọ̀ 🎉"),
    ],
)
def test_signs_and_marks_are_written_in_the_networks_alphabet(text: str, plain: str) -> None:
    assert plain_sms(text) == plain


@given(st.text() | st.text("₦₵₹₨ 5,.\n\r\u200b\u00a0`´e\u0301\u1fef\u0387A€…–“"))
def test_writing_it_again_changes_nothing(text: str) -> None:
    once = plain_sms(text)
    assert plain_sms(once) == once


@given(st.text("₦₵₹5,. aZ“”…–—\u00a0\r\n", max_size=400))
def test_currency_signs_and_marks_never_cost_the_wide_alphabet(text: str) -> None:
    plain = plain_sms(text)
    assert segments(plain) == max(1, -(-len(plain) // (160 if len(plain) <= 160 else 153)))


@pytest.mark.parametrize(
    "text, parts",
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("€" * 152, 2),
        ("€" * 153, 3),
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("₦" + "a" * 69, 1),
        ("₦" + "a" * 70, 2),
        ("₦" + "a" * 133, 2),
        ("₦" + "a" * 134, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 66, 2),
        ("😀" * 67, 3),
        ("[]{}~|\\^", 1),
        ("ÄÖÑÜ§¿äöñüà¡Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ", 1),
        ("ç" * 71, 2),
    ],
)
def test_parts_are_counted_as_the_networks_count_them(text: str, parts: int) -> None:
    assert segments(text) == parts


_GSM = "".join(bytes([b]).decode("latin-1") for b in range(32, 127) if chr(b) not in "`[]{}~|\\^") + "£¥èéùìòÇØøÅåÆæßÉ"


@given(st.text(_GSM + "€[]{}", max_size=700) | st.text(max_size=400))
def test_the_count_is_that_of_filling_one_part_after_the_other(text: str) -> None:
    """Counted here by cutting the encoded text at the last whole character that fits."""
    narrow = all(c in _GSM + "\n\r€[]{}^~|\\\f" or c in "@Δ_ΦΓΛΩΠΨΣΘΞ¤¡ÄÖÑÜ§¿äöñüà" for c in text)
    sizes = [
        (2 if c in "€[]{}^~|\\\f" else 1) if narrow else len(c.encode("utf-16-le", "surrogatepass")) // 2 for c in text
    ]
    whole, part = (160, 153) if narrow else (70, 67)
    rest, count = list(sizes), 0
    if sum(rest) <= whole:
        rest, count = [], 1
    while rest:
        room = part
        while rest and rest[0] <= room:
            room -= rest.pop(0)
        count += 1
    assert segments(text) == count
