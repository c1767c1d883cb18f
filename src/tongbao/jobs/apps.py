from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "tongbao.jobs"
    label = "jobs"
