"""Tags of the directory."""

from django import template
from django.conf import settings

from tongbao.kernel import clock
from tongbao.kernel.refusals import Problem
from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor
from tongbao.profiles import load, places
from tongbao.ui.sentences import problem_sentence
from tongbao.ui.templatetags.tongbao import name

register = template.Library()


@register.filter
def sector(code: str) -> str:
    """A sector by the words of the profile in force."""
    profile = load.in_force(settings.TONGBAO.jurisdiction, clock.now())
    found = next((each for each in profile.sectors if each.code == code), None)
    return name(found.label) if found else code


@register.filter
def county(code: str) -> str:
    """A county by its name in the reader's language."""
    found = places.counties(settings.TONGBAO.jurisdiction).get(code)
    return name(found.label) if found else code


@register.filter
def entity_type(code: str) -> str:
    """A type of obliged organisation by the words of the profile in force."""
    found = load.in_force(settings.TONGBAO.jurisdiction, clock.now()).entity_type(code)
    return name(found.label) if found else code


@register.filter
def supervisor(organisation: Organisation, actor: Actor) -> Organisation | None:
    """The supervising organisation, as far as the page's reader may know it."""
    return organisation.supervisor_shown(actor)


@register.filter
def problem(found: Problem) -> str:
    return problem_sentence(found)
