"""Who may import whom. The rules are few; what departs from them stands in `EXCEPTIONS` with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.guards.source import imports, modules, outside

MODULES = {module.name: module for module in modules("app", "config.py")}

# Rooms on lower floors know nothing of those above; rooms of one floor do not know each other.
FLOORS: Mapping[str, int] = {
    "storage": 0,
    "messages": 0,
    "auth": 1,
    "ledger": 2,
    "catalog": 2,
    "clients": 2,
    "work": 2,
    "invoices": 3,
    "payments": 4,
    "reminders": 5,
    "billing": 6,
    "reports": 7,
    "hooks": 7,
    "portal": 8,
    "demo": 9,
    "health": 9,
}
# Within and between rooms, a layer imports those of its own height and below.
HEIGHTS: Mapping[str, int] = {
    "errors": 0,
    "rules": 0,
    "vendor": 0,
    "models": 1,
    "queries": 2,
    "service": 3,
    "tasks": 4,
    "forms": 4,
    "views": 4,
    "api": 4,
    "cli": 4,
}
# Files whose name is not the name of their layer.
LAYERS: Mapping[str, str] = {
    "audit": "service",
    "logos": "queries",
    "mail": "service",
    "passwords": "rules",
    "places": "rules",
    "browsers": "rules",
    "settings_forms": "forms",
    "message_forms": "forms",
    "accounts": "rules",
    "activity": "rules",
    "attention": "queries",
    "beancount": "rules",
    "books": "rules",
    "chart": "rules",
    "collecting": "queries",
    "deadline": "queries",
    "dunning_attention": "queries",
    "run_attention": "queries",
    "run_tasks": "tasks",
    "service_attention": "queries",
    "dunning_checks": "queries",
    "dunning_cli": "cli",
    "doors": "views",
    "lists": "queries",
    "metrics": "views",
    "probes": "queries",
    "business_queries": "queries",
    "client_queries": "queries",
    "exchange": "rules",
    "rate_checks": "queries",
    "service_checks": "queries",
    "run_checks": "queries",
    "rates": "service",
    "comparing": "rules",
    "figures": "queries",
    "finding": "queries",
    "journal": "queries",
    "journal_csv": "rules",
    "many": "queries",
    "paying": "rules",
    "recurring_csv": "rules",
    "parties": "queries",
    "periods": "rules",
    "printing": "queries",
    "statement": "rules",
    "stats": "queries",
    "statement_queries": "queries",
    "timeline": "rules",
    "stencils": "queries",
    "totals": "service",
    "token_queries": "queries",
    "trails": "service",
    "values": "rules",
    "checks": "queries",
    "colours": "rules",
    "media": "queries",
    "contexts": "rules",
    "render": "rules",
    "kinds": "rules",
    "examples": "rules",
    "wording": "rules",
    "wordings": "rules",
    "fragment": "rules",
    "faces": "queries",
    "registry": "queries",
    "gateways": "vendor",
    "channels": "vendor",
    "drivers": "vendor",
    "pdf": "vendor",
}
STORES = ("base", "local", "memory", "cloudinary", "attachments", "images")
LEAVES = {"app.attention", "app.money", "app.clock", "app.errors", "app.extensions", "app.folding", "config"}
FRAME = {*LEAVES, "app.database", "app.vault"}
PURE = {"app.money", "app.errors", "app.folding"}
LISTS = {"app", "app.rooms", "app.cli"}

EXCEPTIONS: Mapping[tuple[str, str], str] = {
    ("app.auth.settings_forms", "app.invoices.rules.numbers"): "a number pattern is checked where it is typed",
    ("app.auth.views.settings", "app.invoices.rules.numbers"): "shows an example of the next number",
    ("app.payments.registry", "app.web.access"): "marks the pretended bank's pages as public",
    ("app.portal.queries", "app.auth.service.links"): "a customer's link is opened where links are made",
    ("app.web.access", "app.auth.rules"): "roles are what access is declared in",
    ("app.web.identity", "app.auth.rules"): "finds a session by the digest of its secret",
}


def split(name: str) -> tuple[str, str] | None:
    """(room, layer) of a module, or None when it belongs to the frame. Raises KeyError for a file nobody placed."""
    parts = name.split(".")[1:]
    if not parts or parts[0] not in FLOORS or len(parts) == 1:
        return None
    if parts[0] == "storage" and parts[1] in STORES:
        return "storage", "vendor"
    return parts[0], LAYERS.get(parts[1], parts[1])


def edges() -> Iterator[tuple[str, str]]:
    for name, module in MODULES.items():
        for target in imports(module, set(MODULES)):
            if (name, target) not in EXCEPTIONS:
                yield name, target


def complain(problems: list[str]) -> None:
    assert not problems, "\n" + "\n".join(sorted(problems))


def test_every_file_of_a_room_has_a_layer():
    complain([
        f"{name}: which layer is it? Name it after one, or add it to LAYERS"
        for name in MODULES if (place := split(name)) and place[1] not in HEIGHTS and place[0] != "demo"
    ])  # fmt: skip


def test_every_exception_is_still_needed():
    real = {(name, target) for name, module in MODULES.items() for target in imports(module, set(MODULES))}
    complain([f"{name} no longer imports {target}" for name, target in EXCEPTIONS if (name, target) not in real])


def test_leaves_import_nothing_of_ours():
    complain([f"{name} imports {target}" for name, target in edges()
              if name in LEAVES and not (name == "app.money" and target == "app.errors")])  # fmt: skip


def test_rooms_are_imported_one_way():
    problems = []
    for name, target in edges():
        here, there = split(name), split(target)
        if here is None or there is None or here[0] == there[0]:
            continue
        reads_for_a_page = here[1] in ("views", "api") and there[1] == "queries"
        if FLOORS[there[0]] >= FLOORS[here[0]] and not reads_for_a_page:
            problems.append(f"{name} imports {target}, which is not on a lower floor")
    complain(problems)


def test_layers_are_imported_downwards():
    problems = []
    for name, target in edges():
        here, there = split(name), split(target)
        if here and there and "demo" not in (here[0], there[0]) and HEIGHTS[there[1]] > HEIGHTS[here[1]]:
            problems.append(f"{name} ({here[1]}) imports {target} ({there[1]})")
    complain(problems)


def test_no_room_imports_another_s_views_forms_or_tasks():
    complain([
        f"{name} imports {target}" for name, target in edges()
        if (there := split(target)) and there[1] in ("views", "api", "forms", "tasks", "cli")
        and name not in LISTS and (split(name) or ("", ""))[0] != there[0]
    ])  # fmt: skip


def test_rules_and_vendors_need_no_application():
    problems = []
    for name, target in edges():
        here, there = split(name), split(target)
        if here is None or here[1] not in ("rules", "vendor", "errors"):
            continue
        own = there is not None and (there[1] == here[1] if here[1] == "vendor" else there[1] in ("rules", "errors"))
        if target not in PURE and not (own and (here[1] != "vendor" or there[0] == here[0])):  # type: ignore[index]
            problems.append(f"{name} ({here[1]}) imports {target}")
    complain(problems)


def test_http_manners_know_no_feature():
    complain([f"{name} imports {target}" for name, target in edges()
              if name.startswith("app.web") and target not in FRAME and not target.startswith("app.web")])  # fmt: skip


def test_only_the_faces_know_http():
    problems = []
    for name, target in edges():
        here = split(name)
        # A cursor of a list is signed and travels in its address; a query only hands it on.
        pages = here is not None and here[1] == "queries" and target == "app.web.paging"
        if here and target.startswith("app.web") and here[1] not in ("views", "api", "forms", "cli") and not pages:
            problems.append(f"{name} ({here[1]}) imports {target}")
    complain(problems)


def test_the_outbox_and_the_frame_know_no_room():
    complain([f"{name} imports {target}" for name, target in edges()
              if name.startswith(("app.jobs", "app.database", "app.vault")) and split(target)])  # fmt: skip


def test_outside_libraries_stay_in_their_rooms():
    """Each of them is talked to in one place, so that it can be replaced there."""
    only = {
        "rq": ("app.jobs.relay",),
        "redis": ("app.jobs.relay", "app.health"),
        "requests": ("app.payments.gateways", "app.storage.cloudinary", "app.health", "app.messages.channels"),
        "smtplib": ("app.messages.channels",),
        "twilio": ("app.messages.channels",),
        "librouteros": ("app.billing.drivers",),
        "xhtml2pdf": ("app.invoices.pdf",),
        "reportlab": ("app.invoices.pdf",),
        "flask_migrate": ("app.extensions", "app.cli", "app.demo", "app.reports.cli", "app.health"),
    }
    complain([
        f"{name} imports {library}" for name, module in MODULES.items() for library in outside(module)
        if library in only and not name.startswith(only[library])
    ])  # fmt: skip


def test_services_and_rules_do_not_know_the_request():
    """`current_user`, `request` and redirects are words of views; services receive the actor and `now`."""
    words = ("current_user", "request", "redirect", "render_template", "session", "flash", "url_for", "abort", "g")
    problems = []
    for name, module in MODULES.items():
        here = split(name)
        if here is None or here[1] in ("views", "api", "forms", "cli", "vendor"):
            continue
        for line in module.text.splitlines():
            said = line.partition("from flask import ")[2].split(", ") if line.startswith("from flask import ") else []
            problems += [f"{name} imports {word} of flask" for word in said if word in words]
        problems += [f"{name} imports flask_login" for library in outside(module)
                     if library == "flask_login" and name != "app.auth.queries"]  # fmt: skip
    complain(problems)
