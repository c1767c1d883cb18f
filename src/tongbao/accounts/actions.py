"""The verbs of accounts."""

import secrets
from datetime import timedelta

from tongbao.accounts import queries
from tongbao.accounts.models import ApiToken, User
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.checks import sound
from tongbao.kernel.refusals import Invalid, NotFound
from tongbao.policy import rules
from tongbao.policy.actors import ANONYMOUS, Actor, Kind
from tongbao.policy.can import Can
from tongbao.policy.require import require

LONGEST_TOKEN = timedelta(days=366)
LONGEST_LABEL = 120


@verb
def issue_token(*, actor: Actor, label: str, scopes: list[str], days: int) -> tuple[ApiToken, str]:
    """A token for programs of the acting user. Returns it with the bearer text, shown this once.

    Raises Invalid when the label is empty, a scope is unknown or not the actor's, or ``days`` is not 1-366.
    """
    require(actor, Can.TOKEN_ISSUE)
    known = {can.value for can in Can if rules.holds(actor, can)}
    name = sound("label", label, most=LONGEST_LABEL)
    if not scopes or not set(scopes) <= known:
        raise Invalid.one("scopes", "scope-not-yours")
    if not timedelta(days=1) <= timedelta(days=days) <= LONGEST_TOKEN:
        raise Invalid.one("days", "token-days", most=LONGEST_TOKEN.days)
    now, secret = clock.now(), secrets.token_urlsafe(24)
    token = ApiToken(user_id=actor.account, employer=actor.organisation, label=name, scopes=sorted(scopes))
    token.created_at, token.expires_at = now, now + timedelta(days=days)
    token.digest = queries.token_digest(token.public_id, secret)
    token.save(force_insert=True)
    record(Event.TOKEN_ISSUED, actor=actor, subject=token, scopes=token.scopes, days=days)
    return token, f"tb_{token.public_id}_{secret}"


@verb
def revoke_token(public_id: str, *, actor: Actor) -> ApiToken:
    """Stop one of the acting user's own tokens. A second call changes nothing."""
    token = ApiToken.objects.select_for_update().filter(public_id=public_id, user_id=actor.account).first()
    if token is None:
        raise NotFound
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
        record(Event.TOKEN_REVOKED, actor=actor, subject=token)
    return token


@verb
def note_sign_in(user: User | None, *, succeeded: bool) -> None:
    """Journal a sign-in, or a failed one (whose address is not kept)."""
    if user is not None and succeeded:
        record(Event.ACCOUNT_SIGNED_IN, actor=_person(user), subject=user)
    else:
        record(Event.ACCOUNT_SIGN_IN_FAILED, actor=ANONYMOUS, subject=user or ("account", "unknown"))


@verb
def note_change(user: User, event: Event) -> None:
    """Journal that somebody changed how they sign in."""
    record(event, actor=_person(user), subject=user)


def _person(user: User) -> Actor:
    return Actor(Kind.USER, f"user:{user.public_id}", user=user.pk)
