"""What can happen to money, one kind for each thing: a kind makes a case by chance and holds it to what must be true.

To add a kind, write a function that draws its case from the `Random` it is given and asserts, and mark it with
`@kind(share)`: payments in `payments.py`, money given back in `refunding.py`, documents in `documents.py`, what is
taken back of them in `crediting.py`; a new module has to be named in `test_no_cent_is_lost.py`. Kinds with larger
shares have more cases.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

Check = Callable[[Random], None]


@dataclass(frozen=True)
class Kind:
    """One kind of case; `share` says how many there are of it, beside the shares of the others."""

    name: str
    share: int
    check: Check

    def cases(self, total: int) -> int:
        """How many of `total` cases of all kinds are of this one, rounded up."""
        return -(-total * self.share // sum(kind.share for kind in KINDS))

    def run(self, number: int) -> None:
        """The case of that number, which is always the same. What fails says which it was."""
        try:
            self.check(Random(f"{self.name} {number}"))
        except Exception as error:
            error.add_note(f"This is case {number} of: {self.name}.")
            raise


KINDS: list[Kind] = []


def kind(share: int) -> Callable[[Check], Check]:
    """Mark what makes and checks one case of a kind; the kind is called what the function is called."""

    def register(check: Check) -> Check:
        KINDS.append(Kind(check.__name__.replace("_", " "), share, check))
        return check

    return register
