"""A stale save: what somebody else saved meanwhile beside what was typed, and a form that can be sent again."""

from __future__ import annotations

from dataclasses import dataclass

from wtforms import BooleanField, FieldList, Form
from wtforms.fields.choices import SelectFieldBase
from wtforms.fields.core import Field


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: its label, what stands now and what was typed, in words."""

    label: str
    now: str
    typed: str


def differences(typed: Form, current: Form) -> list[Difference]:
    """The fields in which a form as typed differs from one of the same class filled with what stands now.

    Sending the typed form again is then a decision, so it takes over the current version.
    """
    found = []
    for name, field in typed._fields.items():
        if name in ("csrf_token", "version"):
            continue
        now, mine = words(current._fields[name]), words(field)
        if now != mine:
            found.append(Difference(field.label.text, now or "empty", mine or "empty"))
    typed._fields["version"].data = current._fields["version"].data
    # A hidden field shows what was sent before what it holds.
    typed._fields["version"].raw_data = None
    return found


def words(field: Field) -> str:
    """What a field holds, the way a person reads it."""
    if isinstance(field, BooleanField):
        return "yes" if field.data else "no"
    if isinstance(field, FieldList):
        return "; ".join(filter(None, (_row(entry.form) for entry in field)))
    if isinstance(field, SelectFieldBase):
        chosen = {str(one) for one in (field.data if isinstance(field.data, list) else [field.data])}
        return ", ".join(str(choice[1]) for choice in field.iter_choices() if str(choice[0]) in chosen)
    return str(field._value()).strip()


def _row(form: Form) -> str:
    texts = [words(field) for field in form if not isinstance(field, BooleanField)]
    marks = [field.label.text for field in form if isinstance(field, BooleanField) and field.data]
    return ", ".join([*filter(None, texts), *(marks if any(texts) else [])])
