"""Who works in the business, and who is invited."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from flask import Response, url_for
from flask_login import current_user
from pydantic import Field

from app import clock
from app.auth import lists, queries
from app.auth.api import business
from app.auth.models import PersonToken
from app.auth.queries import Member
from app.auth.service import members as service
from app.auth.settings_forms import InviteForm, RoleForm
from app.errors import NotFound
from app.web.access import actor
from app.web.api import In, ListQuery, Out, filled, instant, made, operation, paged, said, told

RoleName = Literal["viewer", "staff", "admin", "owner"]


class MemberOut(Out):
    """Somebody who works in the business; `verified` says that the address is confirmed."""

    id: uuid.UUID
    name: str
    email: str
    role: RoleName
    verified: bool
    joined_at: datetime


class MemberQuery(ListQuery):
    """Which members."""

    role: Literal["", "viewer", "staff", "admin", "owner"] = ""


class MemberChange(In):
    """Another role."""

    role: RoleName


class InvitationIn(In):
    """Whom to invite, and as what."""

    email: str = Field(max_length=254, examples=["ada@example.com"])
    role: RoleName = "staff"


class InvitationOut(Out):
    """An invitation that can still be accepted."""

    id: uuid.UUID
    email: str
    role: RoleName
    created_at: datetime
    expires_at: datetime


MEMBER = {
    "id": "01936f4e-7c00-7000-8000-000000000002",
    "name": "Tolu Adeyemi",
    "email": "tolu@harmattan.example",
    "role": "owner",
    "verified": True,
    "joined_at": "2026-01-05T08:00:00Z",
}
INVITATION = {
    "id": "01936f4e-7c00-7000-8000-000000000031",
    "email": "ada@example.com",
    "role": "staff",
    "created_at": "2026-11-20T10:30:00Z",
    "expires_at": "2026-11-27T10:30:00Z",
}


@business.get("/members/")
@operation(
    "List members", role="viewer", scope="members:read", query=MemberQuery, gives=MemberOut, many=True, example=MEMBER
)
def list_members(query: MemberQuery) -> Response:
    """Everybody who works in the business, by name."""
    page = lists.list_members(current_user.business_id, query.role, query.walk)
    return paged(page, query, lambda pair: _member(_as_member(*pair)))


@business.get("/members/<uuid:person_id>/")
@operation("Read a member", role="viewer", scope="members:read", gives=MemberOut, example=MEMBER)
def read_member(person_id: uuid.UUID) -> Response:
    """By the person's id."""
    return told(_member(queries.get_member(current_user.business_id, person_id)))


@business.patch("/members/<uuid:person_id>/")
@operation(
    "Give a member another role",
    role="admin",
    scope="members:write",
    takes=MemberChange,
    gives=MemberOut,
    example=MEMBER,
    takes_example={"role": "owner"},
)
def change_member(person_id: uuid.UUID, body: MemberChange) -> Response:
    """Owners give and take any role, admins those up to admin. A business keeps an owner: else 409."""
    form = filled(RoleForm, body.model_dump())
    service.change_role(actor(), person_id, form.role.data, now=clock.now())
    return told(_member(queries.get_member(current_user.business_id, person_id)), "Saved")


@business.post("/members/<uuid:person_id>/remove/")
@operation("Take a member out", role="viewer", scope="members:write")
def remove_member(person_id: uuid.UUID) -> Response:
    """Their account and what they did stay, their tokens end. Everybody may take out themselves, admins others."""
    service.remove_member(actor(), person_id, now=clock.now())
    return said("Taken out of the business")


@business.get("/invitations/")
@operation(
    "List invitations",
    role="viewer",
    scope="members:read",
    query=ListQuery,
    gives=InvitationOut,
    many=True,
    example=INVITATION,
)
def list_invitations(query: ListQuery) -> Response:
    """Those that can still be accepted, the newest first."""
    return paged(lists.list_invitations(current_user.business_id, query.walk, clock.now()), query, _invitation)


@business.post("/invitations/")
@operation(
    "Invite somebody",
    role="admin",
    scope="members:write",
    takes=InvitationIn,
    gives=InvitationOut,
    status=201,
    example=INVITATION,
    takes_example={"email": "ada@example.com", "role": "staff"},
)
def invite_member(body: InvitationIn) -> Response:
    """Mails a link that is good for seven days; an earlier one to the same address stops working."""
    form = filled(InviteForm, body.model_dump())
    made_id = service.invite(actor(), form.email.data, form.role.data, now=clock.now())
    return made(_read(made_id), url_for("business_api.read_invitation", invitation_id=made_id), "Invited")


@business.get("/invitations/<uuid:invitation_id>/")
@operation("Read an invitation", role="viewer", scope="members:read", gives=InvitationOut, example=INVITATION)
def read_invitation(invitation_id: uuid.UUID) -> Response:
    """While it can be accepted."""
    return told(_read(invitation_id))


@business.post("/invitations/<uuid:invitation_id>/resend/")
@operation(
    "Send an invitation again",
    role="admin",
    scope="members:write",
    gives=InvitationOut,
    status=201,
    example=INVITATION,
)
def resend_invitation(invitation_id: uuid.UUID) -> Response:
    """Mails a new link, which is an invitation of its own; the earlier one stops working."""
    made_id = service.resend_invitation(actor(), invitation_id, now=clock.now())
    return made(_read(made_id), url_for("business_api.read_invitation", invitation_id=made_id), "Sent again")


@business.post("/invitations/<uuid:invitation_id>/withdraw/")
@operation("Take an invitation back", role="admin", scope="members:write")
def withdraw_invitation(invitation_id: uuid.UUID) -> Response:
    """Its link stops working."""
    service.withdraw_invitation(actor(), invitation_id, now=clock.now())
    return said("Withdrawn")


def _read(invitation_id: uuid.UUID) -> dict[str, Any]:
    found = queries.find_invitation(current_user.business_id, invitation_id, clock.now())
    if found is None:
        raise NotFound
    return _invitation(found)


def _as_member(person: Any, membership: Any) -> Member:
    known = (person.id, person.name, person.email)
    return Member(*known, membership.role, person.verified_at is not None, membership.created_at)


def _member(member: Member) -> dict[str, Any]:
    return {
        "id": str(member.person_id),
        "name": member.name,
        "email": member.email,
        "role": member.role,
        "verified": member.verified,
        "joined_at": instant(member.joined_at),
    }


def _invitation(found: PersonToken) -> dict[str, Any]:
    return {
        "id": str(found.id),
        "email": found.email,
        "role": found.role,
        "created_at": instant(found.created_at),
        "expires_at": instant(found.expires_at),
    }
