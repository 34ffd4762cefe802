"""Settings of the business: who it is, how its documents count, date and round."""

from __future__ import annotations

import contextlib
from typing import Any

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth import queries
from app.auth.errors import Stale
from app.auth.models import Business
from app.auth.rules import at_least
from app.auth.service import business as service
from app.auth.settings_forms import BusinessForm, DocumentsForm, LogoForm, SettingsForm
from app.auth.views import blueprint
from app.errors import Invalid, NotFound
from app.invoices.rules.numbers import check_pattern, format_number
from app.storage.logos import screen_logo
from app.web import htmx
from app.web.access import actor, requires
from app.web.fields import clean, refuse

LOGO_KEPT = "The new logo is in place."


@blueprint.get("/settings/")
@requires("viewer")
def settings() -> ResponseReturnValue:
    """Who the business is and what its documents show."""
    return _page("settings/business.html", BusinessForm(obj=_business()))


@blueprint.post("/settings/")
@requires("admin")
def change_business() -> ResponseReturnValue:
    """Save who the business is, and the logo if one was chosen and not uploaded yet."""
    form, raw = BusinessForm(), _uploaded("logo")
    answer = _save("settings/business.html", form, "/settings/")
    if not raw or answer.status_code >= 400:
        return answer
    try:
        service.set_logo(actor(), raw, clock.now())
    except Invalid as error:
        logo = LogoForm()
        refuse(logo, error)
        form.version.data, form.version.raw_data = _business().version, None
        return _page("settings/business.html", form, 422, logo=logo)
    return answer


@blueprint.get("/settings/documents/")
@requires("viewer")
def document_settings() -> ResponseReturnValue:
    """Numbers, dates, money and tax."""
    return _page("settings/documents.html", DocumentsForm(obj=_business()))


@blueprint.post("/settings/documents/")
@requires("admin")
def change_documents() -> ResponseReturnValue:
    """Save numbers, dates, money and tax."""
    return _save("settings/documents.html", DocumentsForm(), "/settings/documents/")


@blueprint.get("/settings/documents/example/")
@requires("viewer")
def number_example() -> ResponseReturnValue:
    """The line below the pattern, while it is typed."""
    typed = request.args.get("number_pattern", ""), "number_yearly" in request.args
    return render_template("settings/_number_example.html", example=_example(*typed))


@blueprint.get("/settings/logo/")
@requires("viewer")
def logo() -> ResponseReturnValue:
    """The logo as PNG."""
    key = _business().logo_key
    if not key:
        raise NotFound
    response: Response = make_response(screen_logo(key))
    response.mimetype = "image/png"
    response.cache_control.private = True
    response.cache_control.max_age = 3600
    return response


@blueprint.post("/settings/logo/")
@requires("admin")
def set_logo() -> ResponseReturnValue:
    """Take an uploaded picture as the logo; what else was typed on the page comes back as it was, not yet saved."""
    form, typed = LogoForm(), "name" in request.form
    raw = _uploaded("logo")
    try:
        if not raw:
            raise Invalid("logo", "Choose a picture first.")
        service.set_logo(actor(), raw, clock.now())
    except Invalid as error:
        refuse(form, error)
        page = BusinessForm() if typed else BusinessForm(formdata=None, obj=_business())
        return _page("settings/business.html", page, 422, logo=form)
    if not typed:
        return htmx.redirect_to("/settings/", LOGO_KEPT)
    page = BusinessForm()
    page.version.data, page.version.raw_data = _business().version, None
    htmx.toast(LOGO_KEPT)
    return _page("settings/business.html", page)


@blueprint.post("/settings/logo/remove/")
@requires("admin")
def remove_logo() -> ResponseReturnValue:
    """Go on without a logo."""
    service.remove_logo(actor(), clock.now())
    return htmx.redirect_to("/settings/", "The logo is removed. Issued documents keep theirs.")


def _uploaded(name: str) -> bytes:
    upload = request.files.get(name)
    if upload is None:
        return b""
    with contextlib.closing(upload):
        return upload.read()


def _business() -> Business:
    return queries.get_business(current_user.business_id)


def _save(template: str, form: SettingsForm, back: str) -> Response:
    if not form.validate():
        return _page(template, form, 422)
    try:
        service.change_settings(actor(), form.values(), form.version.data, clock.now())
    except Stale as error:
        return _stale(template, form, error)
    except Invalid as error:
        refuse(form, error)
        return _page(template, form, 422)
    return htmx.redirect_to(back, "Saved.")


def _stale(template: str, form: SettingsForm, error: Stale) -> Response:
    """Both values beside each other; the form now carries the version that stands, so saving again is a decision."""
    stands: Any = error.current
    typed = form.values()
    differ = [
        (field.label.text, _shown(typed[field.name]), _shown(getattr(stands, field.name)))
        for field in form
        if field.name in typed and typed[field.name] != getattr(stands, field.name)
    ]
    form.version.data, form.version.raw_data = stands.version, None
    return _page(template, form, 409, differ=differ, sentence=str(error))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(f"{row['label']} {row['value']}" for row in value) or "nothing"
    return str(value) or "nothing"


def _example(pattern: str, yearly: bool) -> tuple[str, str]:
    try:
        first = format_number(check_pattern(clean(pattern), yearly), clock.today(current_user.timezone), 42)
    except (Invalid, ValueError) as error:
        return "", str(error)
    return first, ""


def _page(template: str, form: SettingsForm, status: int = 200, **more: Any) -> Response:
    business = _business()
    page: dict[str, Any] = {"form": form, "business": business, "edits": at_least(current_user.role, "admin")}
    if isinstance(form, BusinessForm):
        form.make_room()
        page["logo"] = LogoForm(formdata=None)
    if isinstance(form, DocumentsForm):
        page["example"] = _example(form.number_pattern._value(), bool(form.number_yearly.data))
    return make_response(render_template(template, **{**page, **more}), status)
