"""Requests that nobody thought of: whatever is sent, the answer is one that the document says."""

from __future__ import annotations

import contextlib
import itertools
import os
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis.errors import FlakyStrategyDefinition
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from app.extensions import db
from tests.support.program import Program
from tests.support.story import Story, a_business

QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.large_base_example]
# A schema cannot say all there is to say: that a telephone number can be dialled, that a tax is one of ours.
CHECKS = {"positive_data_acceptance": {"expected-statuses": ["2xx", "400", "401", "403", "404", "409", "412", "422"]}}
USUAL, LINKED, LONG = 700, 300, 20_000
"""Requests over every operation, those that follow from one another, and each of them in the long form."""
STEPS = 10


@pytest.fixture
def ours(app: Flask) -> Story:
    with app.app_context():
        story = a_business(app)
        story.issued()
        db.session.remove()
    return story


@pytest.fixture
def whole(app: Flask) -> Any:
    """The document as those see it who make requests of it."""
    config = schemathesis.Config.from_dict({"checks": CHECKS})
    return schemathesis.openapi.from_wsgi("/api/openapi.json", app, config=config)


def headers_of(app: Flask, story: Story) -> dict[str, str]:
    """Headers with a token that is good for all."""
    return {"Authorization": f"Bearer {Program.of(app, story).token}"}


def search(schema: Any, headers: dict[str, str], cases: int) -> None:
    """Ask so many things of all operations together."""
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    each = max(2, -(-cases // len(operations)))
    problems = []
    for operation in operations:

        @seed(20261128)
        @settings(
            max_examples=each,
            deadline=None,
            database=None,
            suppress_health_check=QUIET,
            phases=[Phase.explicit, Phase.generate],
        )
        @given(
            case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
            | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
        )
        def ask(case: Any) -> None:
            # A strange parameter whose value is nothing does not reach the address.
            assume(all(value not in ([], {}) for value in (case.query or {}).values()))
            case.call_and_validate(headers=headers)

        try:
            ask()
        except (Exception, BaseExceptionGroup) as error:
            # One that fails keeps no other from being asked.
            problems.append(f"{operation.label}: {error} {getattr(error, 'exceptions', '')}")
    assert not problems, "\n\n".join(problems[:10])


def follow(app: Flask, ours: Story, schema: Any, cases: int) -> None:
    """Do one thing after another, each with what the ones before answered, in stories of so many requests together."""
    held, problems, asked = headers_of(app, ours), set(), 0

    @schema.auth(refresh_interval=None)
    class Shown:
        """The token as something that is shown on purpose: an operation that asks for none is told from the others."""

        def get(self, case: Any, context: Any) -> str:
            return held["Authorization"]

        def set(self, case: Any, data: str, context: Any) -> None:
            case.headers = {**(case.headers or {}), "Authorization": data}

    class Following(schema.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            # A story may take back the very token that it is told with.
            held.update(headers_of(app, ours))

        def validate_response(self, response: Any, case: Any, *more: Any, **options: Any) -> None:
            nonlocal asked
            asked += 1
            # With nothing where the id belongs it is the address of the list.
            if "" in (case.path_parameters or {}).values():
                return
            # Noted, not raised: what stands in the database by now makes no story come out twice the same way.
            try:
                super().validate_response(response, case, *more, **options)
            except FailureGroup as error:
                problems.add(str(error))

    chosen = settings(
        max_examples=100,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    for number in itertools.count():
        if asked >= cases:
            break
        # For the same reason Hypothesis may find that it does not know its way any more.
        with contextlib.suppress(FlakyStrategyDefinition):
            run_state_machine_as_test(seed(number)(Following), settings=chosen)
    assert not problems, "\n\n".join(sorted(problems)[:10])


@pytest.mark.engines("postgresql")
def test_whatever_is_sent_the_answer_is_in_the_document(app: Flask, ours: Story, whole: Any) -> None:
    search(whole, headers_of(app, ours), int(os.environ.get("CASES", USUAL)))


@pytest.mark.engines("sqlite")
def test_whatever_follows_from_it_the_answer_is_in_the_document(app: Flask, ours: Story, whole: Any) -> None:
    follow(app, ours, whole, int(os.environ.get("CASES", LINKED)))


@pytest.mark.long
def test_the_long_form_of_whatever_is_sent(app: Flask, ours: Story, whole: Any) -> None:
    search(whole, headers_of(app, ours), int(os.environ.get("CASES", LONG)))


@pytest.mark.long
def test_the_long_form_of_whatever_follows_from_it(app: Flask, ours: Story, whole: Any) -> None:
    follow(app, ours, whole, int(os.environ.get("CASES", LONG)))
