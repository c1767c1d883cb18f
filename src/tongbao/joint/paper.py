"""A joint assessment on paper: what both tracks have written and signed, for those who are named in it."""

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.utils.translation import pgettext as _p

from tongbao.incidents import dossier
from tongbao.joint import queries
from tongbao.joint.models import JointAssessment
from tongbao.journal.reading import opened
from tongbao.kernel.markings import TLP
from tongbao.operations import rendering
from tongbao.policy.actors import Actor
from tongbao.ui.document import Document, Section
from tongbao.ui.sentences import state, word
from tongbao.ui.templatetags.tongbao import name


def document(actor: Actor, found: JointAssessment, *, language: str) -> Document:
    """The record of ``found``, in which the actor is named. Its case is named to those who may see that too. To print
    it is to read it."""
    opened(found, actor=actor)
    with override(language):
        made = (_text(found), _signatures(found), _editions(found))
        return Document(
            title=_("Joint assessment"),
            language=get_language() or language,
            mark=f"{rendering.prefix(found.operation, language)} {TLP(found.tlp).label}".strip(),
            facts=_facts(actor, found),
            sections=tuple(each for each in made if each.rows or each.note),
            foot=dossier.foot(actor),
        )


def _facts(actor: Actor, found: JointAssessment) -> tuple[tuple[str, str], ...]:
    case = queries.case_of(actor, found)
    told = [(_("Case"), f"{case.number} {case.title}")] if case is not None else []
    return (
        (_("Question"), found.question),
        (_("State"), state("joint", found.stands)[0]),
        (_("Begun"), dossier.at(found.begun_at)),
        (_("Reference"), found.public_id[:8]),
        *told,
    )


def _text(found: JointAssessment) -> Section:
    heading = _("The assessment, edition %(n)s") % {"n": found.edition}
    if not found.edition:
        return Section(_("Joint assessment"), (), note=_("Nothing has been written yet."))
    return Section(heading, ((found.text,),))


def _signatures(found: JointAssessment) -> Section:
    """Everybody named, and what they have said of each edition; the present one's first."""
    rows = []
    for party in found.parties.select_related("user", "organisation").prefetch_related("signatures"):
        who = (party.user.name, f"{name(party.organisation)} ({word('track', str(party.track))})")
        given = sorted(party.signatures.all(), key=lambda each: -each.edition)
        rows += [
            (
                *who,
                str(each.edition),
                _p("joint", "signed") if each.agrees else _("disagrees"),
                each.words,
                dossier.at(each.at),
            )
            for each in given
        ]
        rows += [] if given else [(*who, "–", _("not signed yet"), "", "–")]
    head = (_("Who"), _("Organisation"), _("Edition"), _("State"), _("Reasons"), _("When"))
    return Section(_("Who is named, and who has signed"), tuple(rows), head)


def _editions(found: JointAssessment) -> Section:
    earlier = found.editions.select_related("author").exclude(number=found.edition)
    rows = tuple(
        (str(each.number), dossier.at(each.at), each.author.name if each.author else "–", each.text) for each in earlier
    )
    return Section(_("Earlier editions"), rows, (_("Edition"), _("When"), _("Who"), _("Text")))
