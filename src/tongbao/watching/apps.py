from django.apps import AppConfig


class WatchingConfig(AppConfig):
    name = "tongbao.watching"
    label = "watching"
