from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "tongbao.portal"
    label = "portal"
