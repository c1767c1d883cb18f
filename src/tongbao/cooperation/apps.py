from django.apps import AppConfig


class CooperationConfig(AppConfig):
    name = "tongbao.cooperation"
    label = "cooperation"
