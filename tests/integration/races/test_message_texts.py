"""Two people cannot word one message at once: one saves, and the other is shown what was saved."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from app import clock
from app.auth.errors import Stale
from app.auth.rules import Actor
from app.auth.service.message_texts import save_words
from app.extensions import db
from app.messages.models import MessageTemplate
from app.messages.wordings import default_wording
from tests.integration.races.crowd import all_at_once
from tests.support.story import a_business


def save(owner: Actor, sms: str, version: int) -> str:
    wording = replace(default_wording("invoice", "en"), sms=sms)
    try:
        save_words(owner, "invoice", wording, content_sid="", variables=(), version=version, now=clock.now())
    except Stale:
        return "stale"
    return sms


def test_of_many_who_save_the_words_they_all_opened_one_does(app, config):
    owner, version = a_business(app).owner, 0
    for turn in range(3):
        db.session.remove()
        outcomes = all_at_once(config, save, [(owner, f"{turn}.{number} {{{{link}}}}", version) for number in range(8)])
        assert not [outcome.error for outcome in outcomes if outcome.error]
        [kept] = [outcome.value for outcome in outcomes if outcome.value != "stale"]
        mine = MessageTemplate.business_id == owner.business_id
        [row] = db.session.scalars(select(MessageTemplate).where(mine))
        assert row.sms == kept
        version = row.version
