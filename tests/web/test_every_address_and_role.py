"""Every address of the site, opened as everybody: what happens is what the table of rights says.

An app's file tests/web/examples/APP.py gives `addresses()`: for each of its names what to put into the address, about
things of 岩国市 (352080). Where one name is for fewer people than its right says (a lead keeps the own organisation
only), `narrower()` names those who remain.
"""

from __future__ import annotations

import copy
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from signing_in import as_signed_in

from musubime.web.accounts.middleware import guards_itself
from musubime.web.accounts.models import User
from musubime.web.accounts.rights import ANYONE, PERSONAL, RIGHTS, SIGNED_IN

pytestmark = pytest.mark.django_db
EXAMPLES = Path(__file__).parent / "examples"
LOGIN, SECOND_FACTOR = "/account/login/?next=", ("/account/2fa/", "/account/2fa/reauthenticate/?next=")


def _patterns(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, f"{space}{entry.namespace}:" if entry.namespace else space)
        else:
            yield f"{space}{entry.name}", entry


def _views() -> dict[str, Any]:
    """Name of an address -> its view, for all that are ours; libraries guard their own."""
    found = {}
    for name, entry in _patterns(get_resolver()):
        if not guards_itself(entry.callback):
            found[name] = entry.callback
    return found


VIEWS = _views()
APPS = sorted({name.split(":")[0] for name in VIEWS if ":" in name})


def _examples(app: str) -> ModuleType:
    path = EXAMPLES / f"{app}.py"
    assert path.is_file(), f"tests/web/examples/{app}.py is missing"
    spec = importlib.util.spec_from_file_location(f"examples_{app}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _clients(everyone: dict[str, User | None]) -> dict[str, Client]:
    clients = {}
    for principal, user in everyone.items():
        clients[principal] = Client(raise_request_exception=False)
        if user is not None:
            as_signed_in(clients[principal], user)
    return clients


def _answer(client: Client, method: str, address: str) -> tuple[int, str]:
    """Status and Location; nothing that the request did to the database or to the client stays."""
    cookies = copy.deepcopy(client.cookies)
    with transaction.atomic():
        answer = getattr(client, method)(address)
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer.status_code, answer.headers.get("Location", "")


def _allowed(principal: str, right: str) -> bool:
    named = "municipality.lead" if principal == "elsewhere" else principal
    allowed = RIGHTS[right]
    return ANYONE in allowed or named in allowed or (SIGNED_IN in allowed and principal != "anyone")


def _wrong(principal: str, right: str, status: int, location: str, *, narrow: frozenset[str] | None, has_thing: bool,
           ) -> str:
    """What is wrong with an answer; "" when it is what the table says."""
    refused = status in (401, 403)
    if status >= 500:
        return "the site broke"
    if status == 405:
        return ""  # another method's address: nothing is shown, nothing is done
    if not _allowed(principal, right):
        if principal == "anyone":
            return "" if location.startswith(LOGIN) or status == 401 else "not asked to sign in"
        return "" if refused else "not refused"
    if location.startswith(LOGIN) and principal != "anyone":
        return "asked to sign in again"
    if location.startswith(SECOND_FACTOR):
        return "asked for a second factor again"
    if narrow is not None and principal not in narrow:
        return "" if status in (403, 404) else "not refused though it is for fewer"
    open_to_all = bool(RIGHTS[right] & {ANYONE, SIGNED_IN})
    if principal == "elsewhere" and has_thing and not open_to_all:
        return "" if status in (403, 404) else "another municipality's thing was not refused"
    if refused and not open_to_all:
        return "refused"
    return ""


@pytest.mark.parametrize("app", APPS)
def test_each_address_is_open_to_those_whom_the_table_names(app: str, everyone: dict[str, User | None]) -> None:
    examples = _examples(app)
    addresses = examples.addresses()
    narrower = getattr(examples, "narrower", dict)()
    views = {name: view for name, view in VIEWS.items() if name.split(":")[0] == app}
    assert not (missing := sorted(set(views) - set(addresses))), f"no example of {missing}"
    assert not (unknown := sorted(set(addresses) - set(views))), f"examples of nothing: {unknown}"
    clients = _clients(everyone)
    found = []
    for name, view in views.items():
        right = view.right
        given = addresses[name]
        address = reverse(name, kwargs=given)
        for principal, client in clients.items():
            for method in ("get", "post"):
                status, location = _answer(client, method, address)
                wrong = _wrong(principal, right, status, location, narrow=narrower.get(name), has_thing=bool(given))
                if wrong:
                    found.append(f"{method} {name} ({right}) as {principal}: {wrong} ({status} {location})")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("app", APPS)
def test_nothing_is_done_without_the_forms_own_secret(app: str, everyone: dict[str, User | None]) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    administrator = everyone["administrator"]
    assert administrator is not None
    as_signed_in(client, administrator)
    for name, given in _examples(app).addresses().items():
        status, _ = _answer(client, "post", reverse(name, kwargs=given))
        assert status in (403, 405), f"POST {name} without the secret: {status}"


@pytest.mark.parametrize("app", APPS)
def test_personal_data_is_shown_with_a_second_factor_only(app: str, everyone: dict[str, User | None]) -> None:
    administrator = everyone["administrator"]
    assert administrator is not None
    client = Client(raise_request_exception=False)
    as_signed_in(client, administrator, second_factor=False)
    lead = Client(raise_request_exception=False)
    assert everyone["municipality.lead"] is not None
    as_signed_in(lead, everyone["municipality.lead"], second_factor=False)
    for name, given in _examples(app).addresses().items():
        right = VIEWS[name].right
        for who, principal in ((client, "administrator"), (lead, "municipality.lead")):
            if right in PERSONAL and _allowed(principal, right):
                for method in ("get", "post"):
                    status, location = _answer(who, method, reverse(name, kwargs=given))
                    assert status == 405 or location.startswith(SECOND_FACTOR), f"{method} {name}: {status} {location}"


def test_every_view_names_a_right_of_the_table() -> None:
    assert not [name for name, view in VIEWS.items() if getattr(view, "right", None) not in RIGHTS]


def test_a_view_that_names_no_right_is_closed(everyone: dict[str, User | None], rf: Any) -> None:
    from django.core.exceptions import PermissionDenied
    from django.http import HttpResponse

    from musubime.web.accounts.middleware import RightsMiddleware

    def forgotten(request: Any) -> HttpResponse:
        return HttpResponse("open")

    request = rf.get("/")
    request.user = everyone["administrator"]
    with pytest.raises(PermissionDenied):
        RightsMiddleware(forgotten).process_view(request, forgotten, (), {})
    forgotten.right = "pages.see"  # type: ignore[attr-defined]
    RightsMiddleware(forgotten).process_view(request, forgotten, (), {})
