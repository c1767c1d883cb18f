"""The verbs of joint assessments, each with a call that works."""

from typing import Any

from tests.journal.story import Act, Story
from tongbao.joint import actions
from tongbao.joint.models import JointAssessment
from tongbao.journal.events import Event

E = Event


def _begun(d: Any) -> tuple[JointAssessment, str]:
    return actions.begin_joint(d.other.public_id, question="x", actor=d.cast.officer)


def _join(d: Any) -> Act:
    code = _begun(d)[1]
    return lambda actor: actions.join_joint(code, actor=actor)


def _name(d: Any) -> Act:
    key, email = _begun(d)[0].public_id, d.cast.country.people["handler"].email
    return lambda actor: actions.name_in_joint(key, user=email, actor=actor)


def _write(d: Any) -> Act:
    key = _begun(d)[0].public_id
    return lambda actor: actions.write_joint(key, text="x", edition=0, actor=actor)


def _sign(d: Any) -> Act:
    key = _begun(d)[0].public_id
    actions.write_joint(key, text="x", edition=0, actor=d.cast.officer)
    return lambda actor: actions.sign_joint(key, edition=1, agrees=True, actor=actor)


JOINT: dict[str, Story] = {
    "joint.actions.begin_joint": Story(
        lambda d: lambda actor: actions.begin_joint(d.other.public_id, question="x", actor=actor),
        {E.JOINT_BEGUN},
        refused="auditor",
        again=False,
    ),
    "joint.actions.join_joint": Story(_join, {E.JOINT_JOINED}, by="bureau", refused="auditor"),
    "joint.actions.name_in_joint": Story(_name, {E.JOINT_NAMED}),
    "joint.actions.write_joint": Story(_write, {E.JOINT_WRITTEN}),
    "joint.actions.sign_joint": Story(_sign, {E.JOINT_SIGNED}),
}
