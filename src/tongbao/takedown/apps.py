from django.apps import AppConfig


class TakedownConfig(AppConfig):
    name = "tongbao.takedown"
    label = "takedown"
