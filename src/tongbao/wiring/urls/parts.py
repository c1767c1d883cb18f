"""What the faces are put together from."""

from django.conf import settings
from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from tongbao.accounts import urls as accounts
from tongbao.incidents import urls as incidents
from tongbao.ui import preferences
from tongbao.wiring import health, navigation, signing_in
from tongbao.wiring.demo import views as demo

pages: list[URLPattern | URLResolver] = [
    *signing_in.urlpatterns,
    path("", include(accounts)),
    path("", include("tongbao.parties.urls")),
    path("", include("tongbao.records.urls")),
    path("", include("tongbao.records.approvals.urls")),
    path("", include("tongbao.incidents.filing_urls")),
    path("", include("tongbao.joint.urls")),
    path("", include("tongbao.watching.calendar_urls")),
    path("", include(incidents.files_urlpatterns)),
    path("preferences/", preferences.choose, name="preferences"),
]
if settings.TONGBAO.demo:
    pages += [
        path("demo/mail/", demo.mails, name="demo-mails"),
        path("demo/mail/<int:number>/", demo.mail, name="demo-mail"),
        path("demo/mail/<int:number>/reply/", demo.reply, name="demo-reply"),
    ]
portal = [path("", include("tongbao.portal.urls")), path("", include("tongbao.assistance.own_urls"))]
console = [
    path("console/", include("tongbao.console.urls")),
    path("", include("tongbao.incidents.urls")),
    path("", include("tongbao.assistance.urls")),
    path("", include("tongbao.takedown.urls")),
    path("", include("tongbao.lessons.urls")),
    path("", include("tongbao.exposure.urls")),
    path("", include("tongbao.operations.urls")),
    path("", include("tongbao.notices.urls")),
    path("", include("tongbao.cooperation.urls")),
    path("", include("tongbao.release.urls")),
    path("", include("tongbao.watching.urls")),
    path("", include("tongbao.observations.urls")),
]
api = [path("api/", include("tongbao.api.urls"))]
start = [path("", navigation.start, name="start")]
watched = [path("healthz", health.healthz, name="healthz")]
