"""One's own account: profile, password, sessions, businesses."""

from __future__ import annotations

import uuid

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth import queries
from app.auth.browsers import browser
from app.auth.forms import HINT, BusinessNameForm, ChangePasswordForm, ProfileForm
from app.auth.queries import SignedIn
from app.auth.service import business, members, people
from app.auth.views import blueprint
from app.errors import Invalid, NotFound
from app.extensions import limiter
from app.web import htmx
from app.web.access import client_ip, signed_in
from app.web.fields import refuse
from app.web.limits import address, login_limit, reset_limit

blueprint.add_app_template_filter(browser, "browser")


@blueprint.get("/account/")
@signed_in
def account() -> ResponseReturnValue:
    """Profile, password and the browsers one is signed in with."""
    return _page(ProfileForm(data={"name": current_user.name, "email": current_user.email}))


@blueprint.post("/account/")
@signed_in
@limiter.limit(login_limit, key_func=address)
def change_profile() -> ResponseReturnValue:
    """Change name or address."""
    form = ProfileForm()
    if form.validate():
        typed = (current_user.person_id, form.name.data, form.email.data)
        try:
            moved = people.change_profile(*typed, clock.now(), password=form.password.data, ip=client_ip())
        except Invalid as error:
            refuse(form, error)
        else:
            said = f"Saved. We sent a link to {form.email.data} to confirm it." if moved else "Saved."
            return htmx.redirect_to("/account/", said)
    return _page(form, status=422)


@blueprint.post("/account/password/")
@signed_in
@limiter.limit(login_limit, key_func=address)
def change_password() -> ResponseReturnValue:
    """Change the password; other browsers are signed out."""
    form, me = ChangePasswordForm(), current_user
    if form.validate():
        typed = (me.person_id, form.old.data, form.new.data)
        try:
            ended = people.change_password(*typed, clock.now(), session_id=me.session_id, ip=client_ip())
        except Invalid as error:
            refuse(form, error)
        else:
            others = f" {ended} other {'browser was' if ended == 1 else 'browsers were'} signed out." if ended else ""
            return htmx.redirect_to("/account/", "Your password is changed." + others)
    return _page(password=form, status=422)


@blueprint.post("/account/sessions/<uuid:session_id>/end/")
@signed_in
def end_session(session_id: uuid.UUID) -> ResponseReturnValue:
    """Sign one browser out."""
    if not people.end_session(current_user.person_id, session_id):
        raise NotFound
    return htmx.redirect_to("/account/", "That browser is signed out.")


@blueprint.post("/account/sessions/end-others/")
@signed_in
def end_other_sessions() -> ResponseReturnValue:
    """Sign every browser out but this one."""
    people.end_sessions(current_user.person_id, keep=current_user.session_id)
    return htmx.redirect_to("/account/", "Every other browser is signed out.")


@blueprint.post("/account/verify/resend/")
@signed_in
@limiter.limit(reset_limit, key_func=address)
def resend_verification() -> ResponseReturnValue:
    """Mail the link that confirms the address again."""
    sent = people.resend_verification(current_user.person_id, clock.now())
    said = f"We sent it to {current_user.email} again." if sent else "Your address is confirmed already."
    return htmx.redirect_to("/account/", said)


@blueprint.get("/account/businesses/")
@signed_in
def businesses() -> ResponseReturnValue:
    """The businesses a person belongs to."""
    return _businesses(BusinessNameForm())


@blueprint.post("/account/businesses/")
@signed_in
def create_business() -> ResponseReturnValue:
    """Open another business and look at it."""
    form, me = BusinessNameForm(), current_user
    if not form.validate():
        return _businesses(form, 422)
    business.open_another(
        me.person_id, me.session_id, form.name.data, clock.now(), country=form.country.data, ip=client_ip()
    )
    return htmx.redirect_to("/", f"{form.name.data} is ready.")


@blueprint.post("/account/switch/")
@signed_in
def switch() -> ResponseReturnValue:
    """Look at another of one's businesses."""
    try:
        wanted = uuid.UUID(request.form.get("business_id", ""))
    except ValueError as error:
        raise NotFound from error
    members.switch_business(current_user.session_id, current_user.person_id, wanted)
    return htmx.redirect_to("/")


def _page(
    form: ProfileForm | None = None, password: ChangePasswordForm | None = None, status: int = 200
) -> ResponseReturnValue:
    me: SignedIn = current_user
    # The forms share a page: the one that was not sent starts from what is stored.
    profile = form or ProfileForm(formdata=None, data={"name": me.name, "email": me.email})
    page = {
        "form": profile,
        "password": password or ChangePasswordForm(formdata=None),
        "sessions": queries.live_sessions(me.person_id, clock.now()),
        "hint": HINT,
    }
    return render_template("auth/account.html", **page), status


def _businesses(form: BusinessNameForm, status: int = 200) -> ResponseReturnValue:
    mine = queries.memberships(current_user.person_id)
    may_open = business.may_open_another(current_user.person_id)
    return render_template("auth/businesses.html", form=form, businesses=mine, may_open=may_open), status
