"""Pages of the invoices room."""

from app.invoices.views import (  # noqa: F401  # they register their routes
    actions,
    editor,
    faces,
    files,
    listing,
    page,
    watching,
    why,
    writing_off,
)
from app.invoices.views.room import blueprint

__all__ = ["blueprint"]
