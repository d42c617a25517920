"""Pages of one return: overview, form by sections and rows, saving, and choosing where two people wrote."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from musubime.language import text
from musubime.surveys.questionnaires import Answer, Roster, same
from musubime.surveys.returns import Answers, record_of_answers
from musubime.web.accounts import audit
from musubime.web.accounts.models import Kind
from musubime.web.accounts.rights import may, may_in

from .access import BEHALF, found_return, is_own, keeps_typed, may_answer, wants_json, who, writes
from .checking import content_of, is_open, last_of, questionnaire_of
from .fields import Field, Shown, WrongRequestError, label_of, main_fields, patches_of, row_fields, words_of
from .models import Action, Comment, Content, Pending, Return, Revision
from .names import ACTIONS, STATES
from .records import ROW, find_row, question_of, row_path, storable, value_at
from .saving import NotOpenError, Saved, add_row, choose, keep, save
from .sheets import MOST_ROWS_TO_TYPE

A_PAGE = 50
Said = dict[str, Any]


def frame(request: HttpRequest, one: Return, content: Content) -> Said:
    """What every page of a return needs."""
    return {
        "one": one, "wave": one.wave, "content": content, "about": questionnaire_of(one.wave),
        "state": STATES[one.state], "editable": writes(request, one),
        "review": may_in(request.user, "surveys.review", one.code),
    }


def shown(one: Return, content: Content) -> Shown:
    return Shown(questionnaire_of(one.wave), content.record, content.findings, last_of(one, content),
                 list(Comment.objects.filter(of=one).select_related("organisation")))


def _address(one: Return, name: str, *more: Any) -> str:
    return reverse(f"surveys:{name}", args=[one.wave_id, one.code, *more])


def place_of(one: Return, path: str) -> str:
    """The page on which a field stands."""
    if path.startswith("r/"):
        _, roster, row, *question = path.split("/")
        return _address(one, "row", roster, int(row)) + (f"#q-{path.replace('/', '-')}" if question else "")
    about = questionnaire_of(one.wave)
    for section in about.sections:
        if any(path == f"a/{question.id}" for question in section.questions):
            return _address(one, "section", section.id) + f"#q-{path.replace('/', '-')}"
    return _address(one, "return")


@never_cache
@may("surveys.return")
def overview(request: HttpRequest, wave: str, code: str) -> HttpResponse:
    one = found_return(request, wave, code, "surveys.return")
    content = content_of(one)
    about = questionnaire_of(one.wave)
    found = content.findings
    parts = [{
        "title": section.title, "href": _address(one, "section", section.id), "count": len(section.questions),
        "answered": sum(q.id in content.record["answers"] for q in section.questions),
        "left": sum(is_open(told) for told in found if told["path"].partition("/")[2] in
                    {q.id for q in section.questions} and told["path"].startswith("a/")),
    } for section in about.sections]
    rosters = [{
        "title": roster.title, "href": _address(one, "rows", roster.id),
        "rows": len(content.record["rosters"][roster.id]),
        "left": sum(is_open(told) for told in found if told["path"].startswith(f"r/{roster.id}/")),
    } for roster in about.rosters]
    open_findings = [told | {"label": label_of(told["path"], about, content.record),
                             "href": place_of(one, told["path"])} for told in found if is_open(told)]
    comments = [{"comment": comment, "label": label_of(comment.path, about, content.record),
                 "href": place_of(one, comment.path)}
                for comment in Comment.objects.filter(of=one, settled_at=None).select_related("organisation")]
    last = last_of(one, content)
    return render(request, "surveys/return.html", frame(request, one, content) | {
        "parts": parts, "rosters": rosters, "found": sorted(open_findings, key=lambda told: told["kind"])[:A_PAGE],
        "found_count": len(open_findings), "comments": comments, "has_last": last is not None,
        "pending": [pending for pending in Pending.objects.filter(of=one)
                    if may_in(request.user, "surveys.answer", one.code)],
        "steps": [_step(revision) for revision in Revision.objects.filter(of=one).exclude(
            action__in=(Action.TYPED, Action.CHOSEN)).select_related("user", "organisation")[:5]],
        "may_answer": may_in(request.user, "surveys.answer", one.code),
        "behalf": may_answer(request, one) and not is_own(request, one),
        "may_contact": may_in(request.user, "surveys.contact", one.code),
        "receipts": one.receipts.all()[:5],
    })


def _step(revision: Revision) -> Said:
    return {"revision": revision, "action": ACTIONS[revision.action]}


def _form(request: HttpRequest, one: Return, content: Content, fields: list[Field], more: Said) -> Said:
    return frame(request, one, content) | {
        "fields": fields, "seen": one.version, "editor": secrets.token_urlsafe(8), "here": request.path,
        "save_to": _address(one, "save"), "comment_to": _address(one, "comment")} | more


@require_POST
@may("surveys.answer")
def behalf(request: HttpRequest, wave: str, code: str) -> HttpResponse:
    """A desk begins, or stops, to fill in a municipality's return."""
    one = found_return(request, wave, code, "surveys.answer")
    if request.session.get(BEHALF) == one.pk:
        del request.session[BEHALF]
    else:
        request.session[BEHALF] = one.pk
    return redirect(_address(one, "return"))


@never_cache
@may("surveys.return")
def section(request: HttpRequest, wave: str, code: str, section: str) -> HttpResponse:
    one = found_return(request, wave, code, "surveys.return")
    content, about = content_of(one), questionnaire_of(one.wave)
    names = [part.id for part in about.sections]
    if section not in names:
        raise Http404
    part = about.sections[names.index(section)]
    at = names.index(section)
    after = (_address(one, "section", names[at + 1]) if at + 1 < len(names) else
             _address(one, "rows", about.rosters[0].id) if about.rosters else _address(one, "return"))
    before = _address(one, "section", names[at - 1]) if at else _address(one, "return")
    return render(request, "surveys/section.html", _form(request, one, content, main_fields(
        shown(one, content), part.questions), {"title": part.title, "after": after, "before": before}))


def _roster(one: Return, name: str) -> Roster:
    roster = questionnaire_of(one.wave).roster(name)
    if roster is None:
        raise Http404
    return roster


@never_cache
@may("surveys.return")
def rows(request: HttpRequest, wave: str, code: str, roster: str) -> HttpResponse:
    """Rows of one roster, fifty a page; each has a page of its own."""
    one = found_return(request, wave, code, "surveys.return")
    content, about = content_of(one), _roster(one, roster)
    wrong: dict[str, int] = {}
    for told in content.findings:
        if is_open(told) and told["path"].startswith(f"r/{roster}/"):
            row = told["path"].split("/")[2]
            wrong[row] = wrong.get(row, 0) + 1
    everything = content.record["rosters"][roster]
    words = request.GET.get("q", "").strip()[:80]
    kept = [row for row in everything if (not words or same(words) in same(str(row.get(about.key, ""))))
            and ("open" not in request.GET or str(row[ROW]) in wrong)]
    page = Paginator(kept, A_PAGE).get_page(request.GET.get("page"))
    heads = [about.question(about.key), *[q for q in about.questions if q.kind != "choices" and q.id != about.key][:4]]
    lines = [{
        "href": _address(one, "row", roster, row[ROW]), "left": wrong.get(str(row[ROW]), 0),
        "name": words_of(row.get(about.key), None) or text("(no name)"),
        "cells": [(q.kind in ("integer", "number"), words_of(row.get(q.id), q)) for q in heads[1:] if q is not None],
    } for row in page]
    return render(request, "surveys/rows.html", frame(request, one, content) | {
        "roster": about, "heads": heads, "lines": lines, "page": page, "q": words, "only_open": "open" in request.GET,
        "count": len(everything), "wrong": len(wrong), "many": len(everything) > MOST_ROWS_TO_TYPE
        or about.rows > MOST_ROWS_TO_TYPE, "seen": one.version, "total": len(kept)})


@never_cache
@may("surveys.return")
def row(request: HttpRequest, wave: str, code: str, roster: str, row: int) -> HttpResponse:
    one = found_return(request, wave, code, "surveys.return")
    content, about = content_of(one), _roster(one, roster)
    found = find_row(content.record, roster, row)
    if found is None:
        raise Http404
    numbers = [other[ROW] for other in content.record["rosters"][roster]]
    at = numbers.index(row)
    page = shown(one, content)
    return render(request, "surveys/row.html", _form(request, one, content, row_fields(
        page, about, found, _last_row(page.last, about, found)), {
            "roster": about, "row": row, "title": words_of(found.get(about.key), None) or about.one,
            "number": at + 1, "count": len(numbers),
            "before": _address(one, "row", roster, numbers[at - 1]) if at else "",
            "after": _address(one, "row", roster, numbers[at + 1]) if at + 1 < len(numbers) else ""}))


def _last_row(last: Answers | None, roster: Roster, row: Mapping[str, Any]) -> Mapping[str, Answer]:
    name = same(str(row.get(roster.key, "")))
    known = last.rosters.get(roster.id, ()) if last is not None else ()
    return next((before for before in known if name and same(str(before.get(roster.key, ""))) == name), {})


@require_POST
@may("surveys.answer")
def new_row(request: HttpRequest, wave: str, code: str, roster: str) -> HttpResponse:
    one = found_return(request, wave, code, "surveys.answer")
    about = _roster(one, roster)
    if len(content_of(one).record["rosters"][roster]) >= about.most:
        messages.warning(request, str(text("There are {most:,} rows already; more are not possible.", most=about.most)))
        return redirect(_address(one, "rows", roster))
    name = storable(request.POST.get("name", "")).strip()[:200]
    try:
        number = add_row(one.pk, roster, {about.key: name} if name else {}, who(request, "surveys.answer", code))
    except NotOpenError:
        return _not_open(request, one)
    return redirect(_address(one, "row", roster, number))


@require_POST
@may("surveys.answer")
def delete_row(request: HttpRequest, wave: str, code: str, roster: str, row: int) -> HttpResponse:
    one = found_return(request, wave, code, "surveys.answer")
    _roster(one, roster)
    try:
        saved = save(one.pk, {row_path(roster, row): None}, _number(request, "seen"),
                     who(request, "surveys.answer", code), Action.TYPED, editor=_editor(request), sure=True)
    except NotOpenError:
        return _not_open(request, one)
    if saved.pending is not None:
        return redirect(_address(one, "conflict", saved.pending.pk))
    messages.success(request, str(text("The row was deleted. It stands in the history.")))
    return redirect(_address(one, "rows", roster))


def _number(request: HttpRequest, name: str) -> int:
    given = request.POST.get(name, "")
    if not given.isascii() or not given.isdecimal() or len(given) > 9:
        raise BadRequest(name)
    return int(given)


def _editor(request: HttpRequest) -> str:
    """The name of the page in the browser, as it was given out with the form."""
    return str(storable(request.POST.get("editor", "")))[:16]


def _not_open(request: HttpRequest, one: Return) -> HttpResponse:
    messages.warning(request, str(text("The return cannot be changed now: it was submitted, or the survey is closed.")))
    return redirect(_address(one, "return"))


@require_POST
@keeps_typed
@may("surveys.answer")
def save_fields(request: HttpRequest, wave: str, code: str) -> HttpResponse:
    """Take what a page sends: a field at a time from the script, all of them from the button."""
    one = found_return(request, wave, code, "surveys.answer")
    try:
        patches = patches_of(request.POST, questionnaire_of(one.wave))
    except WrongRequestError as error:
        raise BadRequest from error
    by = who(request, "surveys.answer", code)
    try:
        saved = save(one.pk, patches, _number(request, "seen"), by, Action.TYPED,
                     editor=_editor(request), sure="sure" in request.POST)
    except NotOpenError:
        return _kept_for_later(request, one, patches)
    if saved.taken and by.organisation is not None and by.organisation.kind != Kind.MUNICIPALITY:
        audit.record(request, "surveys.on_behalf", one, organisation=by.organisation, code=code, fields=saved.taken)
    if wants_json(request):
        return _answer(request, one, saved, request.POST.getlist("shown"))
    if saved.pending is not None:
        return redirect(_address(one, "conflict", saved.pending.pk))
    messages.success(request, str(text("Saved.")))
    if saved.others:
        messages.info(request, _others(one, saved.others))
    after = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(after, allowed_hosts={request.get_host()})
    return redirect(after if safe else _address(one, "return"))


def _kept_for_later(request: HttpRequest, one: Return, patches: Mapping[str, Any]) -> HttpResponse:
    """Somebody submitted the return while another was typing: what was typed waits until it is open again."""
    record = content_of(one).record
    left = {path: value for path, value in patches.items() if value_at(record, path) != value
            and not path.startswith("w/")}
    if left:
        keep(one, left, who(request, "surveys.answer", one.code), _editor(request))
    if wants_json(request):
        return JsonResponse({"closed": True, "href": _address(one, "return")}, status=409)
    if left:
        messages.warning(request, str(text(
            "The return was submitted meanwhile, or the survey was closed. What you typed is kept: if the return is "
            "sent back, you can choose it there.")))
        return redirect(_address(one, "return"))
    return _not_open(request, one)


def _others(one: Return, paths: Iterable[str]) -> str:
    about, record = questionnaire_of(one.wave), content_of(one).record
    labels = [str(label_of(path, about, record)) for path in paths]
    return str(text("Meanwhile somebody else has changed: {names}. Both are kept.",
                    names="、".join(labels[:8]) + (" …" if len(labels) > 8 else "")))


def _answer(request: HttpRequest, one: Return, saved: Saved, paths: list[str]) -> JsonResponse:
    """For the script: findings of all fields of the page as they are shown, and what it has to tell."""
    one.refresh_from_db()
    content = content_of(one)
    page = shown(one, content)
    about = page.questionnaire
    fields: list[Field] = []
    if any(path.startswith("a/") for path in paths):
        wanted = {path.partition("/")[2] for path in paths}
        fields = main_fields(page, [question for question in about.questions if question.id in wanted])
    elif paths and question_of(paths[0], about) is not None:
        _, roster, number, _ = paths[0].split("/")
        found, roster_about = find_row(content.record, roster, int(number)), about.roster(roster)
        if found is not None and roster_about is not None:
            fields = row_fields(page, roster_about, found, _last_row(page.last, roster_about, found))
    context = {"editable": may_answer(request, one)}
    return JsonResponse({
        "version": saved.version, "at": timezone.localtime().strftime("%H:%M"),
        "conflict": "" if saved.pending is None else _address(one, "conflict", saved.pending.pk),
        "others": _others(one, saved.others) if saved.others else "",
        "fields": {field.path: {"found": render_to_string("surveys/found.html", {"field": field} | context),
                                "asked": field.asked, "wrong": field.is_wrong,
                                "text": field.text if field.path in saved.taken and not field.choices else None}
                   for field in fields},
    })


@require_POST
@may("surveys.answer")
def carry(request: HttpRequest, wave: str, code: str) -> HttpResponse:
    """The last answers wherever nothing is written; rows that are not there by name."""
    one = found_return(request, wave, code, "surveys.answer")
    content, about = content_of(one), questionnaire_of(one.wave)
    last = last_of(one, content)
    if last is None:
        raise Http404
    before, now = record_of_answers(last, about), content.record
    patches: dict[str, Any] = {f"a/{name}": value for name, value in before["answers"].items()
                               if name not in now["answers"]}
    number = content.next_row
    for roster in about.rosters:
        known = {same(str(row.get(roster.key, ""))) for row in now["rosters"][roster.id]}
        for old in before["rosters"][roster.id]:
            if same(str(old.get(roster.key, ""))) not in known:
                patches[row_path(roster.id, number)] = old
                number += 1
    try:
        saved = save(one.pk, patches, one.version, who(request, "surveys.answer", code), Action.CARRIED)
    except NotOpenError:
        return _not_open(request, one)
    messages.success(request, str(text(
        "{count:,} answers and rows were carried over from the last survey. Go through them and correct what has "
        "changed.", count=len(saved.taken))))
    return redirect(_address(one, "return"))


@never_cache
@may("surveys.answer")
def conflict(request: HttpRequest, wave: str, code: str, pending: int) -> HttpResponse:
    """Both values of each field that two people wrote, to choose from."""
    one = found_return(request, wave, code, "surveys.answer")
    kept = Pending.objects.filter(of=one, pk=pending).select_related("user").first()
    if kept is None:
        messages.info(request, str(text("This was settled already.")))
        return redirect(_address(one, "return"))
    if request.method == "POST":
        mine = {path for path in kept.patches if request.POST.get(path) == "mine"}
        try:
            seen = {path: json.loads(request.POST.get(f"seen {path}", "")) for path in kept.patches
                    if request.POST.get(path) in ("mine", "theirs")}
        except ValueError as error:
            raise BadRequest from error
        try:
            moved = choose(kept, mine, seen, who(request, "surveys.answer", code))
        except NotOpenError:
            return _not_open(request, one)
        if not moved:
            messages.success(request, str(text("Your choice is saved.")))
            return redirect(_address(one, "return"))
        messages.warning(request, str(text("These fields have changed once more, or nothing was chosen; please choose "
                                           "again.")))
        return redirect(_address(one, "conflict", kept.pk))
    content, about = content_of(one), questionnaire_of(one.wave)
    choices = [_conflict(one, content, path, value) for path, value in kept.patches.items()]
    return render(request, "surveys/conflict.html", frame(request, one, content) | {
        "pending": kept, "choices": choices, "about": about})


def _conflict(one: Return, content: Content, path: str, mine: Any) -> Said:
    about = questionnaire_of(one.wave)
    question, now = question_of(path, about), value_at(content.record, path)
    last = next((revision for revision in Revision.objects.filter(of=one).select_related("user", "organisation")
                 if any(change[0] == path or path.startswith(str(change[0]) + "/")
                        or str(change[0]).startswith(path + "/") for change in revision.changes)), None)
    row = "/".join(path.split("/")[:3]) if path.startswith("r/") else ""
    gone = bool(row) and value_at(content.record, row) is None
    return {"path": path, "label": label_of(path, about, content.record), "mine": words_of(mine, question),
            "deletes": row == path and mine is None, "now": words_of(now, question), "gone": gone,
            "seen": json.dumps(now, ensure_ascii=False, sort_keys=True), "last": last}


@may("surveys.return")
def history(request: HttpRequest, wave: str, code: str) -> HttpResponse:
    """Who changed what and when, field by field."""
    one = found_return(request, wave, code, "surveys.return")
    content, about = content_of(one), questionnaire_of(one.wave)
    page = Paginator(Revision.objects.filter(of=one).select_related("user", "organisation"), A_PAGE).get_page(
        request.GET.get("page"))
    steps = [_step(revision) | {"changes": [
        {"label": label_of(path, about, content.record), "old": words_of(old, question_of(path, about)),
         "new": words_of(new, question_of(path, about))} for path, old, new in revision.changes[:200]],
        "more": max(0, len(revision.changes) - 200)} for revision in page]
    return render(request, "surveys/history.html", frame(request, one, content) | {"steps": steps, "page": page})


@require_POST
@keeps_typed
@may("surveys.review")
def comment(request: HttpRequest, wave: str, code: str) -> HttpResponse:
    """A word of the desk about one question."""
    one = found_return(request, wave, code, "surveys.review")
    path, words = request.POST.get("on", ""), storable(request.POST.get("words", "")).strip()[:2000]
    if path and (question_of(path, questionnaire_of(one.wave)) is None or len(path) > 200):
        raise BadRequest
    if words:
        by = who(request, "surveys.review", code)
        Comment.objects.create(of=one, path=path, words=words, user=by.user, organisation=by.organisation)
        audit.record(request, "surveys.comment", one, organisation=by.organisation, field=path)
        messages.success(request, str(text("Your comment is saved. The municipality sees it.")))
    after = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(after, allowed_hosts={request.get_host()})
    return redirect(after if safe else _address(one, "return"))
