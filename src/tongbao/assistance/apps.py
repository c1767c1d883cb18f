from django.apps import AppConfig


class AssistanceConfig(AppConfig):
    name = "tongbao.assistance"
    label = "assistance"
