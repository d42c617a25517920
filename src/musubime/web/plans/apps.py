from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "musubime.web.plans"
    label = "plans"
