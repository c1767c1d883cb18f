"""Sharing groups."""

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel.refusals import Invalid, NotFound, Problem
from tongbao.parties.models import Organisation, SharingGroup
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require


@verb
def keep_group(public_id: str | None, *, name_zh: str, name_en: str, members: list[str], actor: Actor) -> SharingGroup:
    """Make a group (``public_id`` None) or set its names and members (codes of organisations)."""
    group = SharingGroup()
    if public_id is not None:
        found = SharingGroup.objects.visible_to(actor).select_for_update().filter(public_id=public_id).first()
        if found is None:
            raise NotFound
        group = found
    require(actor, Can.GROUP_MANAGE)
    problems = [Problem(n, "required") for n, v in (("name_zh", name_zh), ("name_en", name_en)) if not v.strip()]
    found_members = {each.code: each for each in Organisation.objects.visible_to(actor).filter(code__in=members)}
    problems += [
        Problem("members", "organisation-unknown", {"value": code[:40]})
        for code in members
        if code not in found_members
    ]
    if problems:
        raise Invalid(problems)
    group.name_zh, group.name_en = name_zh.strip()[:80], name_en.strip()[:80]
    group.save()
    group.members.set(found_members.values())
    record(
        Event.GROUP_CHANGED,
        actor=actor,
        subject=group,
        refs=found_members.values(),
    )
    return group
