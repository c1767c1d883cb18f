"""What the faces are put together from."""

from django.urls import include, path

from tongbao.accounts import urls as accounts
from tongbao.incidents import urls as incidents
from tongbao.ui import preferences
from tongbao.wiring import health, signing_in

pages = [
    *signing_in.urlpatterns,
    path("", include(accounts)),
    path("", include("tongbao.parties.urls")),
    path("", include(incidents.files_urlpatterns)),
    path("preferences/", preferences.choose, name="preferences"),
    path("healthz", health.healthz, name="healthz"),
]
portal = [path("", include("tongbao.portal.urls"))]
console = [
    path("console/", include("tongbao.console.urls")),
    path("", include("tongbao.incidents.urls")),
    path("", include("tongbao.operations.urls")),
]
api = [path("healthz", health.healthz, name="healthz")]
