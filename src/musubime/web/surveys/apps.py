from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "musubime.web.surveys"
    label = "surveys"
