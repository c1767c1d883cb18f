from django.apps import AppConfig


class ExposureConfig(AppConfig):
    name = "tongbao.exposure"
    label = "exposure"
