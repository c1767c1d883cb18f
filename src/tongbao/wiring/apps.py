from django.apps import AppConfig


class WiringConfig(AppConfig):
    name = "tongbao.wiring"
    label = "wiring"
