"""Paystack's official specification as the judge: of every request our client makes, and of the fake's answers."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from app.payments.gateways.errors import GatewayError
from app.payments.gateways.paystack import Paystack
from app.payments.gateways.paystack_money import CURRENCIES
from tests.contracts.fake_paystack import TEST_KEY, Call, FakePaystack
from tests.contracts.gateway_accounts import checkout

_ROOT = Path(__file__).resolve().parents[2]
_FOLDER = Path(os.environ.get("DUELY_CONTRACTS") or _ROOT.parent / "shared" / "contracts")
_SPEC = _FOLDER / "paystack.yaml"


@pytest.fixture(scope="module")
def spec() -> Any:
    if not _SPEC.is_file():
        pytest.skip(
            f"NOT RUN: our Paystack client was not checked against the official specification, because {_SPEC} is "
            "missing. Set DUELY_CONTRACTS to the folder that holds paystack.yaml."
        )
    return yaml.load(_SPEC.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _resolved(spec: Any, node: Any) -> Any:
    """The schema without references, and OpenAPI 3.0's `nullable` in JSON Schema's words."""
    if isinstance(node, list):
        return [_resolved(spec, entry) for entry in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = spec
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return _resolved(spec, target)
    found = {name: _resolved(spec, value) for name, value in node.items()}
    if found.pop("nullable", False) is True:
        if "type" not in found:
            return {"anyOf": [found, {"type": "null"}]} if found else {}
        found["type"] = [found["type"], "null"]
    return found


def _operation(spec: Any, call: Call) -> Any:
    """The operation that `call` is, by exact path first and then by template."""
    paths = spec["paths"]
    if call.path in paths:
        return paths[call.path][call.method.lower()]
    for path, item in paths.items():
        start, brace, _ = path.partition("{")
        rest = call.path.removeprefix(start)
        if brace and call.path.startswith(start) and "/" not in rest and path.endswith("}"):
            return item[call.method.lower()]
    raise AssertionError(f"{call.method} {call.path} is not in the specification")


def _problems(schema: Any, value: Any) -> list[str]:
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in Draft202012Validator(schema).iter_errors(value)
    ]


def _judge(spec: Any, call: Call) -> list[str]:
    operation = _operation(spec, call)
    problems = []
    if call.method == "POST":
        schema = _resolved(spec, operation["requestBody"]["content"]["application/json"]["schema"])
        problems += [f"request {problem}" for problem in _problems(schema, call.body)]
        unknown = set(call.body) - set(schema["properties"])
        problems += [f"request has {name}, which is not in the specification" for name in sorted(unknown)]
    else:
        assert call.body is None
    response = operation["responses"].get(str(call.status))
    if response is not None:
        schema = _resolved(spec, response)["content"]["application/json"]["schema"]
        # Unauthorized and NotFound have `type` and `code` the wrong way round in the specification.
        answer = {name: value for name, value in call.answer.items() if call.status == 200 or name != "code"}
        problems += [f"answer {problem}" for problem in _problems(schema, answer)]
    return problems


def _pay(paystack: Paystack, fake: FakePaystack) -> None:
    wanted = checkout()
    paystack.start(wanted)
    for status in ("abandoned", "ongoing", "failed", "reversed", "success"):
        fake.finish(wanted.reference, status)
        paystack.verify(wanted.reference)


def _start_twice(paystack: Paystack, _fake: FakePaystack) -> None:
    wanted = checkout()
    paystack.start(wanted)
    with pytest.raises(GatewayError):
        paystack.start(wanted)


def _pay_in_every_currency(paystack: Paystack, fake: FakePaystack) -> None:
    # XOF is in Paystack's documentation and not in the specification's list.
    for currency in (code for code in CURRENCIES if code != "XOF"):
        wanted = checkout(minor=paystack.minimum(currency), currency=currency)
        paystack.start(wanted)
        fake.finish(wanted.reference, "success")
        paystack.verify(wanted.reference)


def _ask_for_nothing(paystack: Paystack, _fake: FakePaystack) -> None:
    paystack.verify("a" * 26)
    paystack.test_connection()


def _use_a_wrong_key(_paystack: Paystack, fake: FakePaystack) -> None:
    stranger = Paystack("sk_test_nobody", base_url=fake.base_url)
    for call in (lambda: stranger.start(checkout()), lambda: stranger.verify("a" * 26), stranger.test_connection):
        with pytest.raises(GatewayError):
            call()


@pytest.mark.parametrize(
    "story, calls",
    [(_pay, 6), (_start_twice, 3), (_pay_in_every_currency, 10), (_ask_for_nothing, 2), (_use_a_wrong_key, 3)],
)
def test_what_we_send_and_what_the_fake_answers_is_in_the_specification(
    spec: Any, fake: FakePaystack, story: Callable[[Paystack, FakePaystack], None], calls: int
) -> None:
    story(Paystack(TEST_KEY, base_url=fake.base_url), fake)
    assert len(fake.journal) == calls
    assert [problem for call in fake.journal for problem in _judge(spec, call)] == []


@pytest.mark.parametrize(
    "body, complaint",
    [
        ({"email": "a@b.co", "amount": "5000"}, "amount"),
        ({"email": "a@b.co"}, "'amount' is a required property"),
        ({"email": "a@b.co", "amount": 5000, "currency": "VND"}, "currency"),
        ({"email": "a@b.co", "amount": 5000, "metadata": "{}"}, "metadata"),
        ({"email": "a@b.co", "amount": 5000, "callbackUrl": "x"}, "callbackUrl"),
    ],
)
def test_the_judge_finds_faults(spec: Any, body: dict[str, Any], complaint: str) -> None:
    call = Call("POST", "/transaction/initialize", body, status=599, answer={})
    assert complaint in " ".join(_judge(spec, call))


def test_the_official_address_is_our_default(spec: Any) -> None:
    from app.payments.gateways.paystack import BASE_URL

    assert spec["servers"] == [{"url": BASE_URL, "description": "Base API endpoint"}]
