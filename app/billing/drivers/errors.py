"""What can go wrong between us and a router, and whether trying again makes sense."""

from __future__ import annotations

from app.errors import Unavailable


class DriverError(Unavailable):
    """The router could not do this. It is tried again."""

    code = "router_error"
    permanent = False


class Unreachable(DriverError):
    """The router does not answer. It is tried again until it does."""

    code = "router_unreachable"


class Refused(DriverError):
    """The router refused this, and would again."""

    code = "router_refused"
    permanent = True


class BadLogin(Refused):
    """The router does not take this user name and password."""

    code = "router_login"


class UnknownUser(Refused):
    """The router knows nobody of that name."""

    code = "unknown_user"


class NotAllowed(Refused):
    """Routers may not be at this address."""

    code = "address_not_allowed"


class CannotList(Refused):
    """This router cannot say how its services stand, so nothing was compared."""

    code = "cannot_list"
