"""Warnings of partners: each taken once, what is over or faulty not acted upon; a rule proposes a draft."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from msgspec.structs import replace

from tests.conftest import Cast
from tests.pages import Browser
from tongbao.jobs.models import Heartbeat
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.refusals import Invalid
from tongbao.net import Fetched
from tongbao.notices.actions import drafts
from tongbao.notices.models import Draft, PartnerAlert
from tongbao.notices.partners import described, facts, fetching, page, taking
from tongbao.standards.cap import writing
from tongbao.standards.cap.model import (
    Alert,
    Area,
    Category,
    Certainty,
    Circle,
    Info,
    MessageType,
    Named,
    Point,
    Polygon,
    Reference,
    Scope,
    Severity,
    Status,
    Urgency,
)

SENT = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
RULES = """
[[sources]]
code = "weather"
url = "https://weather.example/feed.atom"

[[rules]]
code = "quake-hualien"
when = "'earthquake' in event_codes && magnitude_tenths >= 60 && counties.exists(c, c == 'TW-HUA')"
event = "natural-hazard"
organisations = ["SUNPOWER"]

[[rules]]
code = "severe"
when = "severity >= 3"
event = "natural-hazard"
in_area = true
"""


def quake(number: int = 1, magnitude: str = "6.2", **changes: Any) -> Alert:
    info = Info(
        language="zh-TW",
        categories=(Category.GEO,),
        event="地震",
        urgency=Urgency.IMMEDIATE,
        severity=Severity.MODERATE,
        certainty=Certainty.OBSERVED,
        event_codes=(Named("profile:CAP-TWP:Event:1.0", "earthquake"),),
        expires=SENT + timedelta(hours=6),
        headline="花蓮縣政府東方 23 公里發生地震",
        description="規模 6.2，最大震度 5 強。",
        parameters=(Named("EventMagnitude", f"ML {magnitude}"), Named("EventMagnitudeType", "9")),
        areas=(Area(description="花蓮縣", geocodes=(Named("Taiwan_Geocode_103", "10015010"),)),),
    )
    alert = Alert(
        identifier=f"CWA-EQ-{number}",
        sender="cwa@weather.example",
        sent=SENT + timedelta(minutes=number),
        status=Status.ACTUAL,
        msg_type=MessageType.ALERT,
        scope=Scope.PUBLIC,
        infos=(info, replace(info, language="en-US", event="Earthquake", headline="Earthquake off Hualien")),
    )
    return replace(alert, **changes)


def taken(alert: Alert, *, at: datetime = SENT + timedelta(minutes=9), rules: str = RULES) -> PartnerAlert:
    with clock.at(at):
        (found,) = taking.take(writing.serialise(alert), described.read(rules, "rules"), source="weather")
    return found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("when = \"magnitude_tenths >= '6'\"", "when:"),
        ('when = "magnitude >= 60"', "when:"),  # no such fact
        ('event = "flood-of-frogs"', "flood-of-frogs"),
        ("organisations = []", "for nobody"),
        ('colour = "red"', "colour"),
    ],
)
def test_a_file_that_does_not_hold_is_refused_with_the_place(change: str, said: str) -> None:
    name = change.partition(" ")[0]
    rule = [line for line in RULES.partition('code = "severe"')[0].splitlines() if not line.startswith(f"{name} =")]
    with pytest.raises(ValueError, match=r"partners\.toml") as refused:
        described.read("\n".join([*rule[:-2], change]), "partners.toml")
    assert said in str(refused.value)


def test_it_reads_what_rules_ask_of_a_message() -> None:
    ring = Polygon(
        tuple(Point(Decimal(a), Decimal(b)) for a, b in ((24, 121), (25, 121), (25, 122), (24, 122), (24, 121)))
    )
    drawn = (Area(description="x", polygons=(ring,), circles=(Circle(Point(Decimal(22), Decimal(120)), Decimal(30)),)),)
    alert = quake(infos=tuple(replace(each, areas=drawn) for each in quake().infos))
    counties = {
        "IN-RING": ("1", (24.5, 121.5)),
        "IN-CIRCLE": ("2", (22.1, 120.1)),
        "OUTSIDE": ("3", (23.0, 123.0)),
    }
    found = facts.of(alert, "weather", counties)
    assert found["counties"] == ("IN-RING", "IN-CIRCLE")
    assert (found["magnitude_tenths"], found["severity"]) == (62, 2)
    assert set(found) == set(facts.FACTS)


def test_a_rule_proposes_a_draft_that_two_officers_let_out(cast: Cast) -> None:
    found = taken(quake())
    assert (found.state, found.rule) == ("proposed", "quake-hualien")
    draft = found.draft
    assert draft is not None
    warning = draft.warning
    assert (draft.state, draft.author_id) == ("drafting", None)
    assert (warning.texts.title_zh, warning.texts.title_en) == (
        "花蓮縣政府東方 23 公里發生地震",
        "Earthquake off Hualien",
    )
    assert warning.area.counties == ("TW-HUA",)
    assert len(warning.audience.organisations) == 1
    page = cast.browser("handler").get(reverse("notices:index")).content.decode()
    assert "quake-hualien" in page
    with clock.at(SENT + timedelta(minutes=20)):
        draft = drafts.submit_draft(draft.public_id, version=draft.version, actor=cast.handler)
        notice = drafts.approve_draft(draft.public_id, digest=draft.digest, actor=cast.officer)
    assert {each.organisation.code for each in notice.receipts.all()} == {"SUNPOWER"}


@pytest.mark.parametrize(
    ("alert", "state"),
    [
        (quake(magnitude="5.9"), "noted"),
        (quake(status=Status.EXERCISE, note="drill"), "practice"),
        (
            quake(infos=tuple(replace(each, severity=Severity.SEVERE) for each in quake(magnitude="4.0").infos)),
            "proposed",
        ),
    ],
)
def test_what_no_rule_fits_is_noted_and_practice_is_kept_apart(cast: Cast, alert: Alert, state: str) -> None:
    found = taken(alert)
    assert found.state == state
    assert (found.draft is not None) is (state == "proposed")
    assert Draft.objects.count() == (1 if state == "proposed" else 0)


def test_the_same_message_twice_is_one_and_what_is_over_is_dropped(cast: Cast) -> None:
    first, again = taken(quake()), taken(quake())
    assert first.pk == again.pk
    late = taken(quake(2), at=SENT + timedelta(days=1))
    assert (late.state, late.draft, late.text) == ("expired", None, "")
    assert Draft.objects.count() == 1


def test_an_update_takes_the_place_of_an_untouched_proposal_and_leaves_one_that_was_worked_on(cast: Cast) -> None:
    first = taken(quake())
    about = (Reference(quake().sender, quake().identifier, quake().sent),)
    second = taken(quake(2, msg_type=MessageType.UPDATE, references=about))
    assert second.state == "proposed"
    first.refresh_from_db()
    assert first.state == "superseded"
    assert first.draft is not None
    assert Draft.objects.get(pk=first.draft.pk).state == "discarded"
    draft = second.draft
    assert draft is not None
    worked = replace(draft.warning, answers="receipt")
    drafts.edit_draft(draft.public_id, worked, version=draft.version, actor=cast.handler)
    gone = (Reference(quake().sender, quake(2).identifier, quake(2).sent),)
    cancel = taken(quake(3, msg_type=MessageType.CANCEL, references=gone))
    assert (cancel.state, cancel.draft) == ("noted", None)
    assert Draft.objects.get(pk=draft.pk).state == "drafting"


def test_a_faulty_message_is_kept_as_such_and_an_attack_refused(cast: Cast) -> None:
    broken = writing.serialise(quake()).replace(b"<certainty>Observed</certainty>", b"", 1)
    (found,) = taking.take(broken, described.read(RULES, "rules"))
    assert (found.state, found.draft) == ("faulty", None)
    (again,) = taking.take(broken, described.read(RULES, "rules"))
    assert again.pk == found.pk
    with pytest.raises(Invalid):
        taking.take(b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', described.NOTHING)


@dataclass
class Web:
    """Other machines, as the one client sees them."""

    pages: dict[str, bytes]
    asked: list[str] = field(default_factory=list)

    def fetch(self, url: str, **_: Any) -> Fetched:
        self.asked.append(url)
        return Fetched(200 if url in self.pages else 404, {}, self.pages.get(url, b""))


def test_a_feed_is_asked_and_what_it_leads_to_fetched_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    feed = (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link type="application/cap+xml" href="one.cap"/></entry>'
        b'<entry><link rel="related" href="one.html"/></entry></feed>'
    )
    web = Web(
        {"https://weather.example/feed.atom": feed, "https://weather.example/one.cap": writing.serialise(quake())}
    )
    monkeypatch.setattr(fetching.net, "fetch", web.fetch)
    monkeypatch.setattr(fetching, "rules", lambda: described.read(RULES, "rules"))
    with clock.at(SENT + timedelta(minutes=9)):
        assert (fetching.fetch(), fetching.fetch()) == (1, 0)
        assert web.asked.count("https://weather.example/one.cap") == 1
        web.pages.clear()
        assert fetching.fetch() == 0  # away: noted, nothing raised
    assert PartnerAlert.objects.get().state == "proposed"


def test_others_see_nothing_of_it(cast: Cast) -> None:
    taken(quake())
    assert PartnerAlert.objects.visible_to(cast.officer).count() == 1
    for who in (cast.constituent, cast.partner, cast.anonymous):
        assert not PartnerAlert.objects.visible_to(who).exists()


def test_the_same_message_from_another_feed_is_merged_and_said(cast: Cast) -> None:
    first = taken(quake())
    with clock.at(SENT + timedelta(minutes=9)):
        for _ in range(2):
            taking.take(writing.serialise(quake()), described.read(RULES, "rules"), source="another")
    first.refresh_from_db()
    assert (PartnerAlert.objects.count(), first.source, first.merged) == (1, "weather", ["another"])
    assert JournalEntry.objects.filter(event="partner-alert.merged").count() == 1
    assert [each.pk for each in page.messages(cast.officer, source="another")] == [first.pk]


def test_an_officer_sees_feeds_rules_and_what_came(cast: Cast, monkeypatch: pytest.MonkeyPatch, noon: datetime) -> None:
    rules = RULES.replace('["SUNPOWER"]', '["SUNPOWER", "GONE"]')
    monkeypatch.setattr(fetching, "rules", lambda: described.read(rules, "rules"))
    with clock.at(SENT + timedelta(minutes=20)):
        Heartbeat.beat("partner:weather", good=False, detail="outbound-status")
        proposed = taken(quake(), rules=rules)
        taken(quake(2), at=SENT + timedelta(days=1), rules=rules)
        broken = writing.serialise(quake(3)).replace(b"<certainty>Observed</certainty>", b"", 1)
        taking.take(broken, described.NOTHING, source="weather")
        desk = Browser(cast.browser("officer")).get("/warnings/").click("Warnings of partners")
        assert all(word in desk.section("Feeds") for word in ("weather", "could not be read", "outbound-status"))
        rule = desk.section("Rules, in their order")
        assert all(word in rule for word in ("quake-hualien", "magnitude_tenths >= 60", "Sunlight", "GONE (not in"))
        assert "fired 1" in rule
        assert "no such" not in desk.get("/warnings/partners/?state=dropped").section("What came")
        assert len(desk.page.select("#came ~ ul.rows > li")) == 2
        faulty = PartnerAlert.objects.get(state="faulty")
        assert "certainty" in desk.get(f"/warnings/partners/{faulty.public_id}/").section("What became of it")
        shown = desk.get(f"/warnings/partners/{proposed.public_id}/")
        assert shown.has("quake-hualien", "<headline>", "花蓮縣政府東方 23 公里發生地震")
        for who in ("constituent", "stranger"):
            for path in ("/warnings/partners/", f"/warnings/partners/{faulty.public_id}/"):
                assert cast.browser(who).get(path).status_code in (403, 404)
