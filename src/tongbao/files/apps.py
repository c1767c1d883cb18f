from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "tongbao.files"
    label = "files"
