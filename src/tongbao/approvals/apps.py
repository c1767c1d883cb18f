from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "tongbao.approvals"
    label = "approvals"
