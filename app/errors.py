"""Roots of the exception hierarchy: each says which kind of answer a person or a program gets."""

from collections.abc import Mapping, Sequence


class DuelyError(Exception):
    """Something went wrong on our side. Nothing was lost; please try again."""

    status = 500
    code = "error"
    retry_after: int | None = None
    """Seconds after which it is worth to try again, where that is known."""

    def __init__(self, sentence: str | None = None) -> None:
        """`sentence` is what the user reads; without it the class's own docstring is used."""
        super().__init__(sentence or _docstring_sentence(type(self)))


class NotFound(DuelyError):
    """There is nothing here, or it is not yours to see."""

    status = 404
    code = "not_found"


class Forbidden(DuelyError):
    """Your role does not allow this. Ask an owner or an admin of the business."""

    status = 403
    code = "forbidden"


class Conflict(DuelyError):
    """This was changed in the meantime. Look at the current version and decide again."""

    status = 409
    code = "conflict"

    def __init__(self, sentence: str | None = None, *, current: object | None = None) -> None:
        """`current` is what stands now (a status, a version, a whole object), shown beside what was sent."""
        super().__init__(sentence)
        self.current = current


class Invalid(DuelyError):
    """Some of what was entered cannot be used. Each field says why."""

    status = 422
    code = "validation_error"

    def __init__(self, errors: str | Mapping[str, Sequence[str]] | None = None, sentence: str | None = None) -> None:
        """Build it from one field and its sentence, `Invalid("due_date", "...")`, or from `{field: [sentences]}`.

        A field inside a list is named by its path, such as `lines.0.discount`. `errors` holds the whole table.
        """
        if isinstance(errors, str):
            self.errors: dict[str, list[str]] = {errors: [sentence or _docstring_sentence(type(self))]}
        else:
            self.errors = {field: list(sentences) for field, sentences in (errors or {}).items()}
        super().__init__(sentence)


class Unavailable(DuelyError):
    """This cannot be reached right now. Nothing was lost; please try again in a moment."""

    status = 503
    code = "unavailable"


def _docstring_sentence(error: type[DuelyError]) -> str:
    """The docstring as one line; a class without its own speaks with its parent's."""
    for cls in error.__mro__:
        if cls.__doc__ and issubclass(cls, DuelyError):
            return " ".join(cls.__doc__.split())
    return error.__name__
