"""Addresses of our own account pages; signing in is the sign-in library's."""

from django.urls import path

from tongbao.accounts import views

urlpatterns = [
    path("keys/", views.tokens, name="tokens"),
    path("keys/<slug:public_id>/revoke/", views.revoke_token, name="token-revoke"),
]
