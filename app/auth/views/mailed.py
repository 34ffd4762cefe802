"""Pages behind mailed links: a GET only shows a button, because mail scanners open links too."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app import clock
from app.auth.errors import LinkUsedUp
from app.auth.forms import HINT, NewPasswordForm
from app.auth.service import people, tokens
from app.auth.views import blueprint
from app.errors import Invalid
from app.extensions import limiter
from app.web import htmx
from app.web.access import client_ip, public
from app.web.fields import refuse
from app.web.limits import address, login_limit
from app.web.security import keep_token_private


@blueprint.get("/verify/<token>/")
@public
def verify_form(token: str) -> ResponseReturnValue:
    """A button that confirms the address."""
    keep_token_private()
    found = tokens.find("verify", token, clock.now())
    if found is None:
        return _used_up("/account/", "Your account")
    return render_template("auth/verify.html", token=token, email=found.email)


@blueprint.post("/verify/<token>/")
@public
@limiter.limit(login_limit, key_func=address)
def verify(token: str) -> ResponseReturnValue:
    """Confirm the address."""
    keep_token_private()
    try:
        people.verify_email(token, clock.now(), ip=client_ip())
    except LinkUsedUp:
        return _used_up("/account/", "Your account")
    return htmx.redirect_to("/", "Your e-mail address is confirmed.")


@blueprint.get("/password/reset/<token>/")
@public
def reset_form(token: str) -> ResponseReturnValue:
    """A form for the new password."""
    keep_token_private()
    if tokens.find("reset", token, clock.now()) is None:
        return _used_up("/password/forgot/", "Ask for a new link")
    return render_template("auth/reset.html", form=NewPasswordForm(), token=token, hint=HINT)


@blueprint.post("/password/reset/<token>/")
@public
@limiter.limit(login_limit, key_func=address)
def reset(token: str) -> ResponseReturnValue:
    """Set the new password; every session of the person ends."""
    keep_token_private()
    form = NewPasswordForm()
    try:
        if form.validate():
            people.reset_password(token, form.password.data, clock.now(), ip=client_ip())
            return htmx.redirect_to("/login/", "Your password is changed. Sign in with the new one.")
    except LinkUsedUp:
        return _used_up("/password/forgot/", "Ask for a new link")
    except Invalid as error:
        refuse(form, error)
    return render_template("auth/reset.html", form=form, token=token, hint=HINT), 422


def _used_up(href: str, verb: str) -> ResponseReturnValue:
    return render_template("auth/used_up.html", sentence=str(LinkUsedUp()), href=href, verb=verb), 404
