from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "musubime.web.accounts"
    label = "accounts"

    def ready(self) -> None:
        from .signals import connect

        connect()
