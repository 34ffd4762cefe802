"""An operation of the API: who may ask for it, what it takes and gives, and what the document says of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, wraps
from typing import Any, TypeVar

from apiflask import APIBlueprint
from apiflask.scaffold import APIScaffold
from apiflask.schema_adapters import registry
from flask import Response, current_app, request
from flask_login import current_user
from pydantic import BaseModel, create_model
from werkzeug.exceptions import BadRequest

from app.errors import Invalid
from app.extensions import csrf
from app.web.api.deprecating import Deprecated
from app.web.api.lists import ListQuery
from app.web.api.reading import Adapter
from app.web.api.shapes import Answer, Out, Pagination
from app.web.api.versions import as_of, checked

View = TypeVar("View", bound=Callable[..., Any])
_KEY = re.compile(r"[\x21-\x7e]{1,100}")
_SCAFFOLD = APIScaffold()
# What is sent is read as we read it; it has to be so before the first operation is declared.
registry.register("pydantic", Adapter)


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operation declares, for the document and for those who check it."""

    summary: str
    role: str
    scope: str
    takes: type[BaseModel] | None
    query: type[BaseModel] | None
    status: int
    takes_example: Any
    versioned: bool
    also: Mapping[int, str] = field(default_factory=dict)
    media: str = "application/json"
    deprecated: Deprecated | None = None


def rooms_api(name: str, prefix: str, tag: str) -> APIBlueprint:
    """The blueprint of a room's operations, which the document lists under `tag`."""
    return csrf.exempt(APIBlueprint(f"{name}_api", __name__, url_prefix=prefix, tag=tag))  # type: ignore[no-any-return]


def operation(
    summary: str,
    *,
    role: str,
    scope: str = "",
    takes: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    gives: type[BaseModel] | None = None,
    many: bool = False,
    status: int = 200,
    example: Any = None,
    takes_example: Any = None,
    versioned: Callable[..., Mapping[str, Any]] | None = None,
    holds: type[Any] | None = None,
    also: Mapping[int, str] | None = None,
    media: str = "application/json",
    deprecated: Deprecated | None = None,
    calls: bool = False,
) -> Callable[[View], View]:
    """Make a view an operation of the API.

    The view gets what came as `body` (an instance of `takes`) and `query`, and answers with a `Response` whose `data`
    has the shape `gives` (a list of them with `many`, null without `gives`). `example` is such data, `takes_example` a
    body that works on the demo business. `versioned` reads the object as it stands, by the arguments of the path: with
    it a conflict answers 412 to whoever sent an If-Match that holds no more. Where the service does not compare
    versions, `holds` is the model of the object, which is held while it is compared and changed; one with neither
    refuses an If-Match. `also` are answers besides the usual ones.
    `role` may be "public" or "signed_in". A POST with an Idempotency-Key is done once. `deprecated` says that it is to
    go, in the document and in two headers of each of its answers. `calls`: it calls another computer, and commits by
    itself before and after that.
    """

    def mark(view: View) -> View:
        done = view if holds is None else as_of(view, holds)
        told = checked(done if role == "public" else _once(done, calls), versioned)
        if query is not None:
            told = _SCAFFOLD.input(query, location="query", arg_name="query")(told)
        if takes is not None:
            told = _SCAFFOLD.input(takes, location="json", arg_name="body", example=takes_example)(told)
        shape = _answer(gives, many, query is not None and issubclass(query, ListQuery))
        shown = None if example is None else _example(example, many, "pagination" in shape.model_fields)
        told = _SCAFFOLD.output(shape, status_code=status, example=shown, description=summary)(told)
        lines = f"{view.__doc__ or ''} {deprecated.words if deprecated else ''}"
        told = _SCAFFOLD.doc(
            summary=summary,
            description=" ".join(lines.split()),
            operation_id=view.__name__,
            deprecated=deprecated is not None,
        )(told)
        if query is None:
            told = _without_parameters(told)
        told.access, told.scope, told.operation_id = role, scope, view.__name__
        told.operation = Operation(
            summary,
            role,
            scope,
            takes,
            query,
            status,
            takes_example,
            versioned is not None,
            also or {},
            media,
            deprecated,
        )
        return told  # type: ignore[no-any-return]

    return mark


@cache
def _answer(gives: type[BaseModel] | None, many: bool, in_pages: bool) -> type[Out]:
    """The envelope around a shape; a name of its own, for the document has no generics."""
    if gives is None:
        return create_model("Done", __base__=Answer, data=(None, ...))
    name = gives.__name__.removesuffix("Out")
    if not many:
        return create_model(f"{name}Answer", __base__=Answer, data=(gives, ...))
    listed: Any = (list[gives], ...)  # type: ignore[valid-type]
    if not in_pages:
        return create_model(f"Every{name}Answer", __base__=Answer, data=listed)
    return create_model(f"{name}ListAnswer", __base__=Answer, data=listed, pagination=(Pagination, ...))


def _example(data: Any, many: bool, in_pages: bool) -> dict[str, Any]:
    whole = {"success": True, "message": "OK", "data": [data] if many else data, "timestamp": "2026-11-20T10:30:00Z"}
    if in_pages:
        whole["pagination"] = {"limit": 50, "next": None, "previous": None, "total": None}
    return whole


def _without_parameters(view: Callable[..., Any]) -> Callable[..., Any]:
    """An operation that takes no parameters refuses all: one that is ignored is one that was believed to work."""

    @wraps(view)
    def checked(**path: Any) -> Any:
        if request.args:
            raise Invalid({name: ["There is no such parameter here."] for name in request.args})
        return view(**path)

    return checked


class _NotDone(Exception):
    """An answer that says why something was not done: it undoes the key, which may be used again."""

    def __init__(self, said: Response) -> None:
        self.said = said


def _once(view: Callable[..., Any], apart: bool) -> Callable[..., Any]:
    """Do a POST with an Idempotency-Key once, and answer its twins with the same words."""

    @wraps(view)
    def once(**given: Any) -> Any:
        key = request.headers.get("Idempotency-Key")
        if key is None or request.method != "POST" or not current_user.is_authenticated:
            return view(**given)
        if not _KEY.fullmatch(key):
            raise BadRequest("An Idempotency-Key is 1 to 100 visible characters.")
        raw = request.get_data(cache=True)
        digest = hashlib.sha256(b"\0".join((request.full_path.encode(), raw))).hexdigest()

        def make() -> tuple[int, str, dict[str, str]]:
            made: Response = view(**given)
            if made.status_code >= 400:
                raise _NotDone(made)
            kept = {name: made.headers[name] for name in ("Location", "ETag") if name in made.headers}
            return made.status_code, made.get_data(as_text=True), kept

        try:
            kept, again = current_app.extensions["duely_answer_once"](current_user, key, digest, make, apart)
        except _NotDone as error:
            return error.said
        status, text, headers = kept
        more = {"Idempotency-Replayed": "true"} if again else {}
        return Response(text, status, {"Cache-Control": "no-store", **headers, **more}, content_type="application/json")

    return once
