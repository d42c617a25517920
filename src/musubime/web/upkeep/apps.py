from django.apps import AppConfig


class UpkeepConfig(AppConfig):
    name = "musubime.web.upkeep"
    label = "upkeep"
