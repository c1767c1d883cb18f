"""Gateways as data, what their answers mean, short texts, signatures of webhooks."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOON
from tests.notices.conftest import DESCRIPTION, Bench
from tongbao.kernel.markings import TLP
from tongbao.notices import delivery, replies
from tongbao.notices.channels.gateway import described, outcomes
from tongbao.notices.channels.gateway.described import Described, Replies, Reports
from tongbao.notices.channels.webhook import signing
from tongbao.notices.models import Delivery
from tongbao.notices.rules import allowed, of_report

GOOD = 'url = "https://sms.example/send"\nbody = "${to} ${text}"\n'


def test_it_reads_the_description_that_is_shipped() -> None:
    found = described.read(DESCRIPTION.read_text(encoding="utf-8"), "simulator.toml")
    assert found.report is not None
    assert found.reply is not None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("url = ", "Invalid value"),
        ("colour = 1", "colour"),
        (GOOD + "timeout = 0", "timeout"),
        (GOOD.replace("${text}", "${txt}"), "body: unknown placeholder ['txt']"),
        (GOOD + '[headers]\nX = "${nonsense}"', "X: unknown placeholder"),
        (GOOD + 'accepted = "("', "accepted: "),
        (GOOD + 'message_id = "id"', "message_id: one group"),
        (GOOD.replace("https", "ftp"), "url: not an http"),
        (GOOD.replace("${to}", ""), "says ${to} and ${text}"),
        (GOOD + '[report]\nverdict = "status"', "report: reference or id"),
    ],
)
def test_it_says_where_a_description_does_not_hold(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=r"^gw\.toml") as refused:
        described.read(text, "gw.toml")
    assert says in str(refused.value)


@given(st.text(st.characters(blacklist_categories=("Cs",))))
def test_it_lets_no_text_break_out_of_the_request(text: str) -> None:
    as_json = described.filled('{"to": "1", "text": "${text}"}', {"text": text}, "json")
    assert json.loads(as_json) == {"to": "1", "text": text}
    as_form = described.filled("to=1&text=${text}", {"text": text}, "form")
    assert parse_qs(as_form, keep_blank_values=True) == {"to": ["1"], "text": [text]}
    assert "\n" not in described.header("x ${text}", {"text": text})
    assert "<" not in described.filled("${text}", {"text": text}, "xml")


@pytest.mark.parametrize(
    ("status", "body", "sent", "permanent", "unknown", "away", "broken"),
    [
        (200, '{"ok": 1, "id": "7"}', True, False, False, False, False),
        (202, '{"ok": 1}', True, False, False, False, False),
        (200, "<html>maintenance</html>", False, False, True, False, False),
        (200, '{"code": 21211}', False, True, False, False, True),
        (400, '{"code": 21211}', False, True, False, False, True),
        (400, "no", False, True, False, False, False),
        (302, "", False, True, False, False, False),
        (401, "no", False, False, False, True, False),
        (403, "no", False, False, False, True, False),
        (429, "later", False, False, False, True, False),
        (408, "later", False, False, False, False, False),
        (500, "oops", False, False, True, False, False),
        (502, "oops", False, False, True, False, False),
        (503, "later", False, False, False, False, False),
    ],
)
def test_it_concludes_no_more_than_an_answer_says(
    status: int, body: str, sent: bool, permanent: bool, unknown: bool, away: bool, broken: bool
) -> None:
    gateway = Described(url="https://x", accepted='"ok"', broken='"code": *21211', message_id='"id": *"([^"]+)"')
    found = outcomes.of_gateway(gateway, status, body)
    assert (found.sent, found.permanent, found.unknown, found.away, found.contact_broken) == (
        *(sent, permanent, unknown, away, broken),
    )
    assert found.reference == ("7" if '"7"' in body else "")


def test_it_reads_reports_and_replies_wherever_they_stand() -> None:
    told = Reports(verdict="state.name", id="msg.id", each="events", delivered=("DELIVRD",), broken=("UNKNOWN",))
    document = {"events": [{"msg": {"id": 7}, "state": {"name": "delivrd"}}, {"msg": {}}, 5, {"msg": {"id": "8"}}]}
    assert [(each.references, each.verdict) for each in described.reports(told, document)] == [
        (("7",), "delivered"),
        (("8",), ""),
    ]
    said = Replies(sender="from", text="body")
    assert [each.text for each in described.replies(said, [{"from": "1", "body": "x"}, {}, None])] == ["x"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_it_stumbles_over_no_document(document: Any) -> None:
    list(described.reports(Reports(verdict="a.b", reference="c", each="d"), document))
    list(described.replies(Replies(sender="a", text="b.c", each="d"), document))


@pytest.mark.parametrize("tlp", list(TLP))
@pytest.mark.parametrize("kind", ["sms", "voice", "webhook"])
def test_it_says_above_green_only_that_something_waits(
    kind: str, tlp: TLP, noon: Any, bench: Bench, reach: Any, tell: Any
) -> None:
    address = f"http://127.0.0.1:{bench.port}/hook/x" if kind == "webhook" else "+886912345678"
    tell(reach(kind, address), tlp=tlp)
    delivery.send_due(only=kind)
    (kept,) = bench.simulator.taken
    said = kept.text + kept.body
    assert ("Title" in said) == (tlp <= TLP.GREEN)
    assert ("甲乙丙" in said) == (tlp <= TLP.GREEN and kind == "webhook")
    assert ("/a/" in said) == (kind != "voice"), "nobody is read an address"
    row = Delivery.objects.get()
    if kind == "webhook":
        assert signing.holds("s3cret", kept.body.encode(), kept.headers, at=NOON)
        assert json.loads(kept.body)["delivery"] == row.public_id == kept.headers[signing.DELIVERY]
    elif kind == "voice":
        assert ("3 Cannot be determined" in said) == (tlp <= TLP.GREEN)
        assert "4 Received, answer follows." in said.partition("Press a key: ")[2]
    else:
        assert f"Reply {replies.short(row.reply_code)} and a number" in said
        assert ("3=Cannot be determined" in said) == (tlp <= TLP.GREEN)
        assert "4=Received, answer follows" in said


def test_it_shortens_the_title_and_nothing_else(noon: Any, bench: Bench, reach: Any, tell: Any) -> None:
    from django.test import override_settings

    notice = tell(reach("sms", "+886912345678"))
    type(notice).objects.update(title_en="T" * 200)
    short = msgspec.structs.replace(bench.settings(), sms_gateway=bench.described("sms", longest="320"))
    with override_settings(TONGBAO=short):
        delivery.send_due(only="sms")
    (kept,) = bench.simulator.taken
    assert "T…" in kept.text
    assert "/a/" in kept.text


def test_it_refuses_what_was_changed_or_is_old() -> None:
    body = b'{"notice": 1}'
    sent = signing.headers("s3cret", body, at=NOON)
    assert signing.holds("s3cret", body, sent, at=NOON + signing.WINDOW)
    assert not signing.holds("s3cret", body, sent, at=NOON + signing.WINDOW + timedelta(seconds=1))
    assert not signing.holds("s3cret", body, sent, at=NOON - signing.WINDOW - timedelta(seconds=1))
    assert not signing.holds("s3cret", body + b" ", sent, at=NOON)
    assert not signing.holds("other", body, sent, at=NOON)
    later = sent | {signing.TIMESTAMP: str(int(sent[signing.TIMESTAMP]) + 1)}
    assert not signing.holds("s3cret", body, later, at=NOON)
    for stamp in ("", "x", "1" * 30, "٣"):
        assert not signing.holds("s3cret", body, sent | {signing.TIMESTAMP: stamp}, at=NOON)


@pytest.mark.parametrize(
    ("state", "maybe", "verdict", "after"),
    [
        ("sent", False, "delivered", "delivered"),
        ("sent", False, "failed", "failed"),
        ("sent", False, "broken", "failed"),
        ("sending", False, "delivered", "delivered"),
        ("due", True, "delivered", "delivered"),
        ("due", True, "failed", "failed"),
        ("due", False, "delivered", "due"),
        ("failed", False, "delivered", "delivered"),
        ("failed", False, "failed", "failed"),
        ("delivered", False, "broken", "delivered"),
    ],
)
def test_it_judges_reports_by_rule(state: str, maybe: bool, verdict: Any, after: str) -> None:
    assert of_report(state, maybe_sent=maybe, verdict=verdict) == after


@given(st.integers(1, 5000), st.lists(st.integers(0, 3000), min_size=1, max_size=60))
def test_it_sends_no_more_in_a_minute_than_it_may(rate: int, waits: list[int]) -> None:
    """Whatever the moments at which workers ask: in no minute more than the rate and one second's share."""
    moment, free_at, left = NOON, NOON, []
    for wait in waits:
        moment += timedelta(milliseconds=wait)
        count = allowed(free_at, rate, at=moment, most=100)
        left += [moment] * count
        free_at = max(free_at, moment) + count * timedelta(minutes=1) / rate
    for first in left:
        within = sum(first <= each < first + timedelta(minutes=1) for each in left)
        assert within <= rate + max(1, -(-rate // 60))


def test_it_loads_a_description_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "gw.toml").write_text(GOOD)
    assert described.load(tmp_path / "gw.toml").url == "https://sms.example/send"
