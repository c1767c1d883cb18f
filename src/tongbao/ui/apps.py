from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "tongbao.ui"
    label = "ui"
