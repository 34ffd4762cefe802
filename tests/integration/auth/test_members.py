"""Who works in a business, who may change that, and how people come in."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.auth import queries
from app.auth.errors import LastOwner
from app.auth.models import AuditEvent, Membership, Person
from app.auth.rules import Actor
from app.auth.service import members
from app.errors import DuelyError
from app.extensions import db
from tests.integration.auth.conftest import PASSWORD, Visitor

Ids = Callable[[str], uuid.UUID]
HERE = "/settings/members/"


def roles(app: Flask) -> dict[str, str]:
    """The role of everybody in the one business, by the name before the @."""
    with app.app_context():
        rows = db.session.execute(select(Person.email, Membership.role).join(Membership)).all()
    return {email.partition("@")[0]: role for email, role in rows}


def invite(browser: Visitor, email: str = "zoe@example.com", role: str = "staff") -> Any:
    return browser.post(HERE, {"email": email, "role": role})


@pytest.mark.parametrize(
    "who, target, new, works",
    [
        ("viewer", "staff", "viewer", False), ("viewer", "viewer", "owner", False),
        ("staff", "viewer", "staff", False), ("staff", "staff", "admin", False),
        ("admin", "viewer", "staff", True), ("admin", "staff", "admin", True), ("admin", "admin", "viewer", True),
        ("admin", "staff", "owner", False), ("admin", "admin", "owner", False), ("admin", "ada", "staff", False),
        ("ada", "staff", "owner", True), ("ada", "admin", "viewer", True), ("ada", "staff", "root", False),
    ],
)  # fmt: skip
def test_who_may_give_which_role_to_whom(
    app: Flask,
    ada: Visitor,
    member: Callable[..., Visitor],
    person_id: Ids,
    who: str,
    target: str,
    new: str,
    works: bool,
) -> None:
    people = {"ada": ada, **{role: member(role) for role in {who, target} - {"ada"}}}
    before = roles(app)
    answer = people[who].post(f"{HERE}{person_id(target + '@example.com')}/role/", {"role": new})
    assert answer.status_code == (303 if works else 422 if new == "root" else 403)
    assert roles(app) == ({**before, target: new} if works else before)


@pytest.mark.parametrize(
    "who, target, works",
    [
        ("viewer", "staff", False), ("staff", "viewer", False), ("admin", "staff", True), ("admin", "ada", False),
        ("ada", "admin", True), ("viewer", "viewer", True), ("staff", "staff", True),
    ],
)  # fmt: skip
def test_who_may_take_whom_out_and_everybody_may_leave(
    app: Flask, ada: Visitor, member: Callable[..., Visitor], person_id: Ids, who: str, target: str, works: bool
) -> None:
    people = {"ada": ada, **{role: member(role) for role in {who, target} - {"ada"}}}
    url = f"{HERE}{person_id(target + '@example.com')}/remove/"
    assert people[who].get(url).status_code == 200
    assert people[who].post(url).status_code == (303 if works else 403)
    assert (target in roles(app)) is not works
    if works:
        assert people[target].get(HERE).location == "/account/businesses/", "out from the next click on"


def test_the_last_owner_can_neither_leave_nor_be_demoted(app: Flask, ada: Visitor, person_id: Ids) -> None:
    mine = person_id("ada@example.com")
    assert ada.post(f"{HERE}{mine}/remove/").status_code == 409
    assert "needs an owner" in ada.post(f"{HERE}{mine}/role/", {"role": "staff"}).text
    assert roles(app) == {"ada": "owner"}


def test_two_owners_who_demote_each_other_at_once_leave_one(
    app: Flask, ada: Visitor, member: Callable[..., Visitor], person_id: Ids
) -> None:
    member("owner", "bola@example.com")
    pair = [person_id("ada@example.com"), person_id("bola@example.com")]
    with app.app_context():
        business_id = queries.memberships(pair[0])[0][0]

    def demote(turn: tuple[uuid.UUID, uuid.UUID]) -> bool:
        actor = Actor("person", business_id, role="owner", person_id=turn[0])
        with app.app_context():
            try:
                members.change_role(actor, turn[1], "viewer", now=clock.now())
            except DuelyError:
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(demote, [(pair[0], pair[1]), (pair[1], pair[0])])) == 1
    assert sorted(roles(app).values()) == ["owner", "viewer"]


def test_both_owners_leaving_at_once_leaves_one(
    app: Flask, ada: Visitor, member: Callable[..., Visitor], person_id: Ids
) -> None:
    member("owner", "bola@example.com")
    pair = [person_id("ada@example.com"), person_id("bola@example.com")]
    with app.app_context():
        business_id = queries.memberships(pair[0])[0][0]

    def leave(person: uuid.UUID) -> bool:
        with app.app_context():
            try:
                actor = Actor("person", business_id, role="owner", person_id=person)
                members.remove_member(actor, person, now=clock.now())
            except LastOwner:
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(leave, pair)) == 1
    assert list(roles(app).values()) == ["owner"]


def test_members_of_another_business_do_not_exist_here(
    ada: Visitor, visit: Callable[[], Visitor], person_id: Ids, app: Flask
) -> None:
    other = visit()
    other.sign_up("eve@example.com", business_name="Eve Ltd")
    eve = person_id("eve@example.com")
    assert ada.get(f"{HERE}{eve}/remove/").status_code == 404
    assert ada.post(f"{HERE}{eve}/remove/").status_code == 404
    assert ada.post(f"{HERE}{eve}/role/", {"role": "viewer"}).status_code == 404
    assert roles(app)["eve"] == "owner"


def test_an_unconfirmed_person_may_not_invite(ada: Visitor, letters: Callable[[], list[Any]]) -> None:
    assert invite(ada).status_code == 403
    assert not [letter for letter in letters() if "invites" in letter.subject]


def test_a_new_person_joins_with_a_name_and_a_password(
    app: Flask, verified: Visitor, visit: Callable[[], Visitor], mailed: Callable[..., str]
) -> None:
    assert invite(verified).status_code == 303
    link = mailed("zoe@example.com", "invites you to Obi Fibre")
    zoe = visit()
    assert "Obi Fibre" in zoe.get(link).text
    assert zoe.post(link, {"name": "", "password": PASSWORD}).status_code == 422
    assert zoe.post(link, {"name": "Zoe", "password": "short"}).status_code == 422
    assert zoe.post(link, {"name": "Zoe", "password": PASSWORD}).location == "/"
    assert zoe.signed_in()
    assert roles(app)["zoe"] == "staff"
    assert "Confirm zoe@example.com" not in zoe.get(HERE).text, "the link proved the address"
    assert visit().get(link).status_code == 404


def test_an_existing_person_signs_in_first_and_comes_back(
    app: Flask, verified: Visitor, visit: Callable[[], Visitor], mailed: Callable[..., str]
) -> None:
    zoe = visit()
    zoe.sign_up("zoe@example.com", business_name="Zoe Ltd")
    invite(verified, "Zoe@example.com", "admin")
    link = mailed("Zoe@example.com", "invites")
    stranger = visit()
    assert f"/login/?next={link}" in stranger.get(link).text
    assert stranger.post(link, {"name": "Eve", "password": PASSWORD}).status_code == 422, "not with a new password"
    assert zoe.post(link).location == "/"
    assert "Obi Fibre" in zoe.get(HERE).text
    with app.app_context():
        person = queries.find_person("zoe@example.com")
        assert person is not None
        assert [name for _, name, _ in queries.memberships(person.id)] == ["Obi Fibre", "Zoe Ltd"]


def test_an_invitation_is_for_its_address_only(
    app: Flask, verified: Visitor, visit: Callable[[], Visitor], mailed: Callable[..., str]
) -> None:
    eve = visit()
    eve.sign_up("eve@example.com", business_name="Eve Ltd")
    invite(verified)
    link = mailed("zoe@example.com", "invites")
    assert eve.post(link).status_code == 403
    assert "eve" not in {name for name, role in roles(app).items() if role == "staff"}
    assert visit().get(link).status_code == 200, "the refusal did not use it up"


def test_an_invitation_ends_when_withdrawn_sent_again_or_a_week_old(
    verified: Visitor, visit: Callable[[], Visitor], mailed: Callable[..., str], app: Flask, later: Callable[..., None]
) -> None:
    def waiting() -> list[uuid.UUID]:
        with app.app_context():
            [business_id] = db.session.scalars(select(Membership.business_id)).all()
            return [one.id for one in queries.invitations(business_id, clock.now())]

    invite(verified)
    first = mailed("zoe@example.com", "invites")
    [one] = waiting()
    assert verified.post(f"/settings/invitations/{one}/resend/").status_code == 303
    second = mailed("zoe@example.com", "invites")
    assert visit().get(first).status_code == 404
    assert visit().get(second).status_code == 200
    [one] = waiting()
    assert verified.post(f"/settings/invitations/{one}/withdraw/").status_code == 303
    assert visit().get(second).status_code == 404
    assert verified.post(f"/settings/invitations/{one}/withdraw/").status_code == 404
    invite(verified)
    third = mailed("zoe@example.com", "invites")
    later(days=8)
    assert visit().get(third).status_code == 404


def test_what_a_removed_admin_offered_is_void(
    verified: Visitor,
    member: Callable[..., Visitor],
    visit: Callable[[], Visitor],
    mailed: Callable[..., str],
    person_id: Ids,
) -> None:
    admin = member("admin")
    assert invite(admin).status_code == 303
    link = mailed("zoe@example.com", "invites")
    verified.post(f"{HERE}{person_id('admin@example.com')}/remove/")
    assert visit().get(link).status_code == 404


@pytest.mark.parametrize(
    "who, role, status",
    [("viewer", "viewer", 403), ("staff", "viewer", 403), ("admin", "admin", 303), ("admin", "owner", 403)],
)
def test_who_may_invite_whom(
    verified: Visitor, member: Callable[..., Visitor], who: str, role: str, status: int
) -> None:
    assert invite(member(who), role=role).status_code == status


@pytest.mark.parametrize("email, role", [("nope", "staff"), ("x" * 10_000, "staff"), ("a@example.com\x00", "staff"),
    ("zoe@example.com", "root"), ("ada@example.com", "staff")])  # fmt: skip
def test_a_bad_invitation_is_refused_beside_the_field(verified: Visitor, email: str, role: str) -> None:
    answer = invite(verified, email, role)
    assert answer.status_code == 422
    assert 'class="du-err"' in answer.text


def test_an_invitation_accepted_eight_times_at_once_makes_one_member(
    app: Flask, verified: Visitor, mailed: Callable[..., str]
) -> None:
    invite(verified)
    secret = mailed("zoe@example.com", "invites").split("/")[2]

    def accept(number: int) -> bool:
        with app.app_context():
            try:
                members.accept_as_new_person(secret, f"Zoe {number}", PASSWORD, now=clock.now(), ip="", user_agent="")
            except DuelyError:
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(accept, range(8))) == 1
    assert roles(app) == {"ada": "owner", "zoe": "staff"}


def test_withdrawing_and_accepting_at_once_never_locks_up(
    app: Flask, verified: Visitor, mailed: Callable[..., str]
) -> None:
    invite(verified)
    secret = mailed("zoe@example.com", "invites").split("/")[2]
    with app.app_context():
        owner = db.session.scalars(select(Membership)).one()
        actor = Actor("person", owner.business_id, role="owner", person_id=owner.person_id)
        [one] = [row.id for row in queries.invitations(owner.business_id, clock.now())]

    def step(number: int) -> str:
        with app.app_context():
            try:
                if number:
                    members.withdraw_invitation(actor, one, now=clock.now())
                else:
                    members.accept_as_new_person(secret, "Zoe", PASSWORD, now=clock.now(), ip="", user_agent="")
            except DuelyError:
                return "refused"
            finally:
                db.session.remove()
            return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(step, range(2))) == ["done", "refused"]


def test_the_trail_tells_who_came_and_changed_without_addresses(
    app: Flask, verified: Visitor, visit: Callable[[], Visitor], mailed: Callable[..., str], person_id: Ids
) -> None:
    invite(verified)
    zoe = visit()
    zoe.post(mailed("zoe@example.com", "invites"), {"name": "Zoe", "password": PASSWORD})
    verified.post(f"{HERE}{person_id('zoe@example.com')}/role/", {"role": "admin"})
    with app.app_context():
        events = db.session.scalars(
            select(AuditEvent).where(AuditEvent.object_kind == "member").order_by(AuditEvent.id)
        ).all()
        told = [(event.verb, event.actor_name, event.changes.get("role")) for event in events]
        assert "example.com" not in str([(event.facts, event.changes) for event in events])
    assert told == [
        ("invited", "Ada Obi", None),
        ("joined", "Zoe", None),
        ("changed_role", "Ada Obi", ["staff", "admin"]),
    ]


def test_a_person_with_two_businesses_switches_and_only_to_their_own(
    app: Flask, ada: Visitor, visit: Callable[[], Visitor], person_id: Ids
) -> None:
    assert ada.post("/account/businesses/", {"name": "Second", "country": "DE"}).status_code == 303
    other = visit()
    other.sign_up("eve@example.com", business_name="Eve Ltd")
    with app.app_context():
        mine = {name: id for id, name, _ in queries.memberships(person_id("ada@example.com"))}
        [(eves, _, _)] = queries.memberships(person_id("eve@example.com"))
    assert 'value="Second"' in ada.get("/settings/").text
    assert ada.post("/account/switch/", {"business_id": str(mine["Obi Fibre"])}).status_code == 303
    assert 'value="Obi Fibre"' in ada.get("/settings/").text
    for wrong in (str(eves), str(uuid.uuid4()), "nonsense", ""):
        assert ada.post("/account/switch/", {"business_id": wrong}).status_code == 404
    assert 'value="Obi Fibre"' in ada.get("/settings/").text
    browser = visit()
    browser.sign_in()
    assert 'value="Obi Fibre"' in browser.get("/settings/").text, "signing in opens the one used last"


@pytest.mark.parametrize("way", ["switch", "open", "join"])
def test_a_form_of_one_business_is_not_saved_into_the_next_one(
    app: Flask, ada: Visitor, visit: Callable[[], Visitor], person_id: Ids, mailed: Callable[..., str], way: str
) -> None:
    """Two tabs: a form stays open in one, and the other goes over to another business with the same versions."""
    ada.post("/account/businesses/", {"name": "Second", "country": "NG"})
    with app.app_context():
        second = next(id for id, name, _ in queries.memberships(person_id("ada@example.com")) if name == "Second")
        first = next(id for id, name, _ in queries.memberships(person_id("ada@example.com")) if name != "Second")
    ada.post("/account/switch/", {"business_id": str(first)})
    key = ada.key()
    version = re.search(r'name="version"[^>]*value="(\d+)"', ada.get("/settings/").text)
    assert version
    if way == "switch":
        ada.post("/account/switch/", {"business_id": str(second)})
    elif way == "open":
        ada.post("/account/businesses/", {"name": "Third", "country": "NG"})
    else:
        eve = visit()
        eve.sign_up("eve@example.com", business_name="Eve Ltd")
        eve.post(mailed("eve@example.com", "Confirm"))
        invite(eve, "ada@example.com", "owner")
        assert ada.post(mailed("ada@example.com", "invites")).status_code == 303
    typed = {"name": "Obi Fibre", "country": "NG", "colour": "#0d5960", "paper": "a4", "version": version[1]}
    bank = {"bank_details-0-label": "Account", "bank_details-0-value": "0123456789"}
    answer = ada.client.post("/settings/", data={**typed, **bank, "csrf_token": key})
    assert answer.status_code == 400
    assert "another business" in answer.text
    page = ada.get("/settings/").text
    assert "0123456789" not in page
    assert 'value="Obi Fibre"' not in page


def test_a_cookie_from_before_the_switch_brings_no_old_form_back(app: Flask, ada: Visitor, person_id: Ids) -> None:
    """An answer that was on its way during the switch may set the older cookie again, with the older key in it."""
    with app.app_context():
        first = queries.memberships(person_id("ada@example.com"))[0][0]
    ada.post("/account/businesses/", {"name": "Second", "country": "NG"})
    key = ada.key()
    version = re.search(r'name="version"[^>]*value="(\d+)"', ada.get("/settings/").text)
    assert version
    before = ada.client.get_cookie("duely")
    assert before
    ada.post("/account/switch/", {"business_id": str(first)})
    ada.client.set_cookie("duely", before.value)
    typed = {"name": "Second", "country": "NG", "colour": "#0d5960", "paper": "a4", "version": version[1]}
    answer = ada.client.post("/settings/", data={**typed, "csrf_token": key})
    assert answer.status_code == 400
    assert "another business" in answer.text
    assert 'value="Second"' not in ada.get("/settings/").text


def test_the_menu_asks_for_businesses_only_when_there_are_several(app: Flask, ada: Visitor) -> None:
    from sqlalchemy import event

    statements: list[str] = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *a: statements.append(a[2]))

    def asked(url: str) -> int:
        statements.clear()
        ada.get(url)
        return sum("JOIN membership" in s and "ORDER BY" in s for s in statements)

    fragment = "/settings/documents/example/?number_pattern=A-{0000}"
    assert asked("/settings/documents/") == 0
    ada.post("/account/businesses/", {"name": "Second", "country": "DE"})
    assert asked("/settings/documents/") == 1, "once, though the menu is on the page twice"
    assert asked(fragment) == 0, "and not where there is no menu"
    assert len([s for s in statements if s.startswith("SELECT")]) == 1


def test_with_accounts_closed_only_owners_open_another_business(make_app: Callable[..., Flask]) -> None:
    app = make_app(signup_open=False)
    ada = Visitor(app)
    ada.sign_up()
    with app.app_context():
        members.create_user("staff@example.com", PASSWORD, "Obi Fibre", "staff", clock.now())
    staff = Visitor(app)
    staff.sign_in("staff@example.com")
    assert staff.post("/account/businesses/", {"name": "Mine", "country": "NG"}).status_code == 403
    assert ada.post("/account/businesses/", {"name": "Mine", "country": "NG"}).status_code == 303
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Membership)) == 3
