from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "musubime.web.places"
    label = "places"
