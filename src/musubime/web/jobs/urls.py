from django.urls import path

from . import views

app_name = "jobs"
urlpatterns = [
    path("", views.listed, name="list"),
    path("<uuid:job>/", views.one, name="one"),
    path("<uuid:job>/progress/", views.progress, name="progress"),
    path("<uuid:job>/cancel/", views.cancel, name="cancel"),
]
