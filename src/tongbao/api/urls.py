"""Addresses of the API."""

from django.urls import path, re_path

from tongbao.api import problems
from tongbao.api.app import api

urlpatterns = [path("", api.urls), re_path(r"^(?P<rest>.*)$", problems.not_found)]
