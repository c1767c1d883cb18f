from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "tongbao.console"
    label = "console"
