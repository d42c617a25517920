"""What is asked on the pages of accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils.functional import lazystr

from musubime import language
from musubime.errors import InputError

from .areas import area_of
from .invitations import is_taken
from .models import Kind, Organisation, Role, User
from .words import KINDS, ROLES


def text(template: str, /, **values: Any) -> Any:
    """A sentence as Django's forms want it: a string that is translated when it is shown."""
    return lazystr(language.text(template, **values))


def _name_field(label: Any, **options: Any) -> forms.CharField:
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
        others = Organisation.objects.exclude(pk__in=[self.organisation.pk] if self.organisation else [])
        if not self.errors and others.filter(kind=given["kind"], name=given["name"], area=given["area"]).exists():
            self.add_error("name", str(text("There is an organisation of this kind, name and area already.")))
        return given


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
