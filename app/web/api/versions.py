"""If-Match: a change is made to the version that the caller has seen, or not at all (RFC 9110, section 13.1.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import request
from flask_login import current_user
from werkzeug.exceptions import BadRequest

from app.database import locked, writing
from app.errors import Conflict
from app.web.errors import answer

_VERSION = re.compile(r'"([0-9]{1,9})"')
_READING = ("GET", "HEAD")


def version_asked_for(present: int) -> int:
    """The version that a change is meant for: that of If-Match, else the present one. Raises BadRequest."""
    said = request.headers.get("If-Match")
    if said is None or said == "*":
        return present
    wanted = _VERSION.fullmatch(said)
    if wanted is None:
        raise BadRequest('If-Match carries a version, as an ETag does: If-Match: "3".')
    return int(wanted[1])


def as_of(view: Callable[..., Any], model: type[Any]) -> Callable[..., Any]:
    """Hold the object that the path names, and do nothing to another version than the one that is asked for."""

    @wraps(view)
    def held(**given: Any) -> Any:
        if not request.headers.get("If-Match"):
            return view(**given)
        (name,) = (each for each in given if each.endswith("_id"))
        with writing():
            row = locked(model, current_user.business_id, given[name])
            if row is not None and version_asked_for(row.version) != row.version:
                raise Conflict
            return view(**given)

    return held


def checked(view: Callable[..., Any], versioned: Callable[..., Mapping[str, Any]] | None) -> Callable[..., Any]:
    """Turn a conflict into 412 where the caller said which version they mean and it stands no more."""

    @wraps(view)
    def one(**given: Any) -> Any:
        asked = request.headers.get("If-Match")
        if not asked or request.method in _READING:
            return view(**given)
        if versioned is None:
            raise BadRequest("This looks at no version. Send it without If-Match.")
        try:
            return view(**given)
        except Conflict as error:
            path = {name: value for name, value in given.items() if name not in ("body", "query")}
            present = versioned(**path)
            if request.if_match.contains(str(present["version"])):
                raise
            return answer(412, str(error), code="precondition_failed", current=present)

    return one
