"""Parts that an upper room's verb calls inside its own transaction."""

import secrets
from datetime import timedelta

from django.conf import settings

from tongbao.accounts.models import ApiToken, Invitation, User
from tongbao.journal.events import Event
from tongbao.journal.record import record
from tongbao.kernel import clock, ids
from tongbao.kernel.refusals import Conflict
from tongbao.policy.actors import Actor, Kind

INVITATION_HOLDS = timedelta(days=7)


def invite(*, email: str, name: str, language: str) -> tuple[Invitation, str]:
    """A fresh invitation and the secret of its link. Whether an account exists already makes no difference."""
    now, secret = clock.now(), secrets.token_urlsafe(24)
    invitation = Invitation.objects.create(
        email=email,
        name=name,
        language=language,
        digest=invitation_digest(secret),
        created_at=now,
        expires_at=now + INVITATION_HOLDS,
    )
    return invitation, secret


def admit(invitation: Invitation, *, password: str, actor: Actor) -> User:
    """The account of the invited person: made with ``password``, or theirs if they have signed in to it.

    A closed account is opened again with the new password. Raises Conflict when an open account exists and
    somebody else (or nobody) has signed in.
    """
    user = User.objects.select_for_update().filter(email=invitation.email).first()
    if user is not None and user.is_active:
        if actor.user != user.pk:
            raise Conflict("sign-in-to-accept")
    else:
        user = user or User.objects.make(email=invitation.email, name=invitation.name, language=invitation.language)
        user.set_password(password)
        user.is_active, user.ended_at = True, None
        user.save(update_fields=["password", "is_active", "ended_at"])
        record(Event.ACCOUNT_CREATED, actor=_person(user), subject=user)
    invitation.accepted_at, invitation.user = clock.now(), user
    invitation.save(update_fields=["accepted_at", "user"])
    return user


def end(user: User, *, actor: Actor) -> None:
    """Close the account at once: no sign-in, no running session, no token."""
    now = clock.now()
    if user.ended_at is not None:
        return
    user.is_active, user.ended_at = False, now
    user.save(update_fields=["is_active", "ended_at"])
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=now)
    record(Event.ACCOUNT_ENDED, actor=actor, subject=user)


def invitation_digest(secret: str) -> str:
    return ids.keyed(settings.TONGBAO.secret_key, "invitation", secret)


def _person(user: User) -> Actor:
    return Actor(Kind.USER, f"user:{user.public_id}", user=user.pk)
