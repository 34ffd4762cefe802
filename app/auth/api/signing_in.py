"""How programs sign in, and what they may see of the token they came with."""

from __future__ import annotations

import uuid
from typing import Any, Literal

from flask import Response, g, request
from flask_login import current_user
from pydantic import Field

from app import clock
from app.auth.api import blueprint
from app.auth.errors import WrongCredentials
from app.auth.rules import scopes_of
from app.auth.service import access_tokens
from app.errors import Invalid
from app.extensions import limiter
from app.web.access import actor, client_ip
from app.web.api import Email, In, Out, operation, said, told
from app.web.envelope import refused
from app.web.limits import address, login_limit


class SignIn(In):
    """Either e-mail and password, or a refresh token."""

    email: Email = ""
    password: str = Field("", max_length=200, examples=["harmattan demo 2026"])
    business_id: uuid.UUID | None = Field(None, description="Of several businesses this one; else that of last time.")
    scopes: list[str] = Field([], max_length=40, description="What the tokens are to be good for; all when left out.")
    refresh_token: str = Field("", max_length=100)


class TokensOut(Out):
    """Two secrets, told once."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds for which the access token is good.")
    business_id: uuid.UUID
    scopes: list[str]


class MeOut(Out):
    """Who a token stands for."""

    person_id: uuid.UUID
    name: str
    email: str
    business_id: uuid.UUID
    business: str
    role: str
    scopes: list[str]


TOKENS = {
    "access_token": "duely_kc2Hq0yq0F5V3Yc7v1nJ8oK4m9r2tUwXzB6dEfGhIjK",
    "refresh_token": "duely_m9r2tUwXzB6dEfGhIjKkc2Hq0yq0F5V3Yc7v1nJ8oK4",
    "token_type": "Bearer",
    "expires_in": 900,
    "business_id": "01936f4e-7c00-7000-8000-000000000001",
    "scopes": ["invoices:read"],
}
ME = {
    "person_id": "01936f4e-7c00-7000-8000-000000000002",
    "name": "Tolu Adeyemi",
    "email": "tolu@harmattan.example",
    "business_id": "01936f4e-7c00-7000-8000-000000000001",
    "business": "Harmattan Fibre",
    "role": "owner",
    "scopes": ["invoices:read"],
}


@blueprint.post("/token/")
@operation(
    "Sign in",
    role="public",
    takes=SignIn,
    gives=TokensOut,
    example=TOKENS,
    takes_example={"email": "tolu@harmattan.example", "password": "harmattan demo 2026"},
    also={401: "E-mail and password do not belong together, or the refresh token holds no more."},
)
def sign_in(body: SignIn) -> Response:
    """Gives a token that is good for 15 minutes, and a refresh token that gets the next two once, within 30 days. A
    refresh token that comes a second time ends all that came of that signing in, with the tokens that it made."""
    now = clock.now()
    try:
        if body.refresh_token:
            pair = access_tokens.refresh(body.refresh_token, now=now, ip=client_ip())
        elif body.email and body.password:
            wanted = (body.business_id, tuple(body.scopes))
            # Only guesses are few: an office with many programs gets new tokens for each of them all the time.
            with limiter.limit(login_limit, key_func=address):
                pair = access_tokens.sign_in(body.email, body.password, *wanted, now=now, ip=client_ip())
        else:
            raise Invalid("password" if body.email else "email", "Send email and password, or a refresh_token.")
    except WrongCredentials as error:
        return refused(401, str(error), g.get("request_id", ""))
    return told(
        {
            "access_token": pair.access,
            "refresh_token": pair.refresh,
            "token_type": "Bearer",
            "expires_in": pair.seconds,
            "business_id": str(pair.business_id),
            "scopes": list(pair.scopes),
        }
    )


@blueprint.post("/revoke/")
@operation("Sign out", role="signed_in")
def sign_out() -> Response:
    """Ends the token that asks and all that came of the same signing in, at once, with the tokens that it made. A token
    that was made by hand, or by another token, stays: it is taken back where it was made."""
    given = request.authorization
    access_tokens.sign_out(actor(), (given.token if given else "") or "", now=clock.now())
    return said("Signed out")


@blueprint.get("/me/")
@operation("Who this token stands for", role="viewer", gives=MeOut, example=ME)
def who_am_i() -> Response:
    """The person, the business and what the token is good for."""
    return told(_me(current_user, actor().role))


def _me(me: Any, role: str | None) -> dict[str, Any]:
    return {
        "person_id": str(me.person_id),
        "name": me.name,
        "email": me.email,
        "business_id": str(me.business_id),
        "business": me.business_name,
        "role": role,
        "scopes": [scope for scope in me.scopes if scope in scopes_of(role)],
    }
