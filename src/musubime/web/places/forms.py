"""What is asked when regions and official lists are brought in, and for hubs and RMOs."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from musubime import parameters
from musubime.errors import InputError
from musubime.language import Text, text
from musubime.region import SERVICES
from musubime.region.codes import six_digits
from musubime.studies.today import name_of

from .models import Hub, Kept, Region, Rmo

MOST_MB = 500
MOST_LIST_MB = 20


def said(words: Text) -> Any:
    """Words that are put into the reader's language when the form is shown; Django's types know only its own kind."""
    return words


@cache
def service_words(service: str) -> Text:
    """The service's name; the parameters are read once."""
    return name_of(service, parameters.load())


class Bring(forms.Form):
    """A zip, whose it is, and what it becomes."""

    code = forms.CharField(
        label=said(text("Code of the municipality")), max_length=12,
        help_text=said(text("Five digits, or six with the check digit, for example 352080.")))
    content = forms.ChoiceField(label=said(text("What the zip holds")), widget=forms.RadioSelect, initial="region")
    file = forms.FileField(label=said(text("Zip file")), help_text=said(text(
        "Up to {most} MB. A region folder (region.toml, region.gpkg …), or files of open data in any order and naming.",
        most=MOST_MB)))
    replaces = forms.ChoiceField(label=said(text("Region")), required=False, help_text=said(text(
        "A newer region takes the place of the older in one step; its plans stay.")))
    public = forms.BooleanField(label=said(text("Open to everybody")), required=False, initial=True)

    def __init__(self, regions: list[Region], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        content, replaces = self.fields["content"], self.fields["replaces"]
        assert isinstance(content, forms.ChoiceField)
        assert isinstance(replaces, forms.ChoiceField)
        content.choices = [("region", str(text("A region folder"))),
                           ("open data", str(text("Files of open data, from which a region is built")))]
        replaces.choices = [("", str(text("A new region"))), *(
            (region.slug, str(text("Takes the place of {name} ({slug})", name=region.name, slug=region.slug)))
            for region in regions)]

    def clean_code(self) -> str:
        try:
            return six_digits(self.cleaned_data["code"])
        except InputError as error:
            raise forms.ValidationError([f"{fault.what} {fault.remedy}" for fault in error.faults]) from error

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_MB * 1_000_000:
            raise forms.ValidationError(str(text("The file is larger than {most} MB.", most=MOST_MB)))
        head = file.read(4)
        file.seek(0)
        if head != b"PK\x03\x04":
            raise forms.ValidationError(str(text("This is no zip file.")))
        return file


class OfficialList(forms.Form):
    file = forms.FileField(label=said(text("File")), help_text=said(text(
        "総務省's workbook of local government codes, a list of codes and mergers, or 過疎地域市町村等一覧 (CSV, XLSX, "
        "XLS or JSON, up to {most} MB).", most=MOST_LIST_MB)))
    on = forms.DateField(
        label=said(text("Date for which a 過疎 list holds")), required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=said(text("Needed when the list does not say so itself.")))

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_LIST_MB * 1_000_000:
            raise forms.ValidationError(str(text("The file is larger than {most} MB.", most=MOST_LIST_MB)))
        return file


class _KeptForm(forms.ModelForm):  # type: ignore[type-arg]  # of any of the two kinds
    services = forms.MultipleChoiceField(
        label=said(text("Services")), required=False, widget=forms.CheckboxSelectMultiple)
    name = forms.CharField(label=said(text("Name")), max_length=120)
    place = forms.CharField(label=said(text("Place")), max_length=200, required=False,
                            help_text=said(text("Building or address, for example “old Takane primary school”.")))
    since = forms.IntegerField(label=said(text("Since (Western year)")), required=False, min_value=1868, max_value=2100)
    until = forms.IntegerField(label=said(text("Until (last year, when it has ended)")), required=False, min_value=1868,
                               max_value=2100)
    lat = forms.FloatField(label=said(text("Latitude")), required=False, min_value=20, max_value=46)
    lon = forms.FloatField(label=said(text("Longitude")), required=False, min_value=122, max_value=154)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        services = self.fields["services"]
        assert isinstance(services, forms.MultipleChoiceField)
        services.choices = [(service, str(service_words(service))) for service in SERVICES]

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        since, until = told.get("since"), told.get("until")
        if since and until and until < since:
            self.add_error("until", str(text("It cannot end before it began.")))
        if (told.get("lat") is None) != (told.get("lon") is None):
            self.add_error("lat", str(text("Give both latitude and longitude, or neither.")))
        version = told.pop("version", None)
        if self.instance.pk and version != self.instance.version:
            raise forms.ValidationError(str(text(
                "Somebody else has changed it meanwhile; nothing was saved. Open the page anew and enter your changes "
                "again.")))
        return told


class HubForm(_KeptForm):
    rmo = forms.ModelChoiceField(queryset=Rmo.objects.none(), label=said(text("RMO that runs it")), required=False)

    class Meta:
        model = Hub
        fields = ("name", "place", "services", "since", "until", "lat", "lon", "rmo")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rmo = self.fields["rmo"]
        assert isinstance(rmo, forms.ModelChoiceField)
        rmo.queryset = Rmo.objects.filter(code=self.instance.code)


class RmoForm(_KeptForm):
    area = forms.CharField(label=said(text("Living area it works for")), max_length=200, required=False)

    class Meta:
        model = Rmo
        fields = ("name", "area", "place", "services", "since", "until", "lat", "lon")


KINDS: dict[str, tuple[type[Kept], type[_KeptForm]]] = {"hubs": (Hub, HubForm), "rmos": (Rmo, RmoForm)}

__all__ = ["KINDS", "Bring", "HubForm", "OfficialList", "RmoForm", "service_words"]
