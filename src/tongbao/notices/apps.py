from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "tongbao.notices"
    label = "notices"
