"""Who works in the business: the list, invitations, roles."""

from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth import queries
from app.auth.rules import ROLE_WORDS, at_least
from app.auth.service import members as service
from app.auth.settings_forms import InviteForm, RoleForm
from app.auth.views import blueprint
from app.errors import Invalid
from app.web import htmx
from app.web.access import actor, requires
from app.web.fields import refuse

HERE = "/settings/members/"


@blueprint.get("/settings/members/")
@requires("viewer")
def members() -> ResponseReturnValue:
    """Everybody in the business, and the invitations that wait."""
    return _page(InviteForm())


@blueprint.post("/settings/members/")
@requires("admin")
def invite() -> ResponseReturnValue:
    """Mail an invitation."""
    form = InviteForm()
    if form.validate():
        try:
            service.invite(actor(), form.email.data, form.role.data, now=clock.now())
        except Invalid as error:
            refuse(form, error)
        else:
            return htmx.redirect_to(HERE, f"The invitation to {form.email.data} is on its way.")
    return _page(form, 422)


@blueprint.post("/settings/invitations/<uuid:invitation_id>/resend/")
@requires("admin")
def resend_invitation(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Mail an invitation again."""
    service.resend_invitation(actor(), invitation_id, now=clock.now())
    return htmx.redirect_to(HERE, "The invitation was sent again; the earlier link stopped working.")


@blueprint.post("/settings/invitations/<uuid:invitation_id>/withdraw/")
@requires("admin")
def withdraw_invitation(invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    service.withdraw_invitation(actor(), invitation_id, now=clock.now())
    return htmx.redirect_to(HERE, "The invitation is withdrawn.")


@blueprint.post("/settings/members/<uuid:person_id>/role/")
@requires("admin")
def change_role(person_id: uuid.UUID) -> ResponseReturnValue:
    """Give a member another role."""
    form = RoleForm()
    if not form.validate():
        raise Invalid("role", "Choose a role from the list.")
    service.change_role(actor(), person_id, form.role.data, now=clock.now())
    name = queries.get_member(current_user.business_id, person_id).name
    return htmx.redirect_to(HERE, f"{name} is now {service.ROLE_TEXT[form.role.data]}.")


@blueprint.get("/settings/members/<uuid:person_id>/remove/")
@requires("viewer")
def remove_member_form(person_id: uuid.UUID) -> ResponseReturnValue:
    """Say what removing does, and ask."""
    return render_template("shared/confirm.html", **_asking(queries.get_member(current_user.business_id, person_id)))


@blueprint.post("/settings/members/<uuid:person_id>/remove/")
@requires("viewer")
def remove_member(person_id: uuid.UUID) -> ResponseReturnValue:
    """Take a member out, or leave."""
    service.remove_member(actor(), person_id, now=clock.now())
    if person_id == current_user.person_id:
        return htmx.redirect_to("/account/businesses/", "You left the business.")
    return htmx.redirect_to(HERE, "Removed. Their account stays, without this business.")


def _asking(member: queries.Member) -> dict[str, Any]:
    mine = member.person_id == current_user.person_id
    who = "You" if mine else member.name
    sentences = [
        f"{who} will no longer see or change anything of {current_user.business_name}, from the next click on.",
        "What was done so far stays, with the name beside it. An invitation brings a person back.",
    ]
    return {
        "title": f"Leave {current_user.business_name}?" if mine else f"Remove {member.name}?",
        "sentences": sentences,
        "action": url_for("auth.remove_member", person_id=member.person_id),
        "verb": "Leave" if mine else "Remove",
        "keep": "Stay" if mine else "Keep",
        "back": HERE,
    }


def _page(form: InviteForm, status: int = 200) -> ResponseReturnValue:
    business_id = current_user.business_id
    page = {
        "form": form,
        "members": queries.members(business_id),
        "invitations": queries.invitations(business_id, clock.now()),
        "manages": at_least(current_user.role, "admin"),
        "roles": list(ROLE_WORDS.items()),
        "here": request.path,
    }
    return render_template("settings/members.html", **page), status
