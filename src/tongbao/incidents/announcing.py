"""Public notices as everybody reads them. Nothing of what is kept from the public leaves this module."""

from datetime import datetime

from django.db.models import Max
from msgspec import Struct

from tongbao.incidents.forms import tongue
from tongbao.incidents.models import Filing
from tongbao.incidents.models.filings import FilingQuerySet
from tongbao.incidents.rules import filings
from tongbao.incidents.rules.filings import Answers, Item
from tongbao.kernel import canonical
from tongbao.kernel.refusals import NotFound
from tongbao.parties.models import Organisation
from tongbao.profiles import load
from tongbao.profiles.law import law
from tongbao.profiles.model import Form, Label, Profile


class Notice(Struct, frozen=True):
    """A notice. ``digest`` is over what is public alone: one over the rest would let it be guessed."""

    public_id: str
    at: datetime
    organisation: Organisation | None
    profile: Profile
    form: Form
    source: Label
    answers: Answers
    items: tuple[Item, ...]
    digest: str


def published() -> FilingQuerySet:
    """Everything that stands in public, newest first."""
    rows = Filing.objects.published().annotate(published_at=Max("editions__at"))
    return rows.order_by("-published_at", "-id")


def found(public_id: str) -> Notice:
    """One notice. Raises NotFound for one that is not public."""
    row = published().filter(public_id=public_id).first()
    if row is None:
        raise NotFound
    return notice(row)


def notice(row: Filing) -> Notice:
    """What the public reads of a filing."""
    profile = load.by_id(row.profile)
    form, latest = profile.form(row.form), row.latest()
    if form is None or latest is None:
        raise LookupError(row.form)
    answers = filings.public_part(latest.answers)
    passages = filings.passages(profile, form, answers)
    return Notice(
        public_id=row.public_id,
        at=latest.at,
        organisation=row.organisation,
        profile=profile,
        form=form,
        source=law(profile).cited(form.basis),
        answers=answers,
        items=filings.reading(profile, form, answers, tongue()),
        digest=canonical.digest(canonical.text(passages)),
    )
