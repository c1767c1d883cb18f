from django.apps import AppConfig


class ObservationsConfig(AppConfig):
    name = "tongbao.observations"
    label = "observations"
