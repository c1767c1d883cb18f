"""The sign-in library's addresses that we use: no sign-up, no change of address, no linking of accounts."""

from allauth.account import views as account
from allauth.mfa import urls as factors
from allauth.socialaccount.providers.openid_connect import urls as identity
from django.conf import settings
from django.urls import include, path, re_path
from django.urls.resolvers import URLPattern, URLResolver

_account = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/", include(_account)),
    path("account/2fa/", include(factors)),
]
if settings.TONGBAO.oidc_name:
    urlpatterns.append(path("account/", include(identity)))
