"""What people type about themselves: accounts, passwords, profiles."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from app.auth.rules import SCOPES
from app.web import choices
from app.web.fields import Choice, Email, Password, Text, Whole

HINT = "At least 10 characters. A few words in a row are easy to remember."


class SignUpForm(FlaskForm):
    """A person and their business."""

    name = Text("Your name", required="Enter your name.")
    business_name = Text("Name of your business", required="Enter the name of your business.")
    country = Choice("Country", choices.countries, default="NG", sentence="Choose a country from the list.")
    email = Email("E-mail", required=True)
    password = Password("Password", required="Choose a password.")


class SignInForm(FlaskForm):
    """An address and a password; the address is not judged, so that every wrong one gets the same answer."""

    email = Text("E-mail", 254, required="Enter your e-mail address.")
    password = Password("Password", required="Enter your password.")
    keep = BooleanField("Keep me signed in on this computer", default=True)


class ForgotForm(FlaskForm):
    """Where to send the link for a new password."""

    email = Email("E-mail", required=True)


class NewPasswordForm(FlaskForm):
    """A password to begin again with."""

    password = Password("New password", required="Choose a password.")


class ProfileForm(FlaskForm):
    """Name and address of the person; a new address needs the password."""

    name = Text("Your name", required="Enter your name.")
    email = Email("E-mail", required=True)
    password = Password("Current password", required=False)


class ChangePasswordForm(FlaskForm):
    """The old password and the new one."""

    old = Password("Current password", required="Enter your current password.")
    new = Password("New password", required="Choose a password.")


class BusinessNameForm(FlaskForm):
    """Another business for the same person."""

    name = Text("Name of the business", required="Enter the name of the business.")
    country = Choice("Country", choices.countries, default="NG", sentence="Choose a country from the list.")


class TokenForm(FlaskForm):
    """A token for a program that acts in one's own name. Which scopes there are to choose from, the view says."""

    name = Text("What uses it", 100, required="Say what uses it, such as “Accounting export”.")
    scopes = SelectMultipleField(
        "What it is good for",
        choices=[SelectChoice(name, words) for name, words in SCOPES.items()],
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    days = Whole("Good for how many days", minimum=1, maximum=366, default=90, required="Enter a number of days.")


class JoinForm(FlaskForm):
    """A new person who accepts an invitation."""

    name = Text("Your name", required="Enter your name.")
    password = Password("Password", required="Choose a password.")
