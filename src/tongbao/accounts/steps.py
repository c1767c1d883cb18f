"""Parts that an upper room's verb calls inside its own transaction."""

import secrets
from datetime import timedelta

from django.conf import settings

from tongbao.accounts.models import ApiToken, Invitation, User
from tongbao.journal.events import Event
from tongbao.journal.record import record
from tongbao.kernel import clock, ids
from tongbao.policy.actors import Actor

INVITATION_HOLDS = timedelta(days=7)


def create(*, email: str, name: str, language: str = "", actor: Actor) -> User:
    """An account that nobody can sign in to until its invitation is accepted."""
    user = User.objects.make(email=email, name=name, language=language, is_active=False)
    record(Event.ACCOUNT_CREATED, actor=actor, subject=user)
    return user


def invite(user: User, *, actor: Actor) -> str:
    """A fresh invitation for ``user``; earlier ones stop working. Returns the secret of its link."""
    now = clock.now()
    user.invitations.filter(accepted_at=None).update(expires_at=now)
    secret = secrets.token_urlsafe(24)
    Invitation.objects.create(user=user, digest=invitation_digest(secret), expires_at=now + INVITATION_HOLDS)
    record(Event.INVITATION_SENT, actor=actor, subject=user)
    return secret


def end(user: User, *, actor: Actor) -> None:
    """Close the account at once: no sign-in, no running session, no token."""
    now = clock.now()
    if user.ended_at is not None:
        return
    user.is_active, user.ended_at = False, now
    user.save(update_fields=["is_active", "ended_at"])
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=now)
    user.invitations.filter(accepted_at=None).update(expires_at=now)
    record(Event.ACCOUNT_ENDED, actor=actor, subject=user)


def invitation_digest(secret: str) -> str:
    return ids.keyed(settings.TONGBAO.secret_key, "invitation", secret)
