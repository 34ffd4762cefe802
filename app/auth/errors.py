"""What can go wrong with people, members and tokens; each docstring is what the user reads."""

from __future__ import annotations

from app.errors import Conflict, Forbidden, Invalid, NotFound


class WrongCredentials(Invalid):
    """The e-mail address and the password do not belong together."""


class SignUpClosed(Forbidden):
    """New accounts are closed here. Ask somebody who uses this installation to invite you."""


class LinkUsedUp(NotFound):
    """This link was used already, or it is too old. Ask for a new one."""


class TooManyMails(Conflict):
    """We have sent several of these already. Look in your spam folder, or try again in an hour."""


class LastOwner(Conflict):
    """A business needs an owner. Make somebody else an owner first."""


class OtherPerson(Forbidden):
    """This invitation is for another address than the one you are signed in with. Sign out and open the link again."""


class Stale(Conflict):
    """Somebody else saved these settings while you were editing. Compare, then save again if yours should stand."""
