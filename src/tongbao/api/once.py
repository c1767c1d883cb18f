"""Creating things once: a program repeats its request with the same key and gets the same thing back."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from tongbao.api.endpoint import text_of
from tongbao.api.models import KeyUse
from tongbao.files.steps import Received
from tongbao.kernel import clock, ids
from tongbao.kernel.canonical import digest
from tongbao.kernel.refusals import Conflict
from tongbao.ui.guards import Asked

GIVE_UP = timedelta(minutes=2)
HEADER = "Idempotency-Key"


def once(
    request: Asked, make: Callable[[], str], uploads: Sequence[Received] = (), *, part: str = ""
) -> tuple[str, bool]:
    """Run ``make`` (it returns the public id of what it made), or find what the same key made before.

    ``uploads``: the files that came beside the body. ``part``: which of several things the request makes.

    Returns the public id and whether it had been made before. Without a key everything is new. Raises Conflict
    for a key used with another content, or while the first request is still running.
    """
    given = request.headers.get(HEADER, "")
    if not given:
        return make(), False
    name = ":".join([request.actor.reference, request.path, given, *([part] if part else [])])
    key = ids.keyed(settings.TONGBAO.secret_key, "idempotency", name)
    content = digest("\n".join([text_of(request), *(each.written.sha256 for each in uploads)]))
    held = _claim(key, content)
    if held is not None:
        return held, True
    try:
        made = make()
    except BaseException:
        KeyUse.objects.filter(key=key, made="").delete()
        raise
    KeyUse.objects.filter(key=key).update(made=made)
    return made, False


def _claim(key: str, content: str) -> str | None:
    """What the key made before; None when it is ours to use now."""
    now = clock.now()
    KeyUse.objects.filter(key=key, made="", created_at__lt=now - GIVE_UP).delete()
    try:
        with transaction.atomic():
            KeyUse.objects.create(key=key, content=content, created_at=now)
    except IntegrityError:
        held = KeyUse.objects.filter(key=key).first()
        if held is None or not held.made:
            raise Conflict("still-running") from None
        if held.content != content:
            raise Conflict("key-reused") from None
        return held.made
    return None


def forget(older_than: timedelta = timedelta(days=2)) -> int:
    """Drop keys that no program will repeat any more."""
    return KeyUse.objects.filter(created_at__lt=clock.now() - older_than).delete()[0]
