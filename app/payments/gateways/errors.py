"""What can go wrong with a gateway, and whether trying again makes sense."""

from datetime import datetime, timedelta

from app.errors import DuelyError, Unavailable
from app.payments.gateways.base import Verification


class GatewayError(Unavailable):
    """The payment company could not do this. Nothing was lost; please try again later."""

    code = "gateway_error"
    permanent = False

    def __init__(self, sentence: str | None = None, *, permanent: bool | None = None) -> None:
        """`permanent` says that the same call cannot succeed until somebody changes something."""
        super().__init__(sentence)
        if permanent is not None:
            self.permanent = permanent


class GatewayTimeout(GatewayError):
    """The payment company did not answer in time. Nothing is lost; we are asking again."""


class GatewayBusy(GatewayTimeout):
    """Too many payments are being started at once. Nothing is lost; we are asking again."""


class GatewayRefused(GatewayError):
    """The payment company refused this payment."""

    status = 422
    code = "payment_refused"
    permanent = True

    @property
    def reason(self) -> str:
        """Why, in a sentence that can be shown to the customer."""
        return str(self)


class AuthorizationRefused(GatewayRefused):
    """The saved card can no longer be charged. The customer has to pay once more and may save it again."""

    code = "authorization_refused"


class ChargeDeferred(GatewayError):
    """This card failed too often and cannot be charged for a while. Nothing was charged."""

    code = "charge_deferred"

    def __init__(self, *, wait: timedelta | None = None, retry_at: datetime | None = None) -> None:
        """`wait` is counted from the answer, `retry_at` an instant in UTC; either is None if it was not readable."""
        super().__init__()
        self.wait = wait
        self.retry_at = retry_at


class AlreadyStarted(GatewayError):
    """This payment was started before. We are asking what became of it."""

    status = 409
    code = "already_started"

    def __init__(self, verification: Verification) -> None:
        super().__init__()
        self.verification = verification


class BadSignature(DuelyError):
    """The signature of this notice is missing or wrong."""

    status = 401
    code = "bad_signature"
