"""Handing a case on: the rule of release decides, the bundle is signed, goes over and comes back; three counts."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import settings
from django.test import override_settings

from tests.conftest import NOON, Cast
from tests.pages import Browser, upload
from tests.portal.test_entrances import citizen
from tests.stories import opened, reported, settled
from tongbao.incidents import counting, handing_on
from tongbao.incidents.actions import cases, log, participants, transfers
from tongbao.incidents.handing_on import Signed
from tongbao.incidents.models import Incident, LogEntry, Submission, Transfer
from tongbao.kernel import canonical
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Forbidden, Invalid
from tongbao.parties.models import Organisation
from tongbao.release.models import Release

pytestmark = pytest.mark.usefixtures("noon")


def case(cast: Cast, **more: Any) -> Incident:
    given = {"title": "假冒銀行", "type": "fraud/phishing", "addresses": "203.0.113.66\nevil.example"} | more
    return opened(cast, **given)


def hand(cast: Cast, incident: Incident, kind: str = "stix", to: str = "CSIRT-ARC", **more: Any) -> transfers.Handed:
    return transfers.hand_on(incident.public_id, organisation=to, kind=kind, actor=cast.officer, **more)


def test_it_writes_stix_that_names_what_the_case_names(cast: Cast) -> None:
    incident = case(cast, summary="承辦人的話 secretword")
    found = json.loads(hand(cast, incident).content)
    kinds = [each["type"] for each in found["objects"]]
    assert kinds == ["marking-definition", "identity", "grouping", "indicator", "indicator"]
    patterns = {each["pattern"] for each in found["objects"] if each["type"] == "indicator"}
    assert patterns == {"[ipv4-addr:value = '203.0.113.66']", "[domain-name:value = 'evil.example']"}
    ids = {each["id"] for each in found["objects"]}
    assert set(found["objects"][2]["object_refs"]) <= ids
    assert "secretword" not in json.dumps(found)
    assert hand(cast, incident).decision.out
    line = Release.objects.filter(outgoing__thing_ref=incident.public_id).order_by("id")[0]
    assert (line.channel, line.verdict, line.agreement is not None) == ("export", "release", True)


def test_it_names_nothing_that_was_said_under_a_narrower_marking(cast: Cast) -> None:
    """A case that is GREEN, an AMBER entry, and a word for those named in person."""
    incident = case(cast, tlp=TLP.GREEN)
    log.note(incident.public_id, words="also 198.51.100.77", tlp=TLP.AMBER, actor=cast.officer)
    log.note(incident.public_id, words="and 198.51.100.78", tlp=TLP.RED, actor=cast.officer)
    for kind in ("stix", "misp", "bundle"):
        content = hand(cast, incident, kind).content.decode()
        assert "203.0.113.66" in content
        assert "198.51.100.7" not in content, kind
    known = set(incident.observables.values_list("value", "tlp"))
    assert ("198.51.100.77", TLP.AMBER) in known
    assert "198.51.100.78" not in {value for value, _ in known}, "looked up by everybody who may read the case"
    log.note(incident.public_id, words="198.51.100.77 is known by now", tlp=TLP.GREEN, actor=cast.officer)
    assert "198.51.100.77" in hand(cast, incident).content.decode()


def test_its_stix_holds_against_the_published_schemas(cast: Cast) -> None:
    home = Path(__file__).parents[3] / "shared" / "data" / "stix"
    found = sorted(home.rglob("common/bundle.json"))
    if not found:
        pytest.skip("the OASIS schemas are not on this machine")
    jsonschema = pytest.importorskip("jsonschema")
    from referencing import Registry, Resource

    root = found[0].parents[1]
    stored = [json.loads(each.read_text(encoding="utf-8")) for each in root.rglob("*.json")]
    named = [each for each in stored if "$id" in each]
    registry = Registry().with_resources([(each["$id"], Resource.from_contents(each)) for each in named])
    bundle = json.loads(hand(cast, case(cast)).content)
    by_kind = {each["$id"].rpartition("/")[2].removesuffix(".json"): each for each in named}
    for each in bundle["objects"]:
        schema = by_kind[each["type"]]
        jsonschema.Draft202012Validator(schema, registry=registry).validate(each)


def test_it_writes_a_misp_event(cast: Cast) -> None:
    found = json.loads(hand(cast, case(cast), "misp").content)["Event"]
    assert {each["type"] for each in found["Attribute"]} == {"ip-dst", "domain"}
    assert {"name": "tlp:amber"} in found["Tag"]


def test_it_keeps_what_the_rule_keeps(cast: Cast) -> None:
    """No agreement, too narrow a marking, the other track: nothing goes out, and the ledger says so."""
    strict = case(cast, tlp=TLP.AMBER_STRICT)
    page = Browser(cast.browser("officer", "zh-hant")).get(f"/incidents/{strict.public_id}/hand-on/")
    page.send(page.form(field="organisation"), organisation="CSIRT-ARC", kind="bundle", note="x")
    assert page.status == 422
    line = Release.objects.get(outgoing__thing_ref=strict.public_id)
    assert (line.verdict, line.reason) == ("withhold", "agreement-ceiling")
    assert not Transfer.objects.exists()
    with pytest.raises(Forbidden):
        transfers.hand_on(strict.public_id, organisation="CSIRT-ARC", kind="stix", actor=cast.auditor)
    with pytest.raises(Invalid):
        hand(cast, strict, to="NOBODY")


def office(cast: Cast, code: str) -> None:
    """This instance is another team's for the time being: the office has its code."""
    Organisation.objects.filter(kind="office").update(code=code)


@pytest.fixture
def arcadia(cast: Cast) -> Any:
    """Both teams use the same key here; each knows the other by it."""
    key = handing_on.public_key()
    return lambda code: override_settings(
        TONGBAO=msgspec.structs.replace(settings.TONGBAO, partner_keys=(f"{code}={key}",))
    )


def as_if_from(raw: bytes, **changes: str) -> bytes:
    """A bundle as a partner would have written it, signed by the key that both share."""
    bundle = msgspec.json.decode(msgspec.json.decode(raw, type=Signed).bundle, type=handing_on.Bundle)
    return handing_on.sign(msgspec.structs.replace(bundle, **changes))


def test_it_hands_a_case_over_and_gets_it_back(cast: Cast, arcadia: Any) -> None:
    incident = case(cast)
    handed = hand(cast, incident, "bundle", note="registrar in your country")
    sent = Transfer.objects.get()
    back = as_if_from(
        handed.content, sender="CSIRT-ARC", to="NCO", note="已暫停網域 http://other.example/", answers=sent.digest
    )
    with arcadia("CSIRT-ARC"):
        kept = transfers.receive(back, actor=cast.officer)
        assert transfers.receive(back, actor=cast.officer) == kept, "the same once more"
    assert (kept.incident, kept.direction, kept.answers) == (incident, "in", sent.digest)
    entry = LogEntry.objects.get(incident=incident, participant__organisation__code="CSIRT-ARC")
    assert "已暫停網域" in entry.text
    assert incident.observables.filter(value="http://other.example/").exists()
    assert not Submission.objects.exists()


def test_it_takes_a_case_from_a_partner_and_gives_it_back(cast: Cast, arcadia: Any) -> None:
    raw = as_if_from(hand(cast, case(cast), "bundle").content, sender="CSIRT-ARC", to="NCO", note="please look")
    with arcadia("CSIRT-ARC"):
        page = Browser(cast.browser("officer")).get("/submissions/receive/")
        page.send(page.form(field="file"), file=upload("bundle.json", raw, "application/json"))
    row = Submission.objects.get()
    assert page.has("please look", "bundle.json")
    incident = opened(cast, row)
    handed = hand(cast, incident, "bundle", note="done")
    answer = msgspec.json.decode(msgspec.json.decode(handed.content, type=Signed).bundle, type=handing_on.Bundle)
    assert answer.answers == Transfer.objects.get(direction="in").digest
    assert Browser(cast.browser("officer")).get(f"/incidents/{incident.public_id}/hand-on/").has("went to", "done")


@pytest.mark.parametrize("how", ["changed", "unknown", "elsewhere", "forged", "nonsense"])
def test_it_takes_no_bundle_that_does_not_hold(how: str, cast: Cast, arcadia: Any) -> None:
    raw = as_if_from(hand(cast, case(cast), "bundle").content, sender="CSIRT-ARC", to="NCO")
    if how == "changed":
        signed = msgspec.json.decode(raw, type=Signed)
        raw = canonical.text(msgspec.structs.replace(signed, bundle=signed.bundle.replace("假冒", "真正"))).encode()
    if how == "elsewhere":
        raw = as_if_from(raw, to="CSIRT-X")
    if how == "forged":
        raw = as_if_from(raw, sender="FARHILL")
    if how == "nonsense":
        raw = b"{" * 10_000
    with arcadia("CSIRT-X" if how == "unknown" else "CSIRT-ARC"), pytest.raises(Invalid):
        transfers.receive(raw, actor=cast.officer)
    assert not Submission.objects.exists()
    assert Transfer.objects.count() == 1


def test_it_keeps_three_counts_apart(cast: Cast) -> None:
    for number in range(5):
        citizen(number)
    first = opened(cast, Submission.objects.order_by("id")[0], type="fraud/phishing")
    for code in ("GREENHILL", "FARHILL"):
        participants.add_participant(first.public_id, organisation=code, role="helper", actor=cast.officer)
    alarm = settled(cast, opened(cast, reported(cast, "city"), title="誤報"))
    cases.close_incident(
        alarm.public_id, outcome="誤報", finding="false-alarm", version=alarm.version, actor=cast.officer
    )
    rows = counting.counts(cast.officer, NOON.replace(month=1), NOON.replace(month=12))
    whole = {each.count: each.number for each in rows if not each.by}
    assert whole == {"submissions": 6, "incidents": 1, "coordinated": 1}
    assert counting.Counted("incidents", "finding", "false-alarm", 1) in rows
    page = Browser(cast.browser("officer", "zh-hant")).get("/incidents/counts/")
    assert page.status == 200
    lines = cast.browser("officer").get("/incidents/counts/?as=csv").content.decode()
    assert "incidents,finding,false-alarm,1" in lines
