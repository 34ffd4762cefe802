"""The other end of an invitation: join with the account one has, or with a new one."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth import queries
from app.auth.errors import LinkUsedUp, OtherPerson
from app.auth.forms import HINT, JoinForm
from app.auth.models import PersonToken
from app.auth.rules import email_key
from app.auth.service import members, tokens
from app.auth.views import blueprint
from app.auth.views.doors import enter
from app.errors import Invalid
from app.extensions import limiter
from app.web import htmx
from app.web.access import client_ip, public
from app.web.fields import refuse
from app.web.limits import address, login_limit
from app.web.security import keep_token_private


@blueprint.get("/invitations/<token>/")
@public
def invitation_form(token: str) -> ResponseReturnValue:
    """What is offered, and what to do to accept it."""
    keep_token_private()
    found = tokens.find("invite", token, clock.now())
    return _page(found, token, JoinForm()) if found else _gone()


@blueprint.post("/invitations/<token>/")
@public
@limiter.limit(login_limit, key_func=address)
def accept_invitation(token: str) -> ResponseReturnValue:
    """Join the business."""
    keep_token_private()
    found = tokens.find("invite", token, clock.now())
    if found is None:
        return _gone()
    form = JoinForm()
    try:
        if current_user.is_authenticated:
            me = current_user
            members.accept_invitation(token, me.person_id, me.session_id, now=clock.now(), ip=client_ip())
            return htmx.redirect_to("/", "Welcome. You can switch between your businesses in the menu.")
        if queries.find_person(found.email) is None and form.validate():
            who = {"ip": client_ip(), "user_agent": request.user_agent.string}
            typed = (token, form.name.data, form.password.data)
            result = members.accept_as_new_person(*typed, now=clock.now(), **who)
            enter(result.token)
            return htmx.redirect_to("/", "Welcome to Duely.")
    except LinkUsedUp:
        return _gone()
    except OtherPerson:
        return _page(found, token, form, 403)
    except Invalid as error:
        refuse(form, error)
    return _page(found, token, form, 422)


def _page(found: PersonToken, token: str, form: JoinForm, status: int = 200) -> ResponseReturnValue:
    me = current_user if current_user.is_authenticated else None
    page = {
        "token": token,
        "email": found.email,
        "role_text": members.ROLE_TEXT[found.role],
        "business": queries.get_business(found.business_id) if found.business_id else None,
        "known": queries.find_person(found.email) is not None,
        "mine": me is not None and email_key(me.email) == email_key(found.email),
        "other": me.email if me is not None else None,
        "form": form,
        "hint": HINT,
    }
    return render_template("auth/invitation.html", **page), status


def _gone() -> ResponseReturnValue:
    sentence = "This invitation was accepted or withdrawn, or it is too old. Ask for a new one."
    return render_template("auth/used_up.html", sentence=sentence, href="/login/", verb="Sign in"), 404
