"""Cards and accounts that may be charged again without the customer at the keyboard."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.money import Money


@dataclass(frozen=True, slots=True)
class SavedAuthorization:
    """What it takes to charge a customer again. It opens somebody's purse: encrypt `code` wherever it is kept.

    `email` is the exact address the payment was made with; with any other the code is refused. `signature` is equal
    for two authorizations of one card. Only a `reusable` one may be kept. `exp_month` and `exp_year` are numbers as
    printed on the card. The repr shows neither code nor address nor signature.
    """

    code: str = field(repr=False)
    email: str = field(repr=False)
    signature: str | None = field(default=None, repr=False)
    brand: str | None = None
    last4: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None
    channel: str | None = None
    bank: str | None = None
    reusable: bool = False


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """One charge of a saved authorization. `reference` is ours, stored before this is sent, and never used before."""

    reference: str
    amount: Money
    authorization_code: str = field(repr=False)
    email: str = field(repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict)
