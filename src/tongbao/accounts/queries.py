"""Reading accounts: who a token or an invitation stands for."""

import hmac
import logging
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import OperationalError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tongbao.accounts.models import ApiToken, Invitation, User
from tongbao.accounts.steps import invitation_digest
from tongbao.kernel import clock, ids
from tongbao.policy.statements import Statement
from tongbao.ui.sentences import word

_USED_EVERY = timedelta(minutes=5)
_log = logging.getLogger(__name__)


def token_digest(public_id: str, secret: str) -> str:
    return ids.keyed(settings.TONGBAO.secret_key, "api-token", f"{public_id}:{secret}")


def token_of(bearer: str) -> ApiToken | None:
    """The open token that ``bearer`` (``tb_<id>_<secret>``) proves, or None. Compared in constant time."""
    prefix, _, rest = bearer.partition("_")
    public_id, _, secret = rest.partition("_")
    if prefix != "tb" or not secret or not public_id.isalnum():
        return None
    token = _token.first(public_id)
    expected = token.digest if token else "0" * 64
    matches = hmac.compare_digest(expected, token_digest(public_id, secret))
    if token is None or not matches or not token.open_at(clock.now()) or not token.user.is_active:
        return None
    return token


@Statement
def _token(public_id: str) -> QuerySet[ApiToken]:
    return ApiToken.objects.select_related("user").filter(public_id=public_id)


def user_at(address: str) -> User | None:
    """Whose account this address opens, or None."""
    return User.objects.filter(email=address.strip().lower(), is_active=True).first()


def named(actors: Iterable[str]) -> dict[str, str]:
    """Who acted, in words, by the references that are kept: a person's name, a program's person, what it stands for."""
    actors = set(actors)
    refs = {kind: [a.partition(":")[2] for a in actors if a.startswith(f"{kind}:")] for kind in ("user", "token")}
    users = User.objects.filter(public_id__in=refs["user"]).values_list("public_id", "name")
    tokens = ApiToken.objects.filter(public_id__in=refs["token"]).values_list("public_id", "user__name")
    found = {f"user:{ref}": name for ref, name in users}
    found |= {f"token:{ref}": _("%(name)s, by a program") % {"name": name} for ref, name in tokens}
    return {actor: found.get(actor) or word("actor", actor.partition(":")[0]) for actor in actors}


def note_use(token: ApiToken) -> None:
    """Keep roughly when a token was last used; at most one write every few minutes.

    A full disk or a locked database must not keep a program from reading.
    """
    now = clock.now()
    if token.last_used_at is None or now - token.last_used_at > _USED_EVERY:
        try:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        except OperationalError as error:
            _log.warning("use of a token not noted: %s", error)


def invitation_of(secret: str) -> Invitation | None:
    """The open invitation whose link carries ``secret``, or None."""
    found = Invitation.objects.filter(digest=invitation_digest(secret)).first()
    return found if found and found.open_at(clock.now()) else None
