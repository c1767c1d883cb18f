from django.apps import AppConfig


class ReleaseConfig(AppConfig):
    name = "tongbao.release"
    label = "release"
