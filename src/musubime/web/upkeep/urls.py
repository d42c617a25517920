from django.urls import path

from . import views

app_name = "upkeep"
urlpatterns = [
    path("", views.health, name="health"),
    path("administer/", views.administer, name="administer"),
]
