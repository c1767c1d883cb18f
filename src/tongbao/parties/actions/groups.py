"""Sharing groups."""

from tongbao.journal.events import Event
from tongbao.journal.record import record, verb
from tongbao.kernel.checks import faults
from tongbao.kernel.refusals import Invalid, NotFound, Problem
from tongbao.parties.models import Organisation, SharingGroup
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.require import require

LONGEST = 80


@verb
def keep_group(public_id: str | None, *, name_zh: str, name_en: str, members: list[str], actor: Actor) -> SharingGroup:
    """Make a group (``public_id`` None) or set its names and members (codes of organisations).

    Members that the actor does not see stay. A repeat changes nothing.
    """
    group = SharingGroup()
    if public_id is not None:
        found = SharingGroup.objects.visible_to(actor).select_for_update().filter(public_id=public_id).first()
        if found is None:
            raise NotFound
        group = found
    require(actor, Can.GROUP_MANAGE)
    problems = faults("name_zh", name_zh, most=LONGEST) + faults("name_en", name_en, most=LONGEST)
    seen = Organisation.objects.visible_to(actor)
    found_members = {each.code: each for each in seen.filter(code__in=members)}
    problems += [
        Problem("members", "organisation-unknown", {"value": code[:40]})
        for code in members
        if code not in found_members
    ]
    if problems:
        raise Invalid(problems)
    before = None if public_id is None else _values(group)
    group.name_zh, group.name_en = name_zh.strip(), name_en.strip()
    group.save()
    group.members.set([*found_members.values(), *group.members.exclude(pk__in=seen)])
    if _values(group) != before:
        record(Event.GROUP_CHANGED, actor=actor, subject=group, refs=found_members.values())
    return group


def _values(group: SharingGroup) -> tuple[str, str, set[int]]:
    return group.name_zh, group.name_en, set(group.members.values_list("pk", flat=True))
