"""What a report cannot do, as the sentence people read."""

from app.errors import Invalid


class TooManyMovements(Invalid):
    """More happened in this period than one statement holds: choose a shorter one."""
