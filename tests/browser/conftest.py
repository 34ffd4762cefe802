"""One installation for all stories of a test process, as `make run` starts it, and quick ways into it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from tests.support.browser import PHONE
from tests.support.live import LiveServer
from tests.support.story_pages import Window

if TYPE_CHECKING:
    from flask import Flask

    from tests.support.story import Story

# The stories of a whole evening come from one address within a minute.
NO_HURRY = {
    "RATE_LIMIT_LOGIN": "10000",
    "RATE_LIMIT_RESET": "10000",
    "RATE_LIMIT_ANONYMOUS": "100000",
    "RATE_LIMIT_AUTHENTICATED": "100000",
}
_serial = itertools.count(1)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A running installation with the demo business, on SQLite, with the embedded job runner."""
    server = LiveServer(tmp_path_factory.mktemp("shop"), NO_HURRY)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def window(new_page: Callable[..., Any], shop: LiveServer) -> Callable[..., Window]:
    """Opens windows, each a browser of its own; keywords are Playwright's context options."""

    def make(*, scripted: bool = True, phone: bool = False, **options: Any) -> Window:
        if phone:
            options |= {"viewport": PHONE, "is_mobile": True, "has_touch": True}
        return Window(new_page(java_script_enabled=scripted, **options), shop.url, scripted)

    return make


@pytest.fixture(scope="module")
def _same_data(shop: LiveServer) -> Iterator[Flask]:
    from app import create_app
    from app.extensions import db
    from config import Config

    app = create_app(Config.from_env(shop.environ))
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def backstage(_same_data: Flask) -> Iterator[Flask]:
    """The application over the data of the running one, to prepare what a story begins with; its context is open."""
    from app.extensions import db

    with _same_data.app_context():
        yield _same_data
        db.session.remove()


@pytest.fixture
def business(backstage: Flask) -> Story:
    """A business with an owner, a client and a tax."""
    from tests.support.story import a_business

    return a_business(backstage, f"Harmattan {next(_serial)}")


@pytest.fixture
def demo(backstage: Flask) -> Story:
    """The demo business as its owner sees it."""
    from app import clock
    from app.auth.models import Business
    from app.auth.queries import find_person
    from app.auth.rules import Actor
    from app.auth.service import sessions
    from app.catalog.models import Tax
    from app.clients.models import Client
    from app.demo.material import BUSINESS, PEOPLE
    from app.extensions import db
    from tests.support.story import Story

    business_id = db.session.scalars(select(Business.id).where(Business.name == BUSINESS)).one()
    owner = find_person(PEOPLE[0][1])
    actor = Actor("person", business_id, role="owner", person_id=owner.id, name=owner.name)
    token = sessions.begin(owner.id, business_id, now=clock.now(), ip="", user_agent="")
    found = (
        db.session.scalars(select(model.id).where(model.business_id == business_id, model.archived_at.is_(None)))
        for model in (Client, Tax)
    )
    return Story(backstage, business_id, actor, token, *(ids.first() for ids in found))


@pytest.fixture
def office(business: Story, window: Callable[..., Window]) -> Callable[..., Window]:
    """Opens windows in which the owner of the business is signed in."""

    def make(**options: Any) -> Window:
        return signed_in(window(**options), business)

    return make


def signed_in(window: Window, business: Story, role: Any = "owner") -> Window:
    """Give a window the cookie of somebody of the business."""
    cookie = business.visitor(role).get_cookie("duely")
    assert cookie is not None
    window.page.context.add_cookies([{"name": "duely", "value": cookie.value, "url": window.site}])
    return window


def email_of(business: Story) -> str:
    """What the owner of the business signs in with."""
    from app.auth.models import Person
    from app.extensions import db

    return str(db.session.get_one(Person, business.owner.person_id).email)
