"""What is asked on the pages of accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError

from musubime.errors import InputError
from musubime.language import Text, text
from musubime.region.codes import PREFECTURES, six_digits

from .invitations import is_taken
from .models import Kind, Organisation, Role, User
from .words import KINDS, ROLES


def _name_field(label: Text, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=80, **options)


class PasswordsForm(forms.Form):
    """A new password, twice, under the rules of the site."""

    password1 = forms.CharField(
        label=text("Password"), strip=False, max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=text("At least 12 characters. Several words make a good password; blanks are allowed. Common "
                       "passwords and figures alone are refused."),
    )
    password2 = forms.CharField(
        label=text("The password once more"), strip=False, max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        first, second = given.get("password1"), given.get("password2")
        if first and second and first != second:
            self.add_error("password2", str(text("The two passwords differ.")))
        elif first:
            person = self.user or User(
                username=given.get("username", ""), display_name=given.get("display_name", ""),
                email=given.get("email", ""))
            try:
                password_validation.validate_password(first, person)
            except ValidationError as refused:
                self.add_error("password1", refused)
        return given


class UsernameField(forms.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=text("User name"), max_length=60, validators=[UnicodeUsernameValidator()],
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
            **options,
        )


class FirstRunForm(PasswordsForm):
    code = forms.CharField(
        label=text("Set-up code"), max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text=text("The command musubime serve shows it when it starts; it also stands in the file first-run.code "
                       "in the data folder."),
    )
    username = UsernameField(help_text=text("With this you will sign in. Letters, figures and @ . + - _"))
    display_name = _name_field(text("Your name"), required=False)
    email = forms.EmailField(
        label=text("E-mail"), required=False,
        help_text=text("May stay empty. With it you can choose a new password yourself when you have forgotten it."))
    field_order = ("code", "username", "display_name", "email", "password1", "password2")


class JoinForm(forms.Form):
    username = forms.CharField(
        label=text("User name"), max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}))
    code = forms.CharField(
        label=text("One-time code"), max_length=40,
        help_text=text("Twelve letters and figures from the sheet or letter."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}))


class NewAccountForm(PasswordsForm):
    display_name = _name_field(
        text("Your name"), required=False, help_text=text("So it stands beside what you do here."))
    field_order = ("display_name", "password1", "password2")


class NameForm(forms.Form):
    display_name = _name_field(text("Your name"), required=False)
    email = forms.EmailField(
        label=text("E-mail"), required=False,
        help_text=text("May stay empty. With it you can choose a new password yourself when you have forgotten it."))


class OrganisationForm(forms.Form):
    kind = forms.ChoiceField(label=text("Kind of organisation"))
    name = forms.CharField(label=text("Name"), max_length=120)
    area = forms.CharField(
        label=text("Area code"), max_length=12, required=False,
        help_text=text("A municipality's five or six digits, a prefecture's two; empty for the whole country "
                       "(ministry, company)."))

    def __init__(self, *args: Any, organisation: Organisation | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation
        kinds = self.fields["kind"]
        assert isinstance(kinds, forms.ChoiceField)
        kinds.choices = [(kind, str(KINDS[kind])) for kind in Kind]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if "kind" in given and "area" in given:
            try:
                given["area"] = area_of(Kind(given["kind"]), given["area"])
            except InputError as refused:
                for fault in refused.faults:
                    self.add_error("area", f"{fault.what} {fault.remedy}")
        others = Organisation.objects.exclude(pk=self.organisation.pk if self.organisation else None)
        if not self.errors and others.filter(kind=given["kind"], name=given["name"], area=given["area"]).exists():
            self.add_error("name", str(text("There is an organisation of this kind, name and area already.")))
        return given


def area_of(kind: Kind, given: str) -> str:
    """The code of an organisation's area, checked for its kind. Raises InputError."""
    from musubime.errors import Fault

    digits = "".join(str(given).split())
    if kind == Kind.MINISTRY:
        if digits:
            raise InputError(Fault(text("A ministry's area is the whole country."), text("Leave the code empty.")))
        return ""
    if kind == Kind.PREFECTURE:
        if digits.isascii() and digits.isdigit() and len(digits) in (5, 6):
            whole = six_digits(digits)
            if whole[2:5] == "000":
                digits = whole[:2]
        if not (digits.isascii() and digits.isdigit() and len(digits) == 2 and 1 <= int(digits) <= len(PREFECTURES)):
            raise InputError(Fault(
                text("This is not a prefecture's code."), text("Give its two digits, 01 to 47, for example 35.")))
        return digits
    if kind == Kind.COMPANY and not digits:
        return ""
    code = six_digits(digits)
    if code[2:5] == "000":
        raise InputError(Fault(
            text("This is the code of a prefecture."), text("Give the municipality's own code, for example 352080.")))
    return code


class InvitationForm(forms.Form):
    """`roles`: those that the one who invites may give."""

    role = forms.ChoiceField(label=text("Role"), widget=forms.RadioSelect)
    display_name = _name_field(text("Name of the person"), required=False)
    username = UsernameField(
        required=False, help_text=text("May stay empty: a name is made. The person signs in with it."))
    email = forms.EmailField(
        label=text("E-mail"), required=False,
        help_text=text("Empty for somebody without e-mail: you then print a sheet with a one-time code."))

    def __init__(self, *args: Any, roles: tuple[Role, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(role, str(ROLES[role])) for role in roles]
        field.initial = Role.STAFF

    def clean_username(self) -> str:
        name = str(self.cleaned_data["username"]).lower()
        if name and is_taken(name):
            raise ValidationError(str(text("This user name is taken. Choose another, or leave it empty.")))
        return name
