"""What people type about routers, about a service on one of them, and when they switch it."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import BooleanField

from app.billing.forms.subscription_verbs import VersionForm
from app.billing.models import Router, ServiceRecord
from app.billing.rules.control import RecordValues, RouterValues
from app.errors import Invalid
from app.web.fields import Choice, LongText, Password, Text, Version, Whole

_SECRET = 200
_ROUTEROS_TLS = (
    ("off", "None (API, port 8728)"),
    ("on", "TLS, certificate checked (API-SSL, port 8729)"),
    ("unverified", "TLS, any certificate (API-SSL, port 8729)"),
)


class RouterForm(FlaskForm):
    """A router that is only written down; others have more to say. `OPTIONS` are fields that its driver reads."""

    OPTIONS: tuple[str, ...] = ()
    name = Text("Name", 120, required="Enter a name.")
    version = Version()

    def values(self, driver: str) -> RouterValues:
        """What was typed, after `validate()`. Raises Invalid."""
        typed = {name: getattr(self, name).data for name in ("address", "port", "username") if name in self}
        options = {name: str(getattr(self, name).data or "") for name in self.OPTIONS}
        return RouterValues(self.name.data, driver, **typed, options=options)

    @property
    def secret_typed(self) -> str:
        """The secret, empty where there is none to type or it stays."""
        return str(self.secret.data or "") if "secret" in self else ""


class WebhookForm(RouterForm):
    """Somebody else's software."""

    address = Text("Address", 300, required="Enter the https address that takes the webhook.")
    secret = Password("Signing key", _SECRET, required=False)


class RouterOSForm(RouterForm):
    """A MikroTik router."""

    OPTIONS = ("tls", "throttle", "throttled_profile", "throttled_rate")
    address = Text("Host name or IP address", 253, required="Enter where it is.")
    port = Whole("Port", minimum=1, maximum=65535)
    tls = Choice("Encryption", _ROUTEROS_TLS, default="off")
    username = Text("User name", 120, required="Enter the user name that Duely signs in with.")
    secret = Password("Password", _SECRET, required=False)
    throttle = Choice("Throttle by", [("profile", "another PPP profile"), ("queue", "a simple queue on the address")],
                      default="profile")  # fmt: skip
    throttled_profile = Text("Profile of throttled services", 64, default="throttled")
    throttled_rate = Text("Rate of the queue", 32, default="512k/512k")


class RadiusForm(RouterForm):
    """The tables of a FreeRADIUS server."""

    OPTIONS = ("engine", "tls", "database", "suspended_group", "throttled_group")
    engine = Choice("Kind of database", [("postgresql", "PostgreSQL"), ("mysql", "MySQL or MariaDB")],
                    default="postgresql")  # fmt: skip
    address = Text("Host name or IP address", 253, required="Enter where it is.")
    port = Whole("Port", minimum=1, maximum=65535)
    tls = Choice("Encryption", [("off", "If the database offers it"), ("on", "Always TLS")], default="off")
    database = Text("Name of the database", 64, required="Enter its name.", default="radius")
    username = Text("User name", 120, required="Enter the user name that Duely signs in with.")
    secret = Password("Password", _SECRET, required=False)
    suspended_group = Text("Group of suspended services", 64, required="Enter a group.", default="suspended")
    throttled_group = Text("Group of throttled services", 64, required="Enter a group.", default="throttled")


FORMS: dict[str, type[RouterForm]] = {
    "log": RouterForm,
    "webhook": WebhookForm,
    "routeros": RouterOSForm,
    "radius": RadiusForm,
}


def stored_router(row: Router) -> dict[str, object]:
    """What the form of a router is filled with; the secret never."""
    shown = {"name": row.name, "address": row.address, "port": row.port, "username": row.username}
    return {**row.options, **shown, "version": row.version}


class RecordForm(FlaskForm):
    """Under which name a subscription is known on a router."""

    router_id = Choice("Router", sentence="Choose a router.")
    username = Text("User name", 64, required="Enter the name under which the router knows the service.")
    password = Password("Password", _SECRET, required=False)
    ip = Text("IP address", 45)
    mac = Text("Hardware address (MAC)", 30)
    profile = Text("Usual profile or group", 64)
    notes = LongText("Notes", 2000)
    version = Version()

    def offer(self, routers: Sequence[Router]) -> RecordForm:
        """Show these to choose from."""
        self.routers = {str(one.id): one.id for one in routers}
        self.router_id.choices = [(str(one.id), one.name) for one in routers]
        return self

    def values(self) -> RecordValues:
        """What was typed, after `validate()`. Raises Invalid."""
        router_id = self.routers.get(self.router_id.data)
        if router_id is None:
            raise Invalid("router_id", "Choose a router.")
        kept = (self.username.data, self.ip.data, self.mac.data, self.profile.data, self.notes.data)
        return RecordValues(router_id, *kept)


def stored_record(row: ServiceRecord | None) -> dict[str, object]:
    """What the form of a record is filled with; the password never."""
    if row is None:
        return {"version": 0}
    shown = {"username": row.username, "ip": row.ip, "mac": row.mac, "profile": row.profile, "notes": row.notes}
    return {**shown, "router_id": str(row.router_id), "version": row.version}


class RestrictForm(VersionForm):
    """Why a service is suspended or throttled, and whether a payment ends it."""

    reason = Text("Reason", 300, required="Say why: it stands in the log.")
    until_paid = BooleanField("Restore it by itself when nothing is overdue any more")


class RestoreForm(VersionForm):
    """Why it is restored."""

    reason = Text("Reason, if you like", 300)
