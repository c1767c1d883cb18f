from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "tongbao.operations"
    label = "operations"
