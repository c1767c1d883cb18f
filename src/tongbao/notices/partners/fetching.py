"""Asking partners' feeds: a feed carries its messages, or leads to them. What is known is not fetched again."""

import logging
from pathlib import Path
from urllib.parse import urljoin

from django.conf import settings

from tongbao import net
from tongbao.jobs.models import Heartbeat
from tongbao.kernel.refusals import Refusal
from tongbao.net import OutboundRefused
from tongbao.notices.models import PartnerAlert
from tongbao.notices.partners import described, taking
from tongbao.notices.partners.described import NOTHING, Described, Source
from tongbao.standards.cap import documents

MOST = 50
"""So many messages that a feed leads to are fetched in one round; the others in the next."""
_log = logging.getLogger(__name__)


def rules() -> Described:
    """What the operator's file says; nothing without one."""
    path = settings.TONGBAO.cap_partners
    return described.load(Path(path)) if path else NOTHING


def fetch() -> int:
    """Ask every source. One that does not answer, or answers nonsense, holds back no other. How many messages."""
    return sum(_fetched(source) for source in rules().sources)


def _fetched(source: Source) -> int:
    try:
        taken = _ask(source)
    except (OutboundRefused, Refusal) as error:
        _log.warning("partners: %s: %s", source.code, error)
        Heartbeat.beat(f"partner:{source.code}", good=False, detail=str(error)[:200])
        return 0
    Heartbeat.beat(f"partner:{source.code}")
    return taken


def _ask(source: Source) -> int:
    data = _get(source.url)
    taken = len(taking.take(data, rules(), source=source.code))
    links = [urljoin(source.url, each) for each in documents.links(documents.root(data))]
    known = set(PartnerAlert.objects.filter(link__in=links).values_list("link", flat=True))
    for link in [each for each in dict.fromkeys(links) if each not in known][:MOST]:
        taken += len(taking.take(_get(link), rules(), source=source.code, link=link))
    return taken


def _get(url: str) -> bytes:
    answer = net.fetch(url, purpose="partners", max_bytes=documents.MOST_BYTES)
    if answer.status != 200:
        raise OutboundRefused("outbound-status", url)
    return answer.body
