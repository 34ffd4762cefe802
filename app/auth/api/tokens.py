"""Tokens: who has which, one more, and taking one back."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from flask import Response, url_for
from flask_login import current_user
from pydantic import Field

from app import clock
from app.auth import lists
from app.auth.api import business
from app.auth.forms import TokenForm
from app.auth.lists import TokenRow
from app.auth.service import access_tokens, api_tokens
from app.web.access import actor
from app.web.api import In, ListQuery, Out, filled, instant, made, operation, paged, told


class TokenIn(In):
    """What a token is for."""

    name: str = Field(min_length=1, max_length=100, description="What uses it.", examples=["Accounting export"])
    scopes: list[str] = Field(min_length=1, max_length=40, description="No more than the token that asks is good for.")
    days: int = Field(90, ge=1, le=366, description="For how many days it is good, as far as the token that asks goes.")


class TokenOut(Out):
    """A token; `signed_in` is a program that signed in with a password, and stays so until this is taken back.

    What was `made_by` a token or by a program that signed in ends with it, and lives no longer.
    """

    id: uuid.UUID
    kind: Literal["personal", "signed_in"]
    name: str
    person_id: uuid.UUID
    person: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    made_by: Literal["person", "token", "program"]
    maker_id: uuid.UUID | None = Field(description="The `audit_id` of the token that made it; none for a person.")
    audit_id: uuid.UUID = Field(description="By what the audit trail names it: its id, or that of the signing in.")


class NewTokenOut(TokenOut):
    """A token with the secret itself, which is never told again."""

    token: str


class TokenQuery(ListQuery):
    """Whose tokens, and which."""

    whose: Literal["mine", "all"] = Field("mine", description="Those of everybody are for admins.")
    status: Literal["live", "ended"] = "live"


TOKEN = {
    "id": "01936f4e-7c00-7000-8000-000000000030",
    "kind": "personal",
    "name": "Accounting export",
    "person_id": "01936f4e-7c00-7000-8000-000000000002",
    "person": "Tolu Adeyemi",
    "scopes": ["invoices:read"],
    "created_at": "2026-11-20T10:30:00Z",
    "expires_at": "2027-02-18T10:30:00Z",
    "last_used_at": None,
    "revoked_at": None,
    "made_by": "person",
    "maker_id": None,
    "audit_id": "01936f4e-7c00-7000-8000-000000000030",
}


@business.get("/tokens/")
@operation(
    "List tokens", role="viewer", scope="settings:read", query=TokenQuery, gives=TokenOut, many=True, example=TOKEN
)
def list_tokens(query: TokenQuery) -> Response:
    """Your own, or those of everybody; the newest first. The secrets themselves are nowhere."""
    me = actor()
    if query.whose == "all":
        me.require("admin")
    whose = me.person_id if query.whose == "mine" else None
    page = lists.list_tokens(me.business_id, whose, query.status, query.walk, clock.now())
    return paged(page, query, _written)


@business.post("/tokens/")
@operation(
    "Make a token",
    role="staff",
    scope="settings:write",
    takes=TokenIn,
    gives=NewTokenOut,
    status=201,
    example={**TOKEN, "token": "duely_kc2Hq0yq0F5V3Yc7v1nJ8oK4m9r2tUwXzB6dEfGhIjK"},
    takes_example={"name": "Accounting export", "scopes": ["invoices:read"], "days": 90},
)
def make_token(body: TokenIn) -> Response:
    """For yourself, never good for more than the token that asks, and ended with it. It lives no longer than that one,
    or than 30 days where that came of signing in, whatever `days` says: `expires_at` tells. A token that was made by
    another makes none (403). `token` is told now and never again."""
    form, now = filled(TokenForm, body.model_dump()), clock.now()
    typed = (form.name.data, form.scopes.data, form.days.data)
    token_id, raw = api_tokens.make_own(actor(), *typed, now=now, maker_id=current_user.session_id)
    where = url_for("business_api.read_token", token_id=token_id)
    return made({**_read(token_id), "token": raw}, where, "Token made. Keep it: it is not shown again.")


@business.get("/tokens/<uuid:token_id>/")
@operation("Read a token", role="viewer", scope="settings:read", gives=TokenOut, example=TOKEN)
def read_token(token_id: uuid.UUID) -> Response:
    """What it is good for and when it was used last. Those of others are for admins."""
    found, me = lists.get_token(current_user.business_id, token_id), actor()
    if found.person_id != me.person_id:
        me.require("admin")
    return told(_written(found))


@business.post("/tokens/<uuid:token_id>/revoke/")
@operation("Take a token back", role="staff", scope="settings:write", gives=TokenOut, example=TOKEN)
def revoke_token(token_id: uuid.UUID) -> Response:
    """It opens nothing from now on, nor do those that it made; with a program that signed in, all its tokens. Those of
    others are for admins."""
    access_tokens.revoke_one(actor(), token_id, now=clock.now())
    return told(_read(token_id), "Taken back")


def _read(token_id: uuid.UUID) -> dict[str, Any]:
    return _written(lists.get_token(current_user.business_id, token_id))


def _written(token: TokenRow) -> dict[str, Any]:
    return {
        "id": str(token.id),
        "kind": "personal" if token.kind == "personal" else "signed_in",
        "name": token.name,
        "person_id": str(token.person_id),
        "person": token.person,
        "scopes": list(token.scopes),
        "created_at": instant(token.created_at),
        "expires_at": instant(token.expires_at),
        "last_used_at": instant(token.used_at),
        "revoked_at": instant(token.revoked_at),
        "made_by": token.made_by,
        "maker_id": str(token.maker) if token.maker else None,
        "audit_id": str(token.family),
    }
