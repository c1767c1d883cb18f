from django.apps import AppConfig


class LessonsConfig(AppConfig):
    name = "tongbao.lessons"
    label = "lessons"
