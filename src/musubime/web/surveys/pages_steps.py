"""What is done with a return: workbook out and in, contact, submitting, sending back, accepting."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import lazystr
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from musubime.language import current_language, text
from musubime.surveys.returns import receipts
from musubime.web.accounts import audit
from musubime.web.accounts.rights import may, may_in

from . import states
from .access import found_return, may_answer, say, who
from .checking import content_of
from .models import Contact, Pending, Receipt, Return
from .pages_return import frame
from .records import storable
from .saving import NotOpenError
from .sheets import LARGEST, as_language, file_name, upload, workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _back(one: Return) -> HttpResponse:
    return redirect("surveys:return", wave=one.wave_id, code=one.code)


@never_cache
@may("surveys.return")
def template(request: HttpRequest, wave: str, code: str) -> HttpResponse:
    """The workbook of a return, with what is written in it so far."""
    one = found_return(request, wave, code, "surveys.return")
    language = as_language(request.GET.get("lang", current_language()))
    answer = HttpResponse(workbook(one, language), content_type=XLSX)
    answer.headers["Content-Disposition"] = _attachment(file_name(one))
    audit.record(request, "surveys.template", one, code=code)
    return answer


def _attachment(name: str) -> str:
    from django.utils.http import content_disposition_header

    return str(content_disposition_header(True, name))


@never_cache
@may("surveys.answer")
def send(request: HttpRequest, wave: str, code: str) -> HttpResponse:
    """Upload a filled workbook."""
    one = found_return(request, wave, code, "surveys.answer")
    told: dict[str, Any] = {"largest_mb": LARGEST >> 20}
    if request.method == "POST":
        file = request.FILES.get("file")
        if not may_answer(request, one):
            told["refused"] = text("The return cannot be changed now: it was submitted, or the survey is closed.")
        elif file is None:
            told["refused"] = text("No file was chosen.")
        elif (file.size or 0) > LARGEST:
            told["refused"] = text("The file is larger than {mb} MB. Take pictures out of it and send it again.",
                                   mb=LARGEST >> 20)
        else:
            try:
                receipt, _ = upload(one, file, who(request, "surveys.answer", code))
            except NotOpenError:
                told["refused"] = text("The return cannot be changed now: it was submitted, or the survey is closed.")
            else:
                audit.record(request, "surveys.upload", one, code=code, refused=receipt.refused, sha256=receipt.sha256)
                return redirect(reverse("surveys:receipt", args=[wave, code, receipt.pk]))
    status = 400 if "refused" in told else 200
    return render(request, "surveys/upload.html", frame(request, one, content_of(one)) | told, status=status)


def _receipt(one: Return, pk: int) -> Receipt:
    found = Receipt.objects.filter(of=one, pk=pk).select_related("user", "organisation").first()
    if found is None:
        raise Http404
    return found


@never_cache
@may("surveys.return")
def receipt(request: HttpRequest, wave: str, code: str, receipt: int) -> HttpResponse:
    """What became of a file that was sent."""
    one = found_return(request, wave, code, "surveys.return")
    found = _receipt(one, receipt)
    shown = [told for told in found.findings if found.refused or told["kind"] == "repair" or not told["question"]]
    return render(request, "surveys/receipt.html", frame(request, one, content_of(one)) | {
        "receipt": found, "found": shown[:200], "more": max(0, len(shown) - 200),
        "pending": Pending.objects.filter(of=one).last() if may_in(request.user, "surveys.answer", code) else None})


@never_cache
@may("surveys.return")
def original(request: HttpRequest, wave: str, code: str, receipt: int) -> HttpResponseBase:
    """A file as it was sent, for those of its own area alone, and never opened by the browser."""
    one = found_return(request, wave, code, "surveys.return")
    found = _receipt(one, receipt)
    path = receipts.place(one.wave.folder, found.sha256)
    if not path.is_file():
        raise Http404
    audit.record(request, "surveys.original", one, code=code, sha256=found.sha256)
    return FileResponse(path.open("rb"), as_attachment=True, filename=found.name,
                        content_type="application/octet-stream")


class ContactForm(forms.ModelForm[Contact]):
    class Meta:
        model = Contact
        fields = ("department", "person", "telephone", "email")
        labels: ClassVar = {
            "department": lazystr(text("Department")), "person": lazystr(text("Name of the person in charge")),
            "telephone": lazystr(text("Telephone")), "email": lazystr(text("E-mail"))}


@never_cache
@may("surveys.contact")
def contact(request: HttpRequest, wave: str, code: str) -> HttpResponse:
    """Whom to ask about a return. Personal data: each look is in the log."""
    one = found_return(request, wave, code, "surveys.contact")
    found = Contact.objects.filter(of=one).first()
    may_write = may_in(request.user, "surveys.answer", code)
    form = ContactForm(request.POST if request.method == "POST" else None, instance=found or Contact(of=one),
                       label_suffix="")
    if request.method == "POST" and may_write:
        if "erase" in request.POST:
            Contact.objects.filter(of=one).delete()
            audit.record(request, "surveys.contact", one, code=code, erased=True)
            messages.success(request, str(text("The contact is erased.")))
            return _back(one)
        if form.is_valid():
            form.save()
            audit.record(request, "surveys.contact", one, code=code, fields=form.changed_data)
            messages.success(request, str(text("Saved.")))
            return _back(one)
    audit.record(request, "looked", one, code=code, what="contact")
    return render(request, "surveys/contact.html", frame(request, one, content_of(one)) | {
        "form": form, "contact": found, "may_write": may_write})


@require_POST
@may("surveys.answer")
def submit(request: HttpRequest, wave: str, code: str) -> HttpResponse:
    one = found_return(request, wave, code, "surveys.answer")
    by = who(request, "surveys.answer", code)
    if Pending.objects.filter(of=one).exists():
        messages.warning(request, str(text(
            "Some answers still wait for a choice between two values. Choose first, then submit.")))
        return _back(one)
    try:
        left = states.submit(one.pk, by)
    except NotOpenError:
        say(request, False, "")
        return _back(one)
    if left:
        messages.warning(request, str(text(
            "It is not submitted yet: {count:,} points are open. Correct what is wrong, and give a reason where "
            "something unusual is right.", count=len(left))))
    else:
        audit.record(request, "surveys.submit", one, organisation=by.organisation, code=code)
        messages.success(request, str(text("The return is submitted. Thank you.")))
    return _back(one)


@require_POST
@may("surveys.answer")
def withdraw(request: HttpRequest, wave: str, code: str) -> HttpResponse:
    one = found_return(request, wave, code, "surveys.answer")
    by = who(request, "surveys.answer", code)
    done = states.withdraw(one.pk, by)
    if done:
        audit.record(request, "surveys.withdraw", one, organisation=by.organisation, code=code)
    say(request, done, text("The return is yours again. Submit it when it is right."))
    return _back(one)


@require_POST
@may("surveys.review")
def give_back(request: HttpRequest, wave: str, code: str) -> HttpResponse:
    one = found_return(request, wave, code, "surveys.review")
    by, words = who(request, "surveys.review", code), storable(request.POST.get("words", "")).strip()[:2000]
    if not words and not one.comments.filter(settled_at=None).exists():
        messages.warning(request, str(text(
            "Say what is to be corrected: a comment at a question, or a few words here.")))
        return _back(one)
    done = states.give_back(one.pk, by, words)
    if done:
        audit.record(request, "surveys.give_back", one, organisation=by.organisation, code=code)
    say(request, done, text("The return was sent back with your comments."))
    return _back(one)


@require_POST
@may("surveys.review")
def accept(request: HttpRequest, wave: str, code: str) -> HttpResponse:
    one = found_return(request, wave, code, "surveys.review")
    by = who(request, "surveys.review", code)
    done = states.accept(one.pk, by)
    if done:
        audit.record(request, "surveys.accept", one, organisation=by.organisation, code=code)
    say(request, done, text("The return is accepted."))
    after = request.POST.get("after", "")
    return redirect("surveys:desk", wave=wave, prefecture=one.prefecture) if after == "desk" else _back(one)
