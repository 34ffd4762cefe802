"""What can go wrong with payments, each as the sentence people read."""

from app.errors import Conflict, Invalid, Unavailable


class NotPayable(Conflict):
    """Nothing is due on this invoice any more."""


class AlreadyReversed(Conflict):
    """This payment was undone before."""


class FormUsed(Conflict):
    """This form recorded a payment before, and nothing was added to it now. Press the button again if more came."""


class GatewayHoldsIt(Conflict):
    """This payment came through a payment company, so it is given back as a refund there and cannot be undone here."""


class HasRefunds(Conflict):
    """Some of this payment was given back in money. Undo those refunds first."""


class NotUndoable(Conflict):
    """This refund is with the payment company, so it cannot be undone here."""


class CannotCharge(Conflict):
    """The saved card cannot be charged for this invoice now."""


class NotUnsettled(Conflict):
    """It is known by now what became of this payment, so nothing was changed."""


class AlreadyBooked(Conflict):
    """Somebody settled this in the meantime, or the payment is in the books already. Nothing was booked now."""


class BadAmount(Invalid):
    """This amount cannot be paid."""


class NoGateway(Unavailable):
    """Online payment is not set up for this business. Ask them how to pay."""
