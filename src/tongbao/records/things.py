"""Things by kind and identifier, as the rule of release wants them: what an officer may see, ready to be judged."""

from collections.abc import Callable
from typing import Any

from tongbao.incidents.models import Incident, Submission
from tongbao.kernel.refusals import NotFound
from tongbao.notices.models import Notice
from tongbao.operations.models import Fact
from tongbao.policy.actors import Actor
from tongbao.release.facts import Thing
from tongbao.release.steps import digest_of


def _title(row: Any) -> str:
    return str(getattr(row, "title", "") or getattr(row, "summary", "") or getattr(row, "text", ""))


KINDS: dict[str, Callable[[Actor], Any]] = {
    "fact": lambda actor: Fact.objects.visible_to(actor),
    "incident": lambda actor: Incident.objects.visible_to(actor),
    "notice": lambda actor: Notice.objects.visible_to(actor),
    "submission": lambda actor: Submission.objects.visible_to(actor),
}


def found(actor: Actor, kind: str, ref: str) -> Thing:
    """The thing, if the actor may see it. Hidden is not found, like a kind that there is not."""
    rows = KINDS.get(kind)
    row = rows(actor).filter(public_id=ref).first() if rows is not None else None
    if row is None:
        raise NotFound
    zh = getattr(row, "title_zh", "") or _title(row)
    en = getattr(row, "title_en", "") or _title(row)
    return Thing(
        kind=kind,
        ref=ref,
        digest=digest_of(zh, en),
        marking=row.marking(),
        title_zh=zh,
        title_en=en,
        operation=row.operation_id,
    )
