from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "tongbao.accounts"
    label = "accounts"

    def ready(self) -> None:
        from tongbao.accounts import signals  # noqa: F401 - connects the receivers
