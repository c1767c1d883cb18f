"""Calendar links: making one, revoking one."""

import secrets

from tongbao.accounts.models import User
from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel import clock
from tongbao.kernel.refusals import Forbidden, NotFound
from tongbao.policy.actors import Actor, system
from tongbao.policy.can import Can
from tongbao.policy.require import require
from tongbao.watching import feeds
from tongbao.watching.models import Feed


@verb
def make_feed(*, actor: Actor) -> tuple[Feed, str]:
    """A calendar link of the acting person for the organisation acted for. Returns it with its secret, shown this
    once; an earlier link of the same person and organisation stops working."""
    require(actor, Can.TOKEN_ISSUE)
    if actor.organisation is None:
        raise Forbidden(actor=actor.reference, can=Can.TOKEN_ISSUE)
    held = User.objects.select_for_update().get(pk=actor.account)
    for earlier in Feed.objects.filter(user=held, employer=actor.organisation, revoked_at=None):
        _revoke(earlier, actor)
    secret = secrets.token_urlsafe(24)
    feed = Feed(user=held, employer_id=actor.organisation, created_at=clock.now())
    feed.digest = feeds.digest_of(feed.public_id, secret)
    feed.save(force_insert=True)
    record(Event.FEED_MADE, actor=actor, subject=feed)
    return feed, secret


@verb
def revoke_feed(public_id: str, *, actor: Actor) -> Feed:
    """Stop one of the acting person's own links. A second call changes nothing."""
    rows = Feed.objects.visible_to(actor).select_for_update(of=("self",))
    feed = rows.filter(public_id=public_id).first()
    if feed is None:
        raise NotFound
    if feed.revoked_at is None:
        _revoke(feed, actor)
    return feed


@verb
def revoke_feeds_of(account: str) -> int:
    """Stop every link of an account that was closed; opening it again revives none. Returns how many there were."""
    found = list(Feed.objects.select_for_update(of=("self",)).filter(user__public_id=account, revoked_at=None))
    for feed in found:
        _revoke(feed, system("watch"))
    return len(found)


def _revoke(feed: Feed, actor: Actor) -> None:
    feed.revoked_at = clock.now()
    feed.save(update_fields=["revoked_at"])
    record(Event.FEED_REVOKED, actor=actor, subject=feed)
