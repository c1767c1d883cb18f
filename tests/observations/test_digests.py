"""Owners are told once a day of what is new, and what they answer is kept with each finding."""

import csv
import email
import email.policy
import io
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.conftest import NOON, Cast
from tests.observations.feeds import CITY, HOSTER, NOBODY, POWER, deliver, finding, later, named, sinkhole, ssh, table
from tongbao.files import steps as files
from tongbao.files import store
from tongbao.incidents.actions import observed
from tongbao.incidents.actions.triage import IncidentDraft
from tongbao.jobs.pump import pump
from tongbao.kernel.refusals import Conflict, Forbidden, Invalid, NotFound
from tongbao.notices import actions as notices
from tongbao.notices.channels.email.channel import Mail
from tongbao.notices.models import Delivery, Notice, Receipt
from tongbao.notices.rules import Grade
from tongbao.observations import digests, enclosing
from tongbao.observations.actions import findings
from tongbao.observations.models import Digest, Finding, Step
from tongbao.operations.models import Operation
from tongbao.wiring import worker

pytestmark = pytest.mark.django_db
QUIET = timedelta(minutes=11)


def told(at: Any, moment: Any = NOON) -> int:
    """The feeds have been quiet for long enough; how many digests are sent."""
    at(moment + QUIET)
    return digests.send_due()


def enclosed(notice: Notice, ending: str) -> bytes:
    stored = next(each for each in files.attached(notice) if each.name.endswith(ending))
    return store.path_of(stored.blob.sha256).read_bytes()


class TestDigest:
    def test_it_tells_each_owner_once_a_day_and_type(self, cast: Cast, at: Any) -> None:
        at(NOON)
        deliver(ssh(POWER, "198.51.100.24", CITY, NOBODY), named("scan_ssh"), actor=cast.officer)
        deliver(sinkhole((POWER, 40001, "conficker")), named("event4_sinkhole"), actor=cast.officer)
        assert digests.send_due() == 0
        assert told(at) == 3
        assert told(at) == 0
        rows = Digest.objects.order_by("type", "rows").values_list("organisation__code", "type", "rows")
        assert list(rows) == [
            ("SUNPOWER", "malicious-code/infected-system", 1),
            ("HARBOUR", "vulnerable/potentially-unwanted-accessible", 1),
            ("SUNPOWER", "vulnerable/potentially-unwanted-accessible", 2),
        ]
        assert (finding(CITY).state, finding(NOBODY).state) == ("notified", "open")
        assert set(Step.objects.filter(state="notified").values_list("took", flat=True)) == {
            int((NOON + QUIET - finding(CITY).first_seen).total_seconds())
        }

    def test_it_waits_for_the_next_day_with_what_is_found_later(self, cast: Cast, at: Any) -> None:
        at(NOON)
        deliver(ssh(POWER), named("scan_ssh"), actor=cast.officer)
        told(at)
        deliver(ssh(POWER, "198.51.100.24", hour=2), named("scan_ssh", scope="more"), actor=cast.officer)
        assert told(at, NOON + timedelta(hours=2)) == 0
        assert told(at, NOON + timedelta(days=1)) == 1
        digest = Digest.objects.order_by("-day").first()
        assert digest is not None
        assert (digest.rows, finding("198.51.100.24").digest, finding(POWER).digest) == (
            1,
            digest,
            Digest.objects.order_by("day").first(),
        )

    def test_it_says_what_it_means_and_what_to_do_in_both_languages(self, cast: Cast, at: Any) -> None:
        at(NOON)
        deliver(sinkhole((POWER, 40001, "conficker")), named("event4_sinkhole"), actor=cast.officer)
        told(at)
        notice = Notice.objects.get(template="findings")
        assert "Find the machine" in notice.body_en
        assert "請依各列的時間" in notice.body_zh
        assert "198.51.100.23" in notice.body_en
        assert notice.tlp_label == "TLP:AMBER"
        receipt = Receipt.objects.get(notice=notice)
        assert (receipt.organisation.code, receipt.seat.title_en if receipt.seat else "") == (
            "SUNPOWER",
            "Security contact",
        )

    def test_it_encloses_the_rows_three_times(self, cast: Cast, at: Any) -> None:
        at(NOON)
        content = table("timestamp,ip,port,asn,geo,serverid_raw", [f"2026-11-23 01:00:00,{POWER},22,64500,TW,=cmd()"])
        deliver(content, named("scan_ssh"), actor=cast.officer)
        told(at)
        notice = Notice.objects.get(template="findings")
        rows = list(csv.DictReader(io.StringIO(enclosed(notice, ".csv").decode("utf-8-sig"))))
        assert (rows[0]["address"], rows[0]["port"], rows[0]["extra.serverid_raw"]) == (POWER, "22", "'=cmd()")
        line = msgspec.json.decode(enclosed(notice, ".jsonl"))
        assert (line["address"], line["extra.serverid_raw"]) == (POWER, "=cmd()")
        bundle = msgspec.json.decode(enclosed(notice, ".stix.json"))
        kinds = [each["type"] for each in bundle["objects"]]
        assert kinds == ["identity", "marking-definition", "ipv4-addr", "network-traffic", "observed-data"]
        known = {each["id"] for each in bundle["objects"]}
        observed = bundle["objects"][-1]
        assert {*observed["object_refs"], *observed["object_marking_refs"], observed["created_by_ref"]} <= known

    def test_it_lets_the_owner_alone_have_the_files(self, cast: Cast, at: Any) -> None:
        at(NOON)
        deliver(ssh(POWER), named("scan_ssh"), actor=cast.officer)
        told(at)
        stored = files.attached(Notice.objects.get(template="findings"))[0]
        address = f"/files/{stored.public_id}/"
        for who, status in (("constituent", 200), ("officer", 200), ("city", 404)):
            answer = cast.browser(who).get(address)
            assert answer.status_code == status
            if status == 200:
                assert b"".join(answer.streaming_content)  # type: ignore[attr-defined]

    def test_it_reaches_nobody_by_a_test_who_is_not_enrolled(self, cast: Cast, at: Any) -> None:
        at(NOON)
        test = Operation.objects.create(code="T", name_zh="測試", name_en="Test", kind="test", mode="test")
        deliver(ssh(POWER), named("scan_ssh"), actor=cast.officer, operation=test)
        assert told(at) == 1
        assert Receipt.objects.count() == 0
        assert finding(POWER).state == "open"

    def test_it_encloses_files_in_a_mail_that_may_carry_them(self, cast: Cast, at: Any, settings: Any) -> None:
        """TLP:GREEN may go by plain mail, TLP:AMBER not."""
        at(NOON)
        deliver(b"http://login.farhill.example/\n", "phishing_list.txt", report="phishing_list", actor=cast.officer)
        deliver(ssh(HOSTER), named("scan_ssh"), actor=cast.officer)
        told(at)
        channel = Mail(settings.TONGBAO, connect=lambda: None)  # type: ignore[arg-type, return-value]
        mails = {}
        for delivery in Delivery.objects.filter(receipt__notice__template="findings"):
            assert delivery.receipt is not None
            raw = channel.content(delivery).payload
            mails[delivery.receipt.notice.tlp_label] = email.message_from_bytes(raw, policy=email.policy.default)
        names = [each.get_filename() for each in mails["TLP:GREEN"].iter_attachments()]  # type: ignore[attr-defined]
        assert sorted(name.rpartition("phishing.")[2] for name in names) == ["csv", "jsonl", "stix.json"]
        parts = list(mails["TLP:GREEN"].iter_attachments())  # type: ignore[attr-defined]
        assert all(b"login.farhill.example" in each.get_payload(decode=True) for each in parts)
        assert not mails["TLP:AMBER"].is_multipart()
        assert HOSTER not in mails["TLP:AMBER"].get_content()  # type: ignore[attr-defined]


class TestMany:
    """Digests are made many at a time."""

    @pytest.fixture(autouse=True)
    def _found(self, cast: Cast, at: Any) -> None:
        at(NOON)
        deliver(ssh(POWER, "198.51.100.24", CITY, HOSTER), named("scan_ssh"), actor=cast.officer)
        at(NOON + QUIET)

    def test_what_is_wrong_with_one_keeps_nothing_from_the_others(self, monkeypatch: Any) -> None:
        made = enclosing.files

        def fail(rows: Any, *given: Any, **more: Any) -> Any:
            if rows[0].address == CITY:
                raise ValueError("poison")
            return made(rows, *given, **more)

        monkeypatch.setattr(enclosing, "files", fail)
        for _ in range(2):
            with pytest.raises(ValueError, match="poison"):
                digests.send_due()
            assert [finding(each).state for each in (POWER, CITY, HOSTER)] == ["notified", "open", "notified"]
        monkeypatch.undo()
        assert digests.send_due() == 1
        assert (Digest.objects.count(), Notice.objects.filter(template="findings").count()) == (3, 3)

    def test_a_batch_that_breaks_off_has_told_nobody(self, monkeypatch: Any) -> None:
        """Killed at the last step: the next worker tells everybody, once."""

        class Killed(BaseException):
            pass

        def die(*_: Any) -> None:
            raise Killed

        monkeypatch.setattr(digests, "_note", die)
        with pytest.raises(Killed):
            digests.send_due()
        assert (Digest.objects.count(), Notice.objects.filter(template="findings").count()) == (0, 0)
        monkeypatch.undo()
        assert (digests.send_due(), digests.send_due()) == (3, 0)

    def test_it_leaves_what_another_worker_has_sent_and_what_has_changed(self, cast: Cast) -> None:
        written = digests._written(digests.due())
        home = finding(CITY)
        Digest.objects.create(
            operation_id=home.operation_id,
            organisation_id=home.organisation_id or 0,
            type=home.type,
            day=NOON.date(),
            rows=0,
        )
        findings.fix([finding(POWER).public_id], words="closed", actor=cast.constituent)
        assert digests._tell(written) == 1
        assert [finding(each).state for each in (POWER, "198.51.100.24", CITY, HOSTER)] == [
            "fixed",
            "open",
            "open",
            "notified",
        ]
        assert digests.send_due() == 1
        assert finding("198.51.100.24").state == "notified"

    def test_a_batch_is_of_one_operation_and_type_and_bounded(self) -> None:
        due = [
            digests.Due(frame, home, kind, NOON.date(), rows)
            for frame, kind, home, rows in (
                *((1, "a", home, 10) for home in range(70)),
                *((1, "b", home, 900) for home in range(3)),
                (1, "b", 3, 5000),
                (2, "b", 0, 1),
            )
        ]
        found = list(digests.batches(due))
        assert [len(each) for each in found] == [64, 6, 2, 1, 1, 1]
        assert [each for batch in found for each in batch] == due


class TestAnswers:
    @pytest.fixture(autouse=True)
    def _told(self, cast: Cast, at: Any) -> None:
        at(NOON)
        deliver(ssh(POWER, "198.51.100.24", CITY), named("scan_ssh"), actor=cast.officer)
        told(at)

    def test_it_keeps_a_false_positive_quiet_until_it_expires(self, cast: Cast, at: Any) -> None:
        key = finding(POWER).public_id
        with pytest.raises(Invalid):
            findings.acknowledge([key], verdict="false-positive", actor=cast.constituent)
        findings.acknowledge(
            [key], verdict="false-positive", words="our own honeypot", quiet=30, actor=cast.constituent
        )
        for offset, state in ((5, "acknowledged"), (29, "acknowledged"), (31, "open")):
            at(NOON + timedelta(days=offset))
            deliver(ssh(POWER, CITY, day=later(offset)), named("scan_ssh", later(offset)), actor=cast.officer)
            assert finding(POWER).state == state
        assert finding(POWER).verdict == ""
        assert list(finding(POWER).steps.values_list("state", "verdict", "words")) == [
            ("notified", "", ""),
            ("acknowledged", "false-positive", "our own honeypot"),
            ("open", "", ""),
        ]

    def test_it_believes_that_it_is_mended_until_it_is_seen_again(self, cast: Cast, at: Any) -> None:
        at(NOON + timedelta(hours=5))
        findings.fix([finding(POWER).public_id], words="closed at the border", actor=cast.constituent)
        assert Step.objects.get(state="fixed").took == int((timedelta(hours=5) - QUIET).total_seconds())
        deliver(ssh(POWER, CITY, hour=2), named("scan_ssh", scope="late"), actor=cast.officer)
        assert finding(POWER).state == "fixed"
        at(NOON + timedelta(days=2))
        deliver(ssh(POWER, CITY, day=later(2)), named("scan_ssh", later(2)), actor=cast.officer)
        assert (finding(POWER).state, finding(POWER).reappeared) == ("reappeared", 1)
        assert told(at, NOON + timedelta(days=2)) == 1
        assert finding(POWER).state == "notified"

    def test_it_refuses_others(self, cast: Cast) -> None:
        keys = [finding(POWER).public_id]
        for who in ("city", "stranger", "partner", "anonymous"):
            with pytest.raises(NotFound):
                findings.fix(keys, actor=getattr(cast, who))
        with pytest.raises(NotFound):
            findings.fix([*keys, finding(CITY).public_id], actor=cast.constituent)
        with pytest.raises(Forbidden):
            findings.fix(keys, actor=cast.auditor)
        with pytest.raises(Forbidden):
            findings.reassign(keys, organisation="", words="x", actor=cast.constituent)
        assert finding(POWER).state == "notified"

    def test_it_takes_one_answer_to_the_digest_for_all_of_it(self, cast: Cast, at: Any) -> None:
        findings.acknowledge([finding("198.51.100.24").public_id], verdict="confirmed", actor=cast.constituent)
        receipt = Receipt.objects.get(organisation__code="SUNPOWER")
        notices.answer(
            receipt.public_id,
            code="false-positive",
            words="a scanner of ours",
            grade=Grade.SIGNED_IN,
            actor=cast.constituent,
        )
        pump(worker.HANDLERS, worker.read_journal)
        assert (finding(POWER).verdict, finding(POWER).words) == ("false-positive", "a scanner of ours")
        assert finding("198.51.100.24").verdict == "confirmed"
        assert finding(CITY).state == "notified"

    def test_it_gives_a_finding_to_who_really_has_it(self, cast: Cast, at: Any) -> None:
        home = cast.country.organisations["FARHILL"]
        key = finding(POWER).public_id
        findings.reassign([key], organisation=home.public_id, words="rented out", actor=cast.officer)
        assert (finding(POWER).organisation, finding(POWER).state) == (home, "open")
        with pytest.raises(NotFound):
            findings.fix([key], actor=cast.constituent)
        at(NOON + timedelta(days=1))
        run = deliver(ssh(POWER, day=later(1)), named("scan_ssh", later(1)), actor=cast.officer)
        assert (run.fresh, run.again, finding(POWER).organisation, finding(POWER).count) == (0, 1, home, 2)
        assert told(at, NOON + timedelta(days=1)) == 1
        assert Digest.objects.latest("sent_at").organisation == home

    def test_it_counts_what_was_merged_in_one_place(self, cast: Cast, at: Any) -> None:
        part, whole = finding("198.51.100.24"), finding(POWER)
        with pytest.raises(Conflict):
            findings.merge([part.public_id], into=finding(CITY).public_id, actor=cast.officer)
        findings.merge([part.public_id], into=whole.public_id, actor=cast.officer)
        assert [each.address for each in Finding.objects.standing().filter(organisation=whole.organisation)] == [POWER]
        at(NOON + timedelta(days=1))
        deliver(ssh("198.51.100.24", day=later(1)), named("scan_ssh", later(1)), actor=cast.officer)
        assert (finding(POWER).count, finding(POWER).last_seen.date()) == (2, later(1))

    def test_it_opens_a_case_with_its_clocks(self, cast: Cast) -> None:
        found = finding(POWER)
        draft = IncidentDraft(title="Open SSH", owner=found.organisation.public_id, addresses=POWER, level=2)
        with pytest.raises(Conflict):
            observed.open_from_finding(found.public_id, draft, actor=cast.officer)
        findings.acknowledge([found.public_id], verdict="confirmed", actor=cast.constituent)
        incident = observed.open_from_finding(found.public_id, draft, actor=cast.officer)
        assert finding(POWER).incident == incident.public_id
        assert incident.obligations.exists()
        with pytest.raises(Conflict):
            observed.open_from_finding(found.public_id, draft, actor=cast.officer)
