"""Signing up, in and out, and asking for a new password."""

from __future__ import annotations

from flask import render_template, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth import passwords
from app.auth.forms import HINT, ForgotForm, SignInForm, SignUpForm
from app.auth.rules import token_hash
from app.auth.service import people
from app.auth.views import blueprint
from app.errors import Invalid
from app.extensions import limiter
from app.web import htmx
from app.web.access import client_ip, public
from app.web.fields import refuse
from app.web.identity import remember
from app.web.limits import address, login_limit, reset_limit


@blueprint.get("/signup/")
@public
def sign_up_form() -> ResponseReturnValue:
    """The form for a new account, or a word that accounts are closed."""
    if current_user.is_authenticated:
        return htmx.redirect_to("/")
    if not people.sign_up_open():
        return render_template("auth/signup_closed.html"), 403
    return render_template("auth/signup.html", form=SignUpForm(), hint=HINT)


@blueprint.post("/signup/")
@public
@limiter.limit(login_limit, key_func=address)
def sign_up() -> ResponseReturnValue:
    """Open an account and sign in."""
    form = SignUpForm()
    if form.validate():
        who = {"ip": client_ip(), "user_agent": request.user_agent.string, "country": form.country.data}
        typed = (form.name.data, form.email.data, form.password.data, form.business_name.data)
        try:
            result = people.sign_up(*typed, now=clock.now(), **who)
        except Invalid as error:
            refuse(form, error)
        else:
            enter(result.token)
            return htmx.redirect_to("/", f"Welcome to Duely. Look for a message to {form.email.data} to confirm it.")
    elif not form.password.errors and (why := passwords.problem(form.password.data, str(form.email.data or ""))):
        # Whoever has to correct something else types the password again anyway.
        form.password.errors = [why]
    return render_template("auth/signup.html", form=form, hint=HINT), 422


@blueprint.get("/login/")
@public
def login_form() -> ResponseReturnValue:
    """The form to sign in with."""
    wanted = htmx.safe_next(request.args.get("next"))
    if current_user.is_authenticated:
        return htmx.redirect_to(wanted)
    return render_template("auth/login.html", form=SignInForm(), next=wanted, open=people.sign_up_open())


@blueprint.post("/login/")
@public
@limiter.limit(login_limit, key_func=address)
def login() -> ResponseReturnValue:
    """Sign in and go where the person was going."""
    wanted, form = htmx.safe_next(request.args.get("next")), SignInForm()
    if form.validate():
        who = {"ip": client_ip(), "user_agent": request.user_agent.string}
        try:
            token = people.sign_in(form.email.data, form.password.data, now=clock.now(), **who)
        except Invalid as error:
            refuse(form, error)
        else:
            enter(token, keep=form.keep.data)
            return htmx.redirect_to(wanted)
    return render_template("auth/login.html", form=form, next=wanted, open=people.sign_up_open()), 422


@blueprint.post("/logout/")
@public
def logout() -> ResponseReturnValue:
    """End the session on the server; a copy of the cookie is worth nothing afterwards."""
    leave()
    return htmx.redirect_to("/login/", "You are signed out.")


@blueprint.get("/password/forgot/")
@public
def forgot_form() -> ResponseReturnValue:
    """Ask where to send the link."""
    return render_template("auth/forgot.html", form=ForgotForm())


@blueprint.post("/password/forgot/")
@public
@limiter.limit(reset_limit, key_func=address)
def forgot() -> ResponseReturnValue:
    """Promise a mail if there is somebody to write to; the answer is the same for every address."""
    form = ForgotForm()
    if not form.validate():
        return render_template("auth/forgot.html", form=form), 422
    people.request_reset(form.email.data, clock.now())
    return render_template("auth/forgot_sent.html", email=form.email.data)


def enter(token: str, *, keep: bool = True) -> None:
    """Begin this browser's session with a fresh cookie; the one it had before ends."""
    leave()
    remember(token)
    session.permanent = keep


def leave() -> None:
    """End this browser's session, on the server too."""
    old = session.get("sid")
    if old:
        people.sign_out(token_hash(old))
    session.clear()
