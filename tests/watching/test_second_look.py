"""A warning that one officer sent alone: the officer on duty is reminded that somebody else has to look at it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.conftest import NOON, Cast
from tests.notices.warnings import drafted, warned
from tests.pages import Browser
from tests.watching.conftest import planned
from tests.watching.test_alerts import the, told
from tongbao.journal.models import JournalEntry
from tongbao.kernel.markings import TLP
from tongbao.notices.actions import drafts
from tongbao.notices.models import Delivery, Draft
from tongbao.watching import sweeps
from tongbao.watching.models import Alert
from tongbao.watching.rules import alerts as rules

pytestmark = pytest.mark.usefixtures("noon")
DAY = timedelta(hours=24)
MINUTE = timedelta(minutes=1)
At = Callable[[datetime], None]


def alone(cast: Cast, *, tlp: TLP = TLP.GREEN) -> Draft:
    """Lin has sent it at noon, and nobody else was there."""
    draft = drafted(cast, "SUNPOWER", who="officer", tlp=tlp)
    drafts.break_glass(draft.public_id, because="無人可會簽", version=draft.version, actor=cast.officer)
    return Draft.objects.get(pk=draft.pk)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (timedelta(0), None),
        (DAY / 2 - MINUTE, None),
        (DAY / 2, "review-half"),
        (DAY, "review-half"),
        (DAY + MINUTE, "unreviewed"),
    ],
)
def test_its_rule(after: timedelta, said: str | None) -> None:
    assert rules.of_review(NOON, NOON + DAY, NOON + after) == said


def test_it_reminds_at_half_the_time_and_alerts_when_it_is_over(cast: Cast, at: At) -> None:
    planned(cast, "handler", NOON + DAY / 2 - 4 * timedelta(hours=1))
    draft = alone(cast)
    at(NOON + DAY / 2 - MINUTE)
    sweeps.look()
    assert not Alert.objects.filter(draft=draft).exists()
    at(NOON + DAY / 2)
    sweeps.look()
    sweeps.look()
    half = the("review-half", draft=draft)
    assert (told(half), half.moment) == (["王承辦"], NOON + DAY)
    at(NOON + DAY + MINUTE)
    sweeps.look()
    half.refresh_from_db()
    assert (half.closed, the("unreviewed", draft=draft).state) == ("moved", "open")


def test_the_mail_says_which_warning_and_where_to_look_alone(cast: Cast, at: At) -> None:
    draft = alone(cast)
    at(NOON + DAY / 2)
    sweeps.look()
    mails = Delivery.objects.exclude(letter=None).filter(letter__body__contains="/watch/alerts/")
    assert mails.exists()
    letter = mails[0].letter
    assert letter is not None
    assert f"{draft.public_id[:4]}-{draft.public_id[4:8]}".upper() in letter.title
    assert draft.title_zh not in letter.title + letter.body


def test_the_second_look_closes_it_and_it_is_raised_no_more(cast: Cast, at: At) -> None:
    draft = alone(cast)
    at(NOON + DAY / 2)
    sweeps.look()
    drafts.review_alone(draft.public_id, words="處置妥適", actor=cast.handler)
    sweeps.look()
    assert the("review-half", draft=draft).closed == "done"
    at(NOON + DAY + MINUTE)
    sweeps.look()
    assert not Alert.objects.filter(reason="unreviewed").exists()
    (entry,) = JournalEntry.objects.filter(event="alert.closed")
    assert draft.public_id in entry.text


def test_a_warning_of_two_persons_and_one_looked_at_in_time_alert_nobody(cast: Cast, at: At) -> None:
    warned(cast, "SUNPOWER")
    drafts.review_alone(alone(cast).public_id, words="處置妥適", actor=cast.handler)
    at(NOON + DAY + MINUTE)
    sweeps.look()
    assert not Alert.objects.exclude(draft=None).exists()


def test_nobody_hears_of_a_warning_that_he_may_not_see(cast: Cast, at: At) -> None:
    draft = alone(cast, tlp=TLP.RED)
    at(NOON + DAY / 2)
    sweeps.look()
    alert = the("review-half", draft=draft)
    assert told(alert) == ["林值勤"]
    assert not Alert.objects.visible_to(cast.handler).filter(pk=alert.pk).exists()
    assert Alert.objects.visible_to(cast.officer).filter(pk=alert.pk).exists()
    page = Browser(cast.browser("officer")).get(f"/watch/alerts/{alert.public_id}/")
    assert draft.title_en not in page.page.get_text()
    assert cast.browser("handler").get(f"/watch/alerts/{alert.public_id}/").status_code == 404


def test_the_desk_and_its_page_lead_to_the_warning(cast: Cast, at: At) -> None:
    draft = alone(cast)
    at(NOON + DAY / 2)
    sweeps.look()
    browser = Browser(cast.browser("handler"))
    alert = the("review-half", draft=draft)
    for where in ("/console/", "/watch/alerts/"):
        assert browser.get(where).page.select(f'a[href="/watch/alerts/{alert.public_id}/"]'), where
    page = browser.get(f"/watch/alerts/{alert.public_id}/")
    assert page.page.select(f'a[href="/warnings/{draft.public_id}/"]')
    assert page.has(draft.title_en)
    page.post(f"/watch/alerts/{alert.public_id}/answer/", {"text": "已請副主任檢視"})
    alert.refresh_from_db()
    assert alert.state == "answered"


def test_the_table_keeps_an_alert_to_one_thing(cast: Cast) -> None:
    draft = alone(cast)
    row = {"operation": draft.operation, "reason": "unreviewed", "draft": draft, "moment": NOON}
    Alert.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(operation=draft.operation, reason="unreviewed", moment=NOON)
