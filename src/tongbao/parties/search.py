"""Finding organisations by name or number. There are thousands, not millions: a plain look is enough."""

from django.db.models import Q, QuerySet

from tongbao.parties.models import Organisation
from tongbao.policy.actors import Actor


def organisations(actor: Actor, text: str) -> QuerySet[Organisation]:
    """Organisations that the actor may see whose names or number hold every word."""
    rows = Organisation.objects.visible_to(actor).order_by("code", "id")
    for word in text.split()[:8]:
        rows = rows.filter(Q(name_zh__contains=word) | Q(name_en__icontains=word) | Q(code__iexact=word))
    return rows
