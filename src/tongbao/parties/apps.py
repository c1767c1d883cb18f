from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "tongbao.parties"
    label = "parties"
