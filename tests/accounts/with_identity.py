"""The product's addresses as they are when an identity provider is set."""

from allauth.socialaccount.providers.openid_connect import urls as identity
from django.urls import include, path

from tongbao.wiring.urls import all as every

urlpatterns = [*every.urlpatterns, path("account/", include(identity))]
handler400, handler403, handler404, handler500 = every.handler400, every.handler403, every.handler404, every.handler500
