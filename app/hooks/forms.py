"""What people type about webhooks."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from app.hooks.rules import EVENTS, EndpointValues
from app.web.fields import Text, Version


class EndpointForm(FlaskForm):
    """An address, and what it is told of."""

    url = Text("Address", 500, required="Enter the https address that is to be told.")
    description = Text("What it is for", 200)
    events = SelectMultipleField(
        "Events",
        choices=[SelectChoice(type, words) for type, words in EVENTS.items()],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    version = Version()

    def values(self) -> EndpointValues:
        """What was typed, after `validate()`. Raises Invalid."""
        return EndpointValues(self.url.data or "", self.description.data or "", tuple(self.events.data or ()))
