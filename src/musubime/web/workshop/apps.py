from django.apps import AppConfig


class WorkshopConfig(AppConfig):
    name = "musubime.web.workshop"
    label = "workshop"
