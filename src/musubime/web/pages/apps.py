from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "musubime.web.pages"
    label = "pages"
