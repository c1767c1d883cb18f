from django.apps import AppConfig


class JointConfig(AppConfig):
    name = "tongbao.joint"
    label = "joint"
