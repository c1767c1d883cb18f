from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "tongbao.journal"
    label = "journal"
