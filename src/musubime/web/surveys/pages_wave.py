"""Pages of waves: the list, opening one, the ministry's board, a prefecture's desk, reminders."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import lazystr
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from musubime.errors import InputError
from musubime.language import text, verbatim
from musubime.provenance import Ledger
from musubime.region.codes import PREFECTURES, six_digits
from musubime.studies.deck import prefecture_words
from musubime.studies.municipalities import municipalities
from musubime.surveys.questionnaires import questionnaire, questionnaire_text, shipped
from musubime.surveys.questionnaires import read as read_questionnaire
from musubime.web.accounts import audit
from musubime.web.accounts.models import User
from musubime.web.accounts.rights import RIGHTS, may, may_in, memberships
from musubime.web.csv_files import csv_response

from .access import found_wave, may_everywhere, may_prefecture, require_prefecture
from .models import EDITABLE, IN, Made, Return, State, Wave
from .names import STATES
from .waves import NewWave, directory, has_directory, open_wave, reference_day

LARGEST_LIST = 8 << 20


def own_returns(request: HttpRequest) -> list[Return]:
    """Returns of open waves that this reader's own organisations fill in."""
    codes = {m.organisation.area for m in memberships(request.user)
             if m.principal in RIGHTS["surveys.return"] and len(m.organisation.area) == 6}
    return list(Return.objects.filter(code__in=codes).select_related("wave")) if codes else []


@may("surveys.see")
def listed(request: HttpRequest) -> HttpResponse:
    """Surveys for everybody: one's own returns, one's desks, and what was published."""
    own = own_returns(request)
    desks = sorted({m.organisation.area for m in memberships(request.user)
                    if m.principal in RIGHTS["surveys.desk"] and len(m.organisation.area) == 2})
    everywhere = may_everywhere(request, "surveys.board")
    waves = list(Wave.objects.all()) if everywhere or desks else []
    if desks and not everywhere:
        known = set(Return.objects.filter(prefecture__in=desks).values_list("wave", flat=True).distinct())
        waves = [wave for wave in waves if wave.key in known]
    published = Made.objects.filter(published_at__isnull=False).select_related("wave").order_by("-published_at")
    return render(request, "surveys/list.html", {
        "own": [{"one": one, "state": STATES[one.state], "editable": one.wave.is_open and one.state in EDITABLE}
                for one in own],
        "waves": [{"wave": wave, "overdue": wave.is_open and wave.is_overdue(timezone.localdate())} for wave in waves],
        "desks": [(area, prefecture_words(area)) for area in desks], "everywhere": everywhere,
        "may_open": may_everywhere(request, "surveys.open"),
        "published": [(made, prefecture_words(made.area) if made.area else text("Japan")) for made in published]})


class WaveForm(forms.Form):
    """What opens a wave."""

    questionnaire = forms.ChoiceField(label=lazystr(text("Questionnaire")))
    own_questionnaire = forms.FileField(
        label=lazystr(text("Or a questionnaire of your own (YAML)")), required=False)
    fiscal_year = forms.IntegerField(label=lazystr(text("Fiscal year of the survey")), min_value=2000, max_value=2100)
    due = forms.DateField(label=lazystr(text("Please answer by")), widget=forms.DateInput(attrs={"type": "date"}))
    send_to = forms.CharField(
        label=lazystr(text("Whom to ask (printed on the workbook)")), max_length=200, required=False)
    municipalities = forms.FileField(
        label=lazystr(text("List of municipality codes")),
        help_text=lazystr(text("A published list of codes, or a CSV with the columns code and name.")), required=False)
    designation = forms.FileField(
        label=lazystr(text("List of 過疎 designations on the day of the survey")), required=False)
    codes = forms.CharField(
        label=lazystr(text("Only these codes (empty: everybody the survey asks)")), required=False,
        widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        field = self.fields["questionnaire"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(f"{q.survey}-{q.version}", f"{q.title} ({q.version})") for q in
                         sorted(shipped(), key=lambda q: (q.survey, q.version), reverse=True)]


def _kept(file: UploadedFile[Any] | None, folder: Path, number: int) -> Path | None:
    if file is None:
        return None
    path = folder / str(number) / (Path(file.name or "list").name.replace("\x00", "")[-100:] or "list")
    path.parent.mkdir()
    with path.open("wb") as copy:
        for chunk in file.chunks():
            copy.write(chunk)
    return path


@may("surveys.open")
def new(request: HttpRequest) -> HttpResponse:
    """Open a wave."""
    today = timezone.localdate()
    form = WaveForm(request.POST or None, request.FILES or None, initial={
        "fiscal_year": today.year - (today.month < 4), "due": today + dt.timedelta(days=42)})
    faults: list[Any] = []
    if request.method == "POST" and form.is_valid():
        try:
            wave = open_wave(_new_wave(form), request.user if isinstance(request.user, User) else None)
        except InputError as error:
            faults = list(error.faults)
        else:
            audit.record(request, "surveys.open", wave, asked=wave.returns.count())
            messages.success(request, str(text("The survey is open: {count:,} are asked.", count=wave.returns.count())))
            return redirect("surveys:board", wave=wave.key)
    return render(request, "surveys/new.html", {"form": form, "faults": faults, "directory": has_directory()},
                  status=400 if faults else 200)


def _new_wave(form: WaveForm) -> NewWave:
    data = form.cleaned_data
    given = [data["own_questionnaire"], data["municipalities"], data["designation"]]
    if any(file is not None and (file.size or 0) > LARGEST_LIST for file in given):
        from musubime.errors import Fault

        raise InputError(Fault(text("The file is larger than {mb} MB.", mb=LARGEST_LIST >> 20),
                               text("Give the list alone.")))
    with tempfile.TemporaryDirectory() as folder:
        own, towns, marked = (_kept(file, Path(folder), number) for number, file in enumerate(given))
        if own is not None:
            about, words = read_questionnaire(own), own.read_text("utf-8-sig")
        else:
            about, words = questionnaire(data["questionnaire"]), questionnaire_text(data["questionnaire"])
        places = (municipalities([towns], marked, Ledger()) if towns is not None else
                  directory(reference_day(about, data["fiscal_year"])))
    codes = tuple(six_digits(code, field="codes")[:5]
                  for code in data["codes"].replace(",", " ").replace("、", " ").split())
    return NewWave(about, words, data["fiscal_year"], data["due"], places, data["send_to"], codes)


def _counts(wave: Wave, prefecture: str = "") -> dict[str, dict[str, Any]]:
    """Returns of each prefecture by state, with what is open in them: one query, whatever the number of returns."""
    rows = Return.objects.filter(wave=wave).order_by().values("prefecture").annotate(
        asked=Count("pk"), faults=Sum("faults"), queries=Sum("queries"),
        **{state.value: Count("pk", filter=Q(state=state.value)) for state in State})
    if prefecture:
        rows = rows.filter(prefecture=prefecture)
    return {str(row["prefecture"]): {name: value or 0 for name, value in row.items() if name != "prefecture"}
            for row in rows}


def _line(prefecture: str, row: dict[str, Any], *, late: bool) -> dict[str, Any]:
    inside = row["submitted"] + row["accepted"]
    return row | {
        "code": prefecture, "name": prefecture_words(prefecture) if prefecture else text("Total"), "in": inside,
        "left": row["asked"] - inside, "overdue": row["asked"] - inside if late else 0,
        "share": inside / row["asked"] if row["asked"] else 0.0, "percent": int(100 * inside / max(1, row["asked"]))}


@never_cache
@may("surveys.board")
def board(request: HttpRequest, wave: str) -> HttpResponse:
    """Where everybody stands, by prefecture."""
    about = found_wave(wave)
    if not may_everywhere(request, "surveys.board"):
        raise Http404
    late = about.is_overdue(timezone.localdate())
    counts = _counts(about)
    lines = [_line(code, counts[code], late=late) for code in sorted(counts)]
    total = {name: sum(int(line[name] or 0) for line in counts.values())
             for name in ("asked", "faults", "queries", *(state.value for state in State))}
    if request.GET.get("sort") == "left":
        lines.sort(key=lambda line: line["share"])
    return render(request, "surveys/board.html", {
        "wave": about, "lines": lines, "total": _line("", total, late=late), "late": late, "states": STATES,
        "may_open": may_everywhere(request, "surveys.open"), "sort": request.GET.get("sort", "")})


@never_cache
@may("surveys.desk")
def desk(request: HttpRequest, wave: str, prefecture: str) -> HttpResponse:
    """A prefecture's municipalities, and what its desk has to do."""
    about = found_wave(wave)
    _known(prefecture)
    require_prefecture(request, "surveys.desk", prefecture)
    late = about.is_overdue(timezone.localdate())
    counts = _counts(about, prefecture)
    if not counts:
        raise Http404
    only = request.GET.get("state", "")
    returns = Return.objects.filter(wave=about, prefecture=prefecture).order_by("code").annotate(
        open_comments=Count("comments", filter=Q(comments__settled_at=None)))
    if only in STATES:
        returns = returns.filter(state=only)
    lines = [{"one": one, "state": STATES[one.state], "good": one.state in IN,
              "overdue": late and one.state not in IN} for one in returns]
    return render(request, "surveys/desk.html", {
        "wave": about, "prefecture": prefecture, "name": prefecture_words(prefecture), "lines": lines,
        "total": _line(prefecture, counts[prefecture], late=late), "states": STATES, "only": only, "late": late,
        "review": may_prefecture(request, "surveys.review", prefecture),
        "may_make": may_prefecture(request, "surveys.make", prefecture),
        "everywhere": may_everywhere(request, "surveys.board")})


def _known(prefecture: str) -> None:
    if not (prefecture.isascii() and prefecture.isdecimal() and 1 <= int(prefecture) <= len(PREFECTURES)):
        raise Http404


@never_cache
@may("surveys.desk")
def reminders(request: HttpRequest, wave: str) -> HttpResponse:
    """Everybody whose return is not in, to be reminded: as a page, as a CSV, and marked when it was done."""
    about = found_wave(wave)
    prefecture = request.GET.get("prefecture", request.POST.get("prefecture", ""))
    if prefecture:
        _known(prefecture)
        require_prefecture(request, "surveys.desk", prefecture)
    elif not may_everywhere(request, "surveys.desk"):
        raise Http404
    waiting = Return.objects.filter(wave=about).exclude(state__in=[state.value for state in IN])
    if prefecture:
        waiting = waiting.filter(prefecture=prefecture)
    if request.GET.get("as") == "csv":
        return _csv(about, list(waiting))
    reviewed = may_prefecture(request, "surveys.review", prefecture) if prefecture else may_everywhere(
        request, "surveys.review")
    return render(request, "surveys/reminders.html", {
        "wave": about, "prefecture": prefecture, "name": prefecture_words(prefecture) if prefecture else text("Japan"),
        "late": about.is_overdue(timezone.localdate()), "review": reviewed,
        "lines": [{"one": one, "state": STATES[one.state], "area": prefecture_words(one.prefecture)}
                  for one in waiting]})


@require_POST
@may("surveys.review")
def reminded(request: HttpRequest, wave: str) -> HttpResponse:
    """Keep that these were reminded now."""
    about = found_wave(wave)
    codes = [code for code in request.POST.getlist("code") if may_in(request.user, "surveys.review", code)]
    done = Return.objects.filter(wave=about, code__in=codes[:2000]).exclude(
        state__in=[state.value for state in IN]).update(reminded_at=timezone.now())
    audit.record(request, "surveys.reminded", about, count=done)
    messages.success(request, str(text("{count:,} are marked as reminded today.", count=done)))
    prefecture = request.POST.get("prefecture", "")
    address = redirect("surveys:reminders", wave=wave)
    if prefecture.isdecimal():
        address["Location"] += f"?prefecture={int(prefecture):02}"
    return address


def _csv(wave: Wave, returns: list[Return]) -> HttpResponse:
    header = [str(head) for head in (
        text("Municipality code"), text("Prefecture"), text("Name of the municipality"), text("State"),
        text("Please answer by"), text("Reminded"))]
    return csv_response(f"{wave.key}_reminders", header, [
        (one.code, str(prefecture_words(one.prefecture)), one.name, str(STATES[one.state]), wave.due.isoformat(),
         timezone.localtime(one.reminded_at).date().isoformat() if one.reminded_at else "") for one in returns])


class SettingsForm(forms.ModelForm[Wave]):
    class Meta:
        model = Wave
        fields = ("due", "send_to", "is_open")
        labels: ClassVar = {
            "due": lazystr(text("Please answer by")), "send_to": lazystr(text("Whom to ask (printed on the workbook)")),
            "is_open": lazystr(text("Open: returns can be filled in, submitted and reviewed"))}
        widgets: ClassVar = {"due": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}


@never_cache
@may("surveys.open")
def settings(request: HttpRequest, wave: str) -> HttpResponse:
    """Move the due date, close a wave or open it again."""
    about = found_wave(wave)
    if not may_everywhere(request, "surveys.open"):
        raise Http404
    form = SettingsForm(request.POST if request.method == "POST" else None, instance=about, label_suffix="")
    if request.method == "POST" and form.is_valid():
        form.save()
        audit.record(request, "surveys.settings", about, fields=form.changed_data)
        messages.success(request, str(text("Saved.")))
        return redirect("surveys:board", wave=wave)
    return render(request, "surveys/settings.html", {
        "wave": about, "form": form, "title": verbatim(about.title)})
