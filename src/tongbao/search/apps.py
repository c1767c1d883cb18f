from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "tongbao.search"
    label = "search"
