"""What a report cannot do, as the sentence people read."""

from app.errors import Invalid, Unavailable


class TooManyMovements(Invalid):
    """More happened in this period than one statement holds: choose a shorter one."""


class TooManyExports(Unavailable):
    """Other large exports are under way right now. Nothing was lost; please try again in a minute."""

    retry_after = 60
