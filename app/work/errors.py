"""What can go wrong with background work, as the sentence people read."""

from app.errors import Conflict


class NotGivenUp(Conflict):
    """This work is no longer among what gave up: somebody had it tried again or discarded it. Nothing was changed."""
