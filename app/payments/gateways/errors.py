"""What can go wrong with a gateway, and whether trying again makes sense."""

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
