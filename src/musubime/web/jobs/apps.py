from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "musubime.web.jobs"
    label = "jobs"
