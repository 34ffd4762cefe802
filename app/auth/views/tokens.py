"""One's own tokens for programs: made, listed, taken back; admins see those of others, too."""

from __future__ import annotations

import uuid

from flask import Response, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth import lists
from app.auth.forms import TokenForm
from app.auth.lists import TokenRow
from app.auth.rules import SCOPES, at_least, scopes_of
from app.auth.service import access_tokens, api_tokens
from app.auth.views import blueprint
from app.errors import Invalid, NotFound
from app.web import htmx
from app.web.access import actor, requires
from app.web.fields import refuse
from app.web.paging import Walk

HERE = "/settings/api/"
MOST = 100


@blueprint.get(HERE)
@requires("viewer")
def api_tokens_page() -> ResponseReturnValue:
    """Tokens that hold, and a form for one more."""
    return _page(TokenForm(formdata=None))


@blueprint.post(HERE)
@requires("viewer")
def make_api_token() -> ResponseReturnValue:
    """Make a token and show it, this once: it is not in the address, and nowhere to be read again."""
    form = TokenForm()
    if not form.validate():
        return _page(form, 422)
    typed = (form.name.data, form.scopes.data, form.days.data)
    try:
        _token_id, raw = api_tokens.make_own(actor(), *typed, now=clock.now())
    except Invalid as error:
        refuse(form, error)
        return _page(form, 422)
    answer = _page(TokenForm(formdata=None), 201, made=form.name.data, raw=raw)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get(HERE + "<uuid:token_id>/revoke/")
@requires("viewer")
def revoke_api_token_form(token_id: uuid.UUID) -> ResponseReturnValue:
    """Say what taking back does, and ask."""
    found, me = lists.get_token(current_user.business_id, token_id), actor()
    if found.revoked_at is not None:
        raise NotFound
    if found.person_id != me.person_id:
        me.require("admin")
    whose = "" if found.person_id == me.person_id else f" It acts for {found.person}."
    sentences = [f"Whatever uses it is refused from now on.{whose}", "It cannot be given back; make a new one instead."]
    if found.made_by == "person":
        sentences.insert(1, "Tokens that it made are taken back with it.")
    return render_template(
        "shared/confirm.html",
        title=f"Take {found.name or 'this token'} back?",
        sentences=sentences,
        action=url_for("auth.revoke_api_token", token_id=token_id),
        verb="Take it back",
        keep="Keep it",
        back=HERE,
    )


@blueprint.post(HERE + "<uuid:token_id>/revoke/")
@requires("viewer")
def revoke_api_token(token_id: uuid.UUID) -> ResponseReturnValue:
    """Make a token useless at once."""
    access_tokens.revoke_one(actor(), token_id, now=clock.now())
    return htmx.redirect_to(HERE, "It is taken back. Whatever used it is refused from now on.")


def _page(form: TokenForm, status: int = 200, made: str = "", raw: str = "") -> Response:
    me, now, whole = current_user, clock.now(), Walk("", MOST)
    mine = lists.list_tokens(me.business_id, me.person_id, "live", whole, now).items
    others: list[TokenRow] = []
    if at_least(me.role, "admin"):
        every = lists.list_tokens(me.business_id, None, "live", whole, now).items
        others = [token for token in every if token.person_id != me.person_id]
    page = {
        "form": form,
        "mine": mine,
        "others": others,
        "scopes": scopes_of(me.role),
        "all_scopes": len(SCOPES),
        "made": made,
        "raw": raw,
    }
    return make_response(render_template("settings/api.html", **page), status)
