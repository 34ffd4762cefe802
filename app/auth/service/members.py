"""Who works in a business: invited, joined, given another role, taken out.

Every change holds the business's row, so that two owners cannot demote each other at the same moment.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from app.auth import queries
from app.auth.audit import record
from app.auth.errors import LastOwner, LinkUsedUp, OtherPerson
from app.auth.models import Business, Membership, Person, PersonToken, SignInSession
from app.auth.rules import ROLES, Actor, NotAllowed, Role, email_key, may_manage
from app.auth.service import api_tokens, people, sessions, tokens
from app.auth.service import business as businesses
from app.database import transactional
from app.errors import Invalid, NotFound
from app.extensions import db

ROLE_TEXT = {"viewer": "a viewer", "staff": "staff", "admin": "an admin", "owner": "an owner"}


@transactional
def invite(actor: Actor, email: str, role: str, *, now: datetime) -> uuid.UUID:
    """Mail an invitation, good for 7 days; an earlier one to the same address stops working. Returns its id.

    Raises NotAllowed, NotVerified, TooManyMails, and Invalid for somebody who is a member or a role that is none.
    """
    actor.require("admin")
    actor.require_verified()
    business = _hold(actor.business_id)
    _may(actor, _checked(role))
    person = queries.find_person(email)
    if person is not None and _membership(actor.business_id, person.id) is not None:
        raise Invalid("email", "This person is a member already.")
    _withdraw(PersonToken.business_id == actor.business_id, func.lower(PersonToken.email) == email.lower(), now=now)
    raw = tokens.make("invite", email, now, business_id=business.id, role=role, created_by=actor.person_id)
    facts = {"business_name": business.name, "colour": business.colour, "inviter_name": actor.name}
    facts |= {"role": role, "path": f"/invitations/{raw}/", "business_id": str(business.id)}
    tokens.send_mail("invitation", email, person.name if person else "", facts)
    invitation = tokens.find("invite", raw, now)
    assert invitation is not None
    record(actor, "invited", "member", invitation.id, now, facts={"role": role}, changes={"email": ("", email)})
    return invitation.id


@transactional
def resend_invitation(actor: Actor, invitation_id: uuid.UUID, *, now: datetime) -> uuid.UUID:
    """Mail the invitation again with a new link; the earlier link stops working. Raises NotFound and as `invite`."""
    found = _invitation(actor, invitation_id, now)
    return invite(actor, found.email, found.role, now=now)


@transactional
def withdraw_invitation(actor: Actor, invitation_id: uuid.UUID, *, now: datetime) -> None:
    """The link stops working. Raises NotFound and NotAllowed."""
    found = _invitation(actor, invitation_id, now)
    _withdraw(PersonToken.id == found.id, now=now)
    record(actor, "withdrew_invitation", "member", found.id, now, facts={"role": found.role})


@transactional
def accept_invitation(token: str, person_id: uuid.UUID, session_id: uuid.UUID, *, now: datetime, ip: str = "") -> None:
    """Join with the account one is signed in with. Raises LinkUsedUp, OtherPerson when it is for another address."""
    used = _use(token, now)
    person = db.session.get_one(Person, person_id, populate_existing=True, with_for_update=True)
    if person.email_key != email_key(used.email):
        raise OtherPerson
    # Whoever holds the link reads the mail of this address.
    person.verified_at = person.verified_at or now
    _join(used, person, now, ip)
    switch_business(session_id, person_id, _business_of(used))


def accept_as_new_person(
    token: str, name: str, password: str, *, now: datetime, ip: str, user_agent: str
) -> people.SignInResult:
    """Join with an account made just now. Raises LinkUsedUp, and Invalid naming the field."""
    found = tokens.find("invite", token, now)
    if found is None:
        raise LinkUsedUp
    stored = people.new_hash(password, found.email)
    try:
        return _accept_as_new(token, name, stored, now, ip, user_agent)
    except IntegrityError as error:
        raise Invalid("password", people.TAKEN) from error


@transactional
def _accept_as_new(token: str, name: str, stored: str, now: datetime, ip: str, user_agent: str) -> people.SignInResult:
    used = _use(token, now)
    person = people.add_person(name, used.email, stored, now, verified=True)
    _join(used, person, now, ip)
    business_id = _business_of(used)
    cookie = sessions.begin(person.id, business_id, now=now, ip=ip, user_agent=user_agent)
    return people.SignInResult(cookie, person.id, business_id)


@transactional
def change_role(actor: Actor, person_id: uuid.UUID, role: str, *, now: datetime) -> None:
    """Give a member another role. Raises NotAllowed, LastOwner, NotFound, Invalid."""
    actor.require("admin")
    _hold(actor.business_id)
    member = _get_member(actor.business_id, person_id)
    before = member.role
    if before == _checked(role):
        return
    _may(actor, before, role)
    if before == "owner":
        _keep_an_owner(actor.business_id, person_id)
    member.role = role
    _forget_invitations_of(actor.business_id, person_id, now)
    record(actor, "changed_role", "member", person_id, now, changes={"role": (before, role)})


@transactional
def remove_member(actor: Actor, person_id: uuid.UUID, *, now: datetime) -> None:
    """Take a member out of the business; their account stays. Everybody may take out themselves.

    Raises NotAllowed, LastOwner, NotFound.
    """
    actor.require("viewer")
    _hold(actor.business_id)
    member = _get_member(actor.business_id, person_id)
    if person_id != actor.person_id:
        actor.require("admin")
        _may(actor, member.role)
    if member.role == "owner":
        _keep_an_owner(actor.business_id, person_id)
    db.session.delete(member)
    here = (SignInSession.person_id == person_id, SignInSession.business_id == actor.business_id)
    db.session.execute(_quietly(update(SignInSession).where(*here).values(business_id=None)))
    api_tokens.revoke_tokens(person_id, actor.business_id, now=now, actor=actor)
    _forget_invitations_of(actor.business_id, person_id, now)
    verb = "left" if person_id == actor.person_id else "removed"
    record(actor, verb, "member", person_id, now, facts={"role": member.role})


@transactional
def switch_business(session_id: uuid.UUID, person_id: uuid.UUID, business_id: uuid.UUID) -> None:
    """Look at another of one's businesses in this browser. Raises NotFound."""
    if _membership(business_id, person_id) is None:
        raise NotFound
    sessions.look_at(session_id, person_id, business_id)


def create_user(
    email: str, password: str, business: str, role: str, now: datetime, *, name: str = ""
) -> tuple[uuid.UUID, uuid.UUID]:
    """Make sure this person works in this business, for the command: returns (person id, business id).

    `business` is an id or a name; a name that nobody uses opens a business, which begins with an owner. A person who
    exists keeps their password. The address counts as verified. Raises Invalid naming the option.
    """
    known = queries.find_person(email)
    stored = "" if known else people.new_hash(password, email)
    return _create_user(email, stored, business, _checked(role), now, name)


@transactional
def _create_user(
    email: str, stored: str, business: str, role: Role, now: datetime, name: str
) -> tuple[uuid.UUID, uuid.UUID]:
    person = queries.find_person(email)
    if person is None:
        person = people.add_person(name or email.partition("@")[0], email, stored, now, verified=True)
    business_id = queries.find_business(business)
    if business_id is None:
        if role != "owner":
            raise Invalid("business", "There is no such business. A new one begins with --role owner.")
        return person.id, businesses.create_business(person.id, business, now)
    _hold(business_id)
    if _membership(business_id, person.id) is not None:
        raise Invalid("email", "This person is a member already.")
    db.session.add(Membership(business_id=business_id, person_id=person.id, role=role, created_at=now))
    record(Actor.system(business_id), "joined", "member", person.id, now, facts={"role": role})
    return person.id, business_id


def _use(token: str, now: datetime) -> PersonToken:
    """Use an invitation up, the business held first: whoever invites or withdraws takes the two in this order."""
    found = tokens.find("invite", token, now)
    if found is None:
        raise LinkUsedUp
    _hold(_business_of(found))
    return tokens.use("invite", token, now)


def _business_of(invitation: PersonToken) -> uuid.UUID:
    if invitation.business_id is None:
        raise LinkUsedUp
    return invitation.business_id


def _join(used: PersonToken, person: Person, now: datetime, ip: str) -> None:
    business_id = _business_of(used)
    if _membership(business_id, person.id) is not None:
        return
    role = _checked(used.role)
    db.session.add(Membership(business_id=business_id, person_id=person.id, role=role, created_at=now))
    db.session.flush()
    actor = Actor("person", business_id, role=role, person_id=person.id, name=person.name, ip=ip)
    record(actor, "joined", "member", person.id, now, facts={"role": role})


def _hold(business_id: uuid.UUID) -> Business:
    query = select(Business).where(Business.id == business_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _may(actor: Actor, *roles: str) -> None:
    """The role counts that the actor has now, not the one of when the request came in."""
    if actor.kind == "system":
        return
    member = _membership(actor.business_id, actor.person_id) if actor.person_id else None
    if member is None or not all(may_manage(member.role, role) for role in roles):
        raise NotAllowed("Only an owner may do that: ask one of them." if "owner" in roles else None)


def _checked(role: str) -> Role:
    if role not in ROLES:
        raise Invalid("role", "Choose a role from the list.")
    return role


def _membership(business_id: uuid.UUID, person_id: uuid.UUID) -> Membership | None:
    return db.session.get(Membership, (business_id, person_id), populate_existing=True)


def _get_member(business_id: uuid.UUID, person_id: uuid.UUID) -> Membership:
    member = _membership(business_id, person_id)
    if member is None:
        raise NotFound
    return member


def _keep_an_owner(business_id: uuid.UUID, leaving: uuid.UUID) -> None:
    others = select(func.count()).where(
        Membership.business_id == business_id, Membership.role == "owner", Membership.person_id != leaving
    )
    if not db.session.scalar(others):
        raise LastOwner


def _invitation(actor: Actor, invitation_id: uuid.UUID, now: datetime) -> PersonToken:
    actor.require("admin")
    _hold(actor.business_id)
    found = queries.find_invitation(actor.business_id, invitation_id, now)
    if found is None:
        raise NotFound
    _may(actor, found.role)
    return found


def _forget_invitations_of(business_id: uuid.UUID, person_id: uuid.UUID, now: datetime) -> None:
    """What somebody offered with a role they no longer have is void."""
    _withdraw(PersonToken.business_id == business_id, PersonToken.created_by == person_id, now=now)


def _withdraw(*which: Any, now: datetime) -> None:
    open_ones = (PersonToken.kind == "invite", PersonToken.used_at.is_(None), *which)
    db.session.execute(_quietly(update(PersonToken).where(*open_ones).values(used_at=now)))


def _quietly(statement: Any) -> Any:
    return statement.execution_options(synchronize_session=False)
