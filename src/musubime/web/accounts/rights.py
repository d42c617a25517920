"""Who may do what: one table. A view without a right is closed to everybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from .models import Membership, Organisation
from .second_factor import ask_for_second_factor, has_second_factor

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

ANYONE = "anyone"
SIGNED_IN = "signed in"
ADMINISTRATOR = "administrator"


def _all(*kinds: str, roles: str = "lead staff reader") -> tuple[str, ...]:
    return tuple(f"{kind}.{role}" for kind in kinds for role in roles.split())


PLANNERS = _all("municipality", "prefecture", roles="lead staff")
OFFICIALS = _all("ministry", "prefecture", "municipality")
LEADS = _all("ministry", "prefecture", "municipality", "rmo", "intermediary", "company", roles="lead")

RIGHTS: Mapping[str, frozenset[str]] = {name: frozenset(who) for name, who in {
    "pages.see": (ANYONE,),
    "accounts.enter": (ANYONE,),
    "accounts.log": (ADMINISTRATOR, *LEADS),
    "accounts.me": (SIGNED_IN,),
    "accounts.members": (ADMINISTRATOR, *LEADS),
    "accounts.organisations": (ADMINISTRATOR,),
    "accounts.people": (ADMINISTRATOR,),
    "accounts.rights": (ANYONE,),
    "places.see": (ANYONE,),
    "places.directory": (ADMINISTRATOR,),
    "places.edit": (ADMINISTRATOR, *PLANNERS),
    "places.import": (ADMINISTRATOR, *PLANNERS),
    "places.private": (ADMINISTRATOR, *OFFICIALS),
    "plans.see": (ANYONE,),
    "plans.drafts": (ADMINISTRATOR, *_all("municipality", "prefecture")),  # plans that are not published
    "plans.publish": (ADMINISTRATOR, *PLANNERS),
    "workshop.ask": (ANYONE,),
    "workshop.moderate": (ADMINISTRATOR, *_all("municipality", roles="lead staff")),
    "workshop.see": (ANYONE,),
    "workshop.speak": (ANYONE,),
    "api.tokens": (ADMINISTRATOR, *LEADS),
    "jobs.see": (ADMINISTRATOR, *OFFICIALS),
    "jobs.cancel": (ADMINISTRATOR, *_all("ministry", "prefecture", "municipality", roles="lead staff")),
    "surveys.answer": _all("municipality", "prefecture", roles="lead staff"),
    "surveys.board": (ADMINISTRATOR, *_all("ministry")),
    "surveys.contact": _all("ministry", "prefecture", "municipality", roles="lead staff"),
    "surveys.desk": (ADMINISTRATOR, *_all("ministry", "prefecture")),
    "surveys.make": _all("ministry", "prefecture", roles="lead staff"),
    "surveys.open": _all("ministry", roles="lead staff"),
    "surveys.return": (ADMINISTRATOR, *OFFICIALS),
    "surveys.review": _all("ministry", "prefecture", roles="lead staff"),
    "surveys.see": (ANYONE,),
    "upkeep.health": (ANYONE,),
    "upkeep.administer": (ADMINISTRATOR,),
}.items()}

# Rights under which somebody sees personal data of others, or keeps the site and its keys: only with a second factor.
PERSONAL: frozenset[str] = frozenset({
    "accounts.log",
    "accounts.members",
    "accounts.organisations",
    "accounts.people",
    "api.tokens",
    "upkeep.administer",
    "surveys.contact",
})


def memberships(user: Any) -> list[Membership]:
    """The user's memberships, read once for each request."""
    if user is None or not user.is_authenticated:
        return []
    if not hasattr(user, "_memberships"):
        user._memberships = list(user.memberships.select_related("organisation"))
    return list(user._memberships)


def principals(user: Any) -> frozenset[str]:
    """Every name under which the table may let this user in."""
    found = {ANYONE}
    if user is not None and user.is_authenticated:
        found |= {SIGNED_IN} | {membership.principal for membership in memberships(user)}
        if user.is_superuser:
            found.add(ADMINISTRATOR)
    return frozenset(found)


def rights_of(user: Any) -> frozenset[str]:
    """Names of all that the user may do somewhere (where, `may_in` says)."""
    who = principals(user)
    return frozenset(name for name, allowed in RIGHTS.items() if allowed & who)


def may_in(user: Any, right: str, code: str) -> bool:
    """Whether the user may do this in the municipality `code` (six digits): the administrator and those whom the table
    lets in for an organisation whose area covers it; where the table says anyone, anyone."""
    allowed = RIGHTS[right]
    if ANYONE in allowed or (user.is_authenticated and SIGNED_IN in allowed):
        return True
    if user.is_authenticated and user.is_superuser and ADMINISTRATOR in allowed:
        return True
    return any(m.principal in allowed and m.organisation.covers(code) for m in memberships(user))


def may_for(user: Any, right: str, organisation: Organisation) -> bool:
    """Whether the user may do this to the organisation itself: the administrator, and those whom the table lets in for
    just this organisation, whatever else they belong to."""
    allowed = RIGHTS[right]
    if user.is_authenticated and user.is_superuser and ADMINISTRATOR in allowed:
        return True
    return any(m.principal in allowed and m.organisation_id == organisation.pk for m in memberships(user))


def require_for(request: HttpRequest, right: str, organisation: Organisation) -> None:
    """Raises PermissionDenied unless the reader may do this to the organisation itself."""
    if not may_for(request.user, right, organisation):
        raise PermissionDenied


def require_in(request: HttpRequest, right: str, code: str) -> None:
    """Raises PermissionDenied unless the reader may do this in the municipality."""
    if not may_in(request.user, right, code):
        raise PermissionDenied


def may(right: str) -> Callable[[View], View]:
    """Close a view to all whom the table does not name. Who is not signed in is asked to; others get 403. Rights in
    PERSONAL also need a second factor: who has given none in this session is asked for it, and comes back.

    The view itself asks `require_in` when it acts on one municipality's things.
    """
    allowed = RIGHTS[right]

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not allowed & principals(request.user):
                if not request.user.is_authenticated:
                    return redirect_to_login(request.get_full_path())
                raise PermissionDenied
            if right in PERSONAL and not has_second_factor(request):
                return ask_for_second_factor(request)
            return view(request, *args, **kwargs)

        guarded.right = right  # type: ignore[attr-defined]
        return cast(View, guarded)

    return decorate
