"""The one place where the sign-in library's signals reach the journal."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver

from tongbao.accounts import actions
from tongbao.accounts.models import User
from tongbao.journal.events import Event


@receiver(user_logged_in)
def signed_in(user: User, **_: Any) -> None:
    actions.note_sign_in(user, succeeded=True)


@receiver(user_login_failed)
def failed(credentials: dict[str, Any], **_: Any) -> None:
    actions.note_sign_in(None, succeeded=False)


@receiver([password_changed, password_reset, password_set])
def new_password(user: User, **_: Any) -> None:
    actions.note_change(user, Event.ACCOUNT_PASSWORD_CHANGED)


@receiver([authenticator_added, authenticator_reset])
def more_factors(user: User, **_: Any) -> None:
    actions.note_change(user, Event.ACCOUNT_FACTOR_ADDED)


@receiver(authenticator_removed)
def fewer_factors(user: User, **_: Any) -> None:
    actions.note_change(user, Event.ACCOUNT_FACTOR_REMOVED)
