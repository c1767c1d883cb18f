from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "tongbao.policy"
    label = "policy"
