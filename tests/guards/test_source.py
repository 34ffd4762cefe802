"""The shape of the source: short modules, short functions, and each reader of the outside world in one place."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Mapping
from functools import cache

import pytest

from tests.guards.source import Module, modules

APP = modules("app", "config.py", "wsgi.py", "worker.py")
TESTS = modules("tests")
HARD_LIMIT = 500
SOFT_LIMIT = 300
# Modules over the soft limit -> why they are not split.
LONG: Mapping[str, str] = {
    "app.rooms": "one list: what every room brings along",
    "app.money": "one subject: an amount, how it is parsed, rounded, split and shown",
    "app.web.fields": "one subject: the fields that every form is made of",
}
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "base_utils", "functions", "stuff"}

# Used by nothing in the application itself -> why it is there.
USED_OUTSIDE: Mapping[str, str] = {
    "app.ledger.queries.account_balances": "what the tests prove balances against",
    "app.ledger.queries.client_balance": "what the tests prove balances against",
    "app.ledger.queries.client_balances": "what the tests prove balances against",
    "app.ledger.queries.invoice_receivables": "what the tests prove balances against",
    "app.messages.channels.memory.MemoryChannel": "the fake that ships beside the real channels",
    "app.invoices.rules.why.explain.plain_data": "how an explanation stands in JSON, which is a promise",
    "app.payments.gateways.demo_checkout.create_demo_checkout_app": "the demo bank on an origin of its own",
    "app.storage.memory.MemoryStorage": "the fake that ships beside the real stores",
}

# What is said -> the only modules that may say it.
PLACES: Mapping[str, tuple[str, ...]] = {
    "os.environ": ("config",),
    "os.getenv": ("config",),
    "datetime.now": ("app.clock",),
    "datetime.utcnow": (),
    "datetime.today": (),
    "date.today": ("app.clock",),
    "time.time": (),
    "print": (),
    "eval": (),
    "exec": (),
    "render_template_string": (),
    "pickle.loads": (),
    "os.system": (),
}
COUNTS_MONEY = ("app.money", "app.ledger", "app.catalog", "app.invoices", "app.payments", "app.portal", "app.reports")
MEASURES_PAPER = "app.invoices.pdf"


def complain(problems: list[str]) -> None:
    assert not problems, "\n" + "\n".join(sorted(problems))


@cache
def calls(module: Module) -> set[str]:
    """What a module calls or reads, as dotted words."""
    found = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            found.add(ast.unparse(node.func))
        elif isinstance(node, ast.Attribute):
            found.add(ast.unparse(node))
    return found


@pytest.mark.parametrize("word", PLACES)
def test_the_outside_world_is_read_in_its_place_only(word):
    complain([
        f"{module.name} says {word}" for module in APP
        if module.name not in PLACES[word]
        and any(said == word or said.endswith("." + word) for said in calls(module))
    ])  # fmt: skip


def test_no_money_is_a_float():
    complain([f"{m.name} says float" for m in APP if m.name.startswith(COUNTS_MONEY)
              and not m.name.startswith(MEASURES_PAPER) and "float" in calls(m)])  # fmt: skip


def test_no_module_is_longer_than_the_hard_limit():
    complain([f"{m.name} has {m.lines} lines" for m in (*APP, *TESTS) if m.lines > HARD_LIMIT])


def test_modules_over_the_soft_limit_say_why():
    complain([f"{m.name} has {m.lines} lines; split it by noun" for m in APP
              if m.lines > SOFT_LIMIT and m.name not in LONG])  # fmt: skip


def test_half_of_all_modules_are_shorter_than_a_hundred_lines():
    assert statistics.median(m.lines for m in APP if m.lines) < 100


def test_nine_in_ten_functions_are_shorter_than_thirty_lines():
    lengths = sorted(f.end_lineno - f.lineno + 1 for m in APP for f in m.functions())
    assert lengths[len(lengths) * 9 // 10] < 30
    longest = max((f.end_lineno - f.lineno + 1, f"{m.name}.{f.name}") for m in APP for f in m.functions())
    assert longest[0] <= 70, longest


def test_no_function_has_more_than_three_decorators_or_hides_a_mutable_default():
    problems = []
    for module in APP:
        for function in module.functions():
            limit = 4 if module.name.endswith(("cli", "commands")) or ".cli" in module.name else 3
            options = [d for d in function.decorator_list if "option" not in ast.unparse(d)]
            if len(options) > limit:
                problems.append(f"{module.name}.{function.name} has {len(options)} decorators")
    complain(problems)


def test_no_module_has_a_name_that_says_nothing():
    complain([m.name for m in (*APP, *TESTS) if m.name.rpartition(".")[2] in VAGUE])


def test_every_module_begins_by_saying_what_it_is():
    complain([m.name for m in APP if m.text.strip() and m.name != "wsgi" and not ast.get_docstring(m.tree)])


def test_public_functions_are_annotated():
    problems = []
    for module in APP:
        for function in [node for node in module.tree.body if isinstance(node, ast.FunctionDef)]:
            bare = [a.arg for a in (*function.args.args, *function.args.kwonlyargs) if a.annotation is None]
            if not function.name.startswith("_") and (function.returns is None or bare):
                problems.append(f"{module.name}.{function.name}")
    complain(problems)


def test_services_that_change_things_are_told_the_time_and_do_not_commit():
    """The outermost @transactional commits; nothing else does."""
    complain([
        f"{m.name} commits by itself" for m in APP
        if m.name != "app.database" and any(word.endswith((".commit", "session.begin")) for word in calls(m))
        and "gateways" not in m.name
    ])  # fmt: skip


def test_no_function_of_the_application_is_never_used():
    """Written and never called is how unfinished work looks finished."""
    from tests.guards.source import ROOT

    words: dict[str, int] = {}
    sources = [m.text for m in (*APP, *modules("migrations", "deploy"))]
    sources += [path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.*") if path.suffix != ".pyc"]
    for text in sources:
        for word in _words(text):
            words[word] = words.get(word, 0) + 1
    problems = []
    for module in APP:
        for node in module.tree.body:
            if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.decorator_list:
                continue
            if words.get(node.name, 0) < 2 and f"{module.name}.{node.name}" not in USED_OUTSIDE:
                problems.append(f"{module.name}.{node.name} is used nowhere")
    complain(problems)


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() or c == "_" else " " for c in text).split()


def test_no_alias_of_a_model_is_shared_by_threads():
    """SQLAlchemy adapts each attribute of an aliased class when it is first asked for. Two threads that ask at the same
    moment can leave it adapted to nothing, until the process ends; an alias of the table knows its columns at once."""
    shared = [
        f"{module.name}:{node.lineno} keeps an aliased() for all threads: use the alias of its table"
        for module in APP
        for statement in module.tree.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "aliased"
    ]
    complain(shared)
