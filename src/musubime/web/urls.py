"""Addresses of the site, by subject. They are stable: people share them, and print them on paper."""

from django.urls import include, path

from .api.endpoints import api
from .pages.views import home, icon, set_language

urlpatterns = [
    path("", home, name="home"),
    path("favicon.ico", icon, name="icon"),
    path("language/", set_language, name="set_language"),
    path("account/", include("musubime.web.accounts.sign_in")),
    path("accounts/", include("musubime.web.accounts.urls")),
    path("places/", include("musubime.web.places.urls")),
    path("plans/", include("musubime.web.plans.urls")),
    path("surveys/", include("musubime.web.surveys.urls")),
    path("jobs/", include("musubime.web.jobs.urls")),
    path("workshop/", include("musubime.web.workshop.urls")),
    path("api/", include("musubime.web.api.urls")),
    path("api/v1/", api.urls),
    path("health/", include("musubime.web.upkeep.urls")),
]

handler400 = "musubime.web.pages.views.bad_request"
handler403 = "musubime.web.pages.views.forbidden"
handler404 = "musubime.web.pages.views.not_found"
handler500 = "musubime.web.pages.views.broken"
