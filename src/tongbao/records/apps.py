from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "tongbao.records"
    label = "records"
