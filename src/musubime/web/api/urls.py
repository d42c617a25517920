from django.urls import path

from . import views

app_name = "api_pages"
urlpatterns = [
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<uuid:token>/revoke/", views.revoke, name="revoke"),
]
