"""What can go wrong while a document is printed; `permanent` says that trying again cannot help."""

from collections.abc import Sequence

from app.errors import DuelyError, Unavailable


class BadDocument(DuelyError):
    """This document is incomplete or inconsistent and cannot be printed."""

    code = "bad_document"
    permanent = True


class UndrawableError(DuelyError):
    """Some characters or pictures of this document cannot be printed."""

    code = "undrawable"
    permanent = True

    def __init__(self, complaints: Sequence[str]) -> None:
        """`complaints` is what the layout engine said, for people who maintain the templates."""
        super().__init__()
        self.complaints = list(complaints)

    def __str__(self) -> str:
        return "; ".join([super().__str__(), *self.complaints])


class RenderFailed(Unavailable):
    """The PDF could not be made just now. Nothing was lost; please try again in a moment."""

    permanent = False
