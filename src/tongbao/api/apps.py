from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "tongbao.api"
    label = "api"
