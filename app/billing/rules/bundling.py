"""Which periods share an invoice: those of one client whose day, currency and terms agree. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class Bundle:
    """What is the same for all periods on one invoice. `apart` is the subscription that wants one for itself."""

    bill_on: date
    currency: str
    terms_days: int
    prices_include_tax: bool = False
    po_number: str = ""
    apart: str = ""


def bundles(parts: Iterable[tuple[Bundle, T]]) -> dict[Bundle, list[T]]:
    """The parts of each invoice, the earliest invoice first; parts stay in their order."""
    found: dict[Bundle, list[T]] = {}
    for bundle, part in sorted(parts, key=lambda one: one[0]):
        found.setdefault(bundle, []).append(part)
    return found
