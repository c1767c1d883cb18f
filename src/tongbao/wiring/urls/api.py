"""The API face."""

from tongbao.wiring.urls import parts

urlpatterns = [*parts.watched, *parts.api]

handler400 = "tongbao.ui.errors.bad_request"
handler403 = "tongbao.ui.errors.forbidden"
handler404 = "tongbao.ui.errors.not_found"
handler429 = "tongbao.ui.errors.too_many"
handler500 = "tongbao.ui.errors.server_error"
