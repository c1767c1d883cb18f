"""The one place where the sign-in library's signals reach the journal."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver

from tongbao.accounts import actions
from tongbao.accounts.models import User


@receiver(user_logged_in)
def signed_in(user: User, **_: Any) -> None:
    actions.note_sign_in(user, succeeded=True)


@receiver(user_login_failed)
def failed(credentials: dict[str, Any], **_: Any) -> None:
    actions.note_sign_in(None, succeeded=False)
