from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "musubime.web.api"
    label = "api"
