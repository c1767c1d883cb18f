from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "tongbao.incidents"
    label = "incidents"
