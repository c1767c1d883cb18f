"""The page of a case: obligations as a timeline, who was told and who answered, threads, participants, every step."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.conftest import NOON, Cast
from tests.pages import Browser, upload
from tests.stories import handle, opened, receipt_of, reported, settled, tell
from tests.web import filled
from tongbao.incidents.actions import cases, log
from tongbao.incidents.models import Incident, LogEntry, Obligation, Participant
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.notices import actions as notices
from tongbao.notices import links
from tongbao.notices.channels.email.words import own
from tongbao.notices.models import Notice, Receipt

pytestmark = pytest.mark.usefixtures("noon")


def page_of(cast: Cast, incident: Incident, who: str = "officer", language: str = "en") -> Browser:
    return Browser(cast.browser(who, language)).get(f"/incidents/{incident.public_id}/")


def thread(incident: Incident, code: str) -> Participant:
    return Participant.objects.get(incident=incident, organisation__code=code)


def test_it_draws_obligations_as_a_timeline_with_a_table_beside_it(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    with clock.at(NOON + timedelta(hours=3)):
        page = page_of(cast, incident)
    chart = page.page.find("svg", class_="chart")
    assert chart is not None
    assert chart["role"] == "img"  # type: ignore[index]
    assert "Obligations: 3. Overdue: 1." in chart.get_text()
    table = page.section("Obligations")
    for words in ("report the incident", "review the level", "Regulations Governing the Reporting", "overdue"):
        assert words in table, words
    assert page_of(cast, opened(cast, title="無義務")).has("The law lays no time limits on this case.")


def test_it_meets_and_waives_with_words(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    page = page_of(cast, incident)
    review = incident.obligations.get(duty="review")
    page.send(page.form(f"/obligations/{review.public_id}/meet/"), text=" ")
    assert page.status == 422
    assert page.errors()
    page.send(page.form(f"/obligations/{review.public_id}/meet/"), text="部會電話確認第三級")
    assert page.has("部會電話確認第三級", "review of the level")
    contain = incident.obligations.get(duty="contain")
    page.send(page.form(f"/obligations/{contain.public_id}/waive/"), reason="改" * 4001)
    assert page.value("reason") == "改" * 4001, "what was typed stays where it was typed"
    page.send(page.form(f"/obligations/{contain.public_id}/waive/"), reason="非實際事件")
    assert page.has("waived", "非實際事件")
    assert set(Obligation.objects.filter(state="due").values_list("duty", flat=True)) == {"relay"}, (
        "starts at the review"
    )


def test_it_hides_the_waiving_from_those_who_may_not(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    page = page_of(cast, incident, "handler")
    assert [form for form in page.forms() if str(form.get("action")).endswith("/meet/")]
    assert not [form for form in page.forms() if str(form.get("action")).endswith("/waive/")]


def test_it_tells_those_concerned_after_showing_the_text(cast: Cast) -> None:
    incident = opened(cast, reported(cast), tlp=TLP.GREEN, addresses="203.0.113.66")
    page = page_of(cast, incident).click("Tell those concerned")
    assert page.has("has to review the level", "owns an address named in the case 203[.]0[.]113[.]66", "reported it")
    form = page.form(field="version")
    page.send(form, step="look", extra_en="Please keep the disk.", extra_zh="請保留磁碟。")
    assert page.has("This is what goes out", "請保留磁碟。", "Please keep the disk.", "請審核案件")
    assert not Notice.objects.exists(), "looking sends nothing"
    page.send(page.form(field="version"), step="send", extra_en="Please keep the disk.", extra_zh="請保留磁碟。")
    assert page.at == f"/incidents/{incident.public_id}/"
    assert page.has("2 notices are on their way.")
    told = page.section("Who was told, who answered")
    for words in ("Ministry of Energy", "Far Hill Hosting", "no answer yet", "waiting to be sent"):
        assert words in told, words
    assert "Sunlight" not in told, "the reporter is proposed, not ticked"


def test_it_says_to_an_owner_which_address_it_is(cast: Cast) -> None:
    """The text is the same for all; which address is named stands for its owner alone, where the text may be read."""
    incident = opened(cast, reported(cast), tlp=TLP.GREEN, addresses="203.0.113.66")
    tell(cast, incident)
    owner, ministry = (receipt_of(code) for code in ("FARHILL", "MOE-E"))
    said = "What the case names of your addresses: 203[.]0[.]113[.]66"
    by_link = Browser(cast.browser())
    assert by_link.get(f"/a/{links.token(owner)}").has(said)
    assert "203[.]0" not in by_link.get(f"/a/{links.token(ministry)}").text()
    assert Browser(cast.browser("hoster", "en")).get(f"/my/inbox/{owner.public_id}/").has(said)
    assert said in own(owner, "en")
    assert "案件所涉之貴單位位址：203[.]0[.]113[.]66" in own(owner, "zh-hant")
    assert own(ministry, "en") == ""
    Notice.objects.filter(pk=owner.notice_id).update(tlp=TLP.AMBER)
    assert "203[.]0" not in by_link.get(f"/a/{links.token(owner)}").text()
    Notice.objects.filter(pk=owner.notice_id).update(tlp=TLP.GREEN, template="information")
    assert "203[.]0" not in by_link.get(f"/a/{links.token(owner)}").text(), "the officer chose a text that names none"


def test_it_wants_a_reason_for_telling_otherwise(cast: Cast) -> None:
    """Somebody proposed is not told, somebody else is: both with a reason, and both stand in the log."""
    incident = opened(cast, reported(cast), tlp=TLP.GREEN)
    ministry = cast.country.organisations["MOE-E"].public_id
    city = cast.country.organisations["HARBOUR"].public_id
    page = page_of(cast, incident).click("Tell those concerned")
    page.send(page.form(field="version"), step="send", **{f"tick_{ministry}": None}, further=city)
    assert set(page.errors()) == {f"why_not_{ministry}", "further_reason"}
    assert page.value("further") == "HARBOUR Harbour City Government"
    page.send(
        page.form(field="version"),
        step="send",
        **{f"tick_{ministry}": None, f"why_not_{ministry}": "已當面告知"},
        further=city,
        further_template="information",
        further_reason="共用機房",
    )
    assert page.has("未通知 / not told: 能源部：已當面告知", "added by the officer · 共用機房")
    assert [each.organisation.code for each in Receipt.objects.select_related("organisation")] == ["HARBOUR"]
    assert JournalEntry.objects.filter(event="incident.concern-dropped").count() == 1


def test_it_shows_who_answered_and_how(cast: Cast) -> None:
    incident = opened(cast, reported(cast), tlp=TLP.GREEN)
    tell(cast, incident)
    notices.answer_by_link(links.token(receipt_of("MOE-E")), code="confirm")
    handle()
    told = page_of(cast, incident).section("Who was told, who answered")
    assert "We confirm the level" in told
    assert "through the signed link" in told
    notice = receipt_of("SUNPOWER").notice
    page = Browser(cast.browser("officer")).get(f"/console/notices/{notice.public_id}/")
    page.send(page.form("/telephone/"), answer="unknown", text="張聯絡：處理中")
    assert page.status == 422
    assert page.value("text") == "張聯絡：處理中"
    page.send(page.form("/telephone/"), answer="received", text="張聯絡來電")
    assert page.has("Recorded.", "by telephone, typed by an officer", "張聯絡來電")


def test_it_keeps_notes_from_participants_and_threads_apart(cast: Cast) -> None:
    incident = opened(cast, reported(cast), addresses="203.0.113.66")
    tell(cast, incident)
    page = page_of(cast, incident)
    page.send(page.form("/note/"), note__text="研判為同一組織", note__tlp="3")
    assert page.has("研判為同一組織", "TLP:AMBER+STRICT", "handlers only")
    page.send(page.form(f"/threads/{thread(incident, 'FARHILL').public_id}/message/"), message__text="請關閉主機")
    assert page.has("請關閉主機", "thread: Far Hill Hosting")
    hoster = Browser(cast.browser("hoster")).get(f"/my/cases/{incident.public_id}/")
    assert hoster.has("請關閉主機")
    assert not hoster.has("研判為同一組織")
    assert not Browser(cast.browser("constituent")).get(f"/my/cases/{incident.public_id}/").has("請關閉主機")


def test_it_keeps_a_refused_message_in_its_own_thread(cast: Cast) -> None:
    incident = opened(cast, reported(cast), addresses="203.0.113.66")
    tell(cast, incident)
    page, hoster = page_of(cast, incident), thread(incident, "FARHILL")
    page.send(
        page.form(f"/threads/{hoster.public_id}/message/"),
        message__text="請保留記錄",
        message__tlp="1",
        message__attachments=upload("空.txt", b""),
    )
    assert page.status == 422
    assert "The file is empty." in page.text()
    typed = filled(page.form(f"/threads/{hoster.public_id}/message/"))
    assert (str(typed["message-text"]).strip(), typed["message-tlp"]) == ("請保留記錄", "1")
    other = filled(page.form(f"/threads/{thread(incident, 'SUNPOWER').public_id}/message/"))
    assert str(other["message-text"]).strip() == ""
    assert not LogEntry.objects.filter(kind="message").exists()


def test_it_marks_every_entry(cast: Cast) -> None:
    """A message may be marked wider than the case, never TLP:RED: that is for named persons."""
    incident = opened(cast, reported(cast))
    page, power = page_of(cast, incident), thread(incident, "SUNPOWER")
    page.send(page.form(f"/threads/{power.public_id}/message/"), message__text="可轉知", message__tlp="1")
    assert LogEntry.objects.get(text="可轉知").tlp == TLP.GREEN
    page.send(page.form(f"/threads/{power.public_id}/message/"), message__text="x", message__tlp="4")
    assert page.status == 422
    page.send(page.form("/note/"), note__text="僅我知悉", note__tlp="4")
    assert page.has("僅我知悉", "TLP:RED")
    assert not page_of(cast, incident, "handler").has("僅我知悉")


def test_it_adds_and_removes_participants_by_hand(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    page = page_of(cast, incident)
    city = "harbour"
    page.send(page.form("/participants/"), participant__organisation="", participant__role="helper")
    assert page.errors()["participant-organisation"]
    page.send(page.form("/participants/"), participant__organisation="Nobody at all", participant__role="helper")
    assert "no such organisation" in page.errors()["participant-organisation"]
    page.send(page.form("/participants/"), participant__organisation=city, participant__role="helper")
    assert page.has("Harbour City Government helper")
    visitor = Browser(cast.browser("city"))
    assert visitor.get(f"/my/cases/{incident.public_id}/").has("Your part: helper")
    leaving = f"/participants/{thread(incident, 'HARBOUR').public_id}/leave/"
    page.send(page.form(leaving), leave__reason="")
    assert page.errors()
    page.send(page.form(leaving), leave__reason="協助完成")
    assert page.has("協助完成", "Harbour City Government helper · until 2026-11-23")
    assert visitor.get(f"/my/cases/{incident.public_id}/").status == 404
    events = JournalEntry.objects.filter(event__startswith="participant.").order_by("seq")
    assert [each.event for each in events] == ["participant.added", "participant.added", "participant.left"]


def test_it_keeps_the_organisation_hit_and_the_obliged(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    tell(cast, incident)
    page = page_of(cast, incident)
    for code, said in (("SUNPOWER", "happened to this organisation"), ("MOE-E", "still has to meet an obligation")):
        page.send(page.form(f"/participants/{thread(incident, code).public_id}/leave/"), leave__reason="x")
        assert said in page.errors()[""], code
    assert Participant.objects.present().filter(incident=incident).count() == 2


def test_it_makes_the_new_owner_take_part(cast: Cast) -> None:
    """It turned out to have happened to somebody else: that organisation gets its thread and its obligations."""
    incident = opened(cast, reported(cast))
    page = page_of(cast, incident).click("Edit")
    page.send(page.form(field="title"), owner=cast.country.organisations["HARBOUR"].public_id, level="2")
    assert page.has("Harbour City Government organisation hit", "Ministry of the Interior")
    duties_of = incident.obligations.open().filter(duty="contain").select_related("organisation")
    assert [each.organisation.code for each in duties_of if each.organisation] == ["HARBOUR"]


def test_it_closes_only_what_is_settled_and_opens_again(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    page = page_of(cast, incident)
    page.send(page.form("/close/"), close__outcome="已復原")
    assert "4 obligations are still open" in page.errors()[""]
    assert page.value("close-outcome") == "已復原"
    settled(cast, incident)
    page.send(page.form("/close/"), close__outcome="已復原，憑證已更換。")
    assert page.has("The case is closed.", "已復原，憑證已更換。")
    assert not [form for form in page.forms() if str(form.get("action")).endswith("/note/")]
    page.send(page.form("/reopen/"), reopen__reason="再度發現")
    assert page.has("再度發現")
    incident.refresh_from_db()
    assert (incident.state, incident.closed_at) == ("open", None)


def test_it_takes_no_message_to_a_case_that_has_ended(cast: Cast) -> None:
    incident = opened(cast, reported(cast, "anonymous"))
    cases.close_incident(incident.public_id, outcome="完成", version=incident.version, actor=cast.officer)
    reporter = cast.browser()
    session = reporter.session
    session["submission"] = incident.submissions.get().public_id
    session.save()
    reporter.cookies["sessionid"] = str(session.session_key)
    page = Browser(reporter).get("/follow-up/case/")
    assert page.has("This case is closed.")
    page.post("/follow-up/case/", {"text": "還有一件事"})
    assert page.errors()[""] == "This case is not open any more."
    assert not LogEntry.objects.filter(text="還有一件事").exists()


def test_it_links_and_merges(cast: Cast) -> None:
    first, second = opened(cast, title="甲案", addresses="203.0.113.66"), opened(cast, title="乙案")
    page = page_of(cast, first)
    page.send(page.form("/link/"), link__other=second.number.lower(), link__reason="同一惡意程式")
    assert "同一惡意程式" in page.section("Where it came from")
    page.send(page.form("/link/"), link__other=first.number, link__reason="x")
    assert page.errors()["link-other"].endswith("Choose another case that you can see.")
    log.add_task(first.public_id, title="調閱日誌", actor=cast.officer)
    page.get(f"/incidents/{first.public_id}/")
    page.send(page.form("/merge/"), merge__into=second.number, merge__reason="")
    assert page.errors()
    page.send(page.form("/merge/"), merge__into=second.number, merge__reason="同一攻擊")
    assert page.at == f"/incidents/{second.public_id}/"
    assert page.has("同一攻擊", f"Merged in: {first.number}", "調閱日誌", "203[.]0[.]113[.]66")
    ended = page_of(cast, first)
    assert ended.has(f"Goes on in {second.number}", "merged")
    assert not [form for form in ended.forms() if str(form.get("action")).endswith("/close/")]


def test_it_keeps_the_obligations_of_both_when_two_cases_are_one(cast: Cast) -> None:
    """Editing the case that goes on leaves the other's clocks as they are."""
    power = opened(cast, reported(cast))
    city = opened(cast, reported(cast, "city", level=2))
    cases.merge_incident(
        city.public_id, into=power.public_id, reason="同一攻擊", version=city.version, actor=cast.officer
    )
    before = set(power.obligations.filter(organisation__code__in=["HARBOUR", "MOI"]).values_list("pk", "state"))
    assert before
    page = page_of(cast, power).click("Edit")
    page.send(page.form(field="title"), level="1")
    after = set(power.obligations.filter(organisation__code__in=["HARBOUR", "MOI"]).values_list("pk", "state"))
    assert after == before
    own = power.obligations.open().filter(organisation__code="SUNPOWER")
    assert {each.level for each in own} == {1}


def test_it_hears_an_answer_where_the_case_goes_on(cast: Cast) -> None:
    """Merged twice before the ministry answers: the entry and the obligation are in the last case."""
    first = opened(cast, reported(cast))
    tell(cast, first, tlp=TLP.GREEN)
    second, third = opened(cast, title="乙案"), opened(cast, title="丙案")
    for ended, into in ((first, second), (second, third)):
        ended.refresh_from_db()
        cases.merge_incident(
            ended.public_id, into=into.public_id, reason="x", version=ended.version, actor=cast.officer
        )
    notices.answer_by_link(links.token(receipt_of("MOE-E")), code="confirm")
    handle()
    assert third.obligations.get(duty="review").state == "met"
    entry = LogEntry.objects.get(kind="evidence")
    assert entry.incident == third
    assert entry.participant is not None
    assert entry.participant.incident == third


def test_it_names_a_reader_of_a_red_case(cast: Cast) -> None:
    red = opened(cast, title="紅色案件", tlp=TLP.RED)
    page = page_of(cast, red)
    assert page.has("紅色案件", "you are named for it", "Reading it has been recorded.")
    assert page_of(cast, red, "handler").status == 404
    page.send(page.form("/readers/"), reader__user="nobody@nowhere.example")
    assert page.errors()["reader-user"].endswith("No account with this address is open.")
    page.send(page.form("/readers/"), reader__user="wang@nco.example")
    assert page_of(cast, red, "handler").has("紅色案件")
    reads = JournalEntry.objects.filter(event="access.read", subject_id=red.public_id)
    assert cast.handler.reference in set(reads.values_list("actor", flat=True))


def test_it_tells_of_a_restricted_case_no_more_widely(cast: Cast) -> None:
    strict = opened(cast, reported(cast), tlp=TLP.AMBER_STRICT)
    page = page_of(cast, strict).click("Tell those concerned")
    assert page.value("tlp") == str(TLP.AMBER_STRICT.value)
    page.send(page.form(field="version"), step="send", tlp="1")
    assert "cannot be marked more widely" in page.errors()["tlp"]
    page.send(page.form(field="version"), step="send", tlp="3")
    assert Notice.objects.get().tlp == TLP.AMBER_STRICT


def test_it_hands_out_files_without_metadata(cast: Cast, settings: Any, tmp_path: Any) -> None:
    import msgspec

    from tests.files import samples
    from tongbao.files import sweeps

    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, data_dir=str(tmp_path))
    incident = opened(cast, reported(cast))
    page = page_of(cast, incident)
    picture = upload("現場.jpg", samples.jpeg(), "image/jpeg")
    page.send(page.form("/note/"), note__text="現場照片", note__attachments=picture)
    assert page.has("現場.jpg", "being freed of metadata")
    (address,) = page.links("現場.jpg")
    assert page.client.get(address).status_code == 409
    sweeps.clean_pending()
    page.get(f"/incidents/{incident.public_id}/")
    assert page.has("free of metadata", "as it came")
    clean = b"".join(page.client.get(address).streaming_content)  # type: ignore[attr-defined]
    assert samples.SECRET not in clean
    original = page.client.get(page.links("as it came")[0])
    assert b"".join(original.streaming_content) == samples.jpeg()  # type: ignore[attr-defined]
    assert original.headers["Content-Disposition"].startswith("attachment;")
    handler = page_of(cast, incident, "handler")
    assert not handler.links("as it came")
    assert handler.client.get(f"{address}original/").status_code == 403


def test_it_takes_a_file_away_that_should_not_be_there(cast: Cast, settings: Any, tmp_path: Any) -> None:
    import msgspec

    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, data_dir=str(tmp_path))
    incident = opened(cast, reported(cast))
    page = page_of(cast, incident)
    page.send(page.form("/note/"), note__text="附檔", note__attachments=upload("機密.txt", b"secret plan"))
    (address,) = page.links("機密.txt")
    file = address.strip("/").split("/")[1]
    assert page.has(file), "the officer can say which file it is"
    admin = Browser(cast.browser("admin"))
    assert admin.get(f"/incidents/{incident.public_id}/").status == 403
    admin.get("/console/health/")
    admin.send(admin.form("/files/find/"), number=f" {file} ")
    assert admin.at == f"{address}purge/", "by the number alone"
    assert not admin.has("機密.txt"), "the name may be what must not be known"
    admin.send(admin.form(field="reason"), reason=" ")
    assert admin.errors()["reason"]
    admin.send(admin.form(field="reason"), reason="誤傳密件")
    assert admin.has("The file has been taken away everywhere.", "誤傳密件", "吳管理")
    page.get(f"/incidents/{incident.public_id}/")
    assert page.has("File taken away", "誤傳密件")
    assert not page.has("機密.txt")
    assert page.client.get(address).status_code == 409
    assert admin.get(f"/files/{'a' * 20}/purge/").status == 404
    assert admin.get("/files/find/?number=x").status == 404
    assert page.get(f"/files/find/?number={file}").status == 403
    assert Browser(cast.browser("officer")).get(f"{address}purge/").status == 403


def test_it_turns_to_older_entries(cast: Cast) -> None:
    incident = opened(cast)
    for number in range(60):
        with clock.at(NOON + timedelta(minutes=number)):
            log.note(incident.public_id, words=f"第 {number} 則", actor=cast.officer)
    page = page_of(cast, incident)
    shown = set(re.findall(r"第 (\d+) 則", page.text()))
    page.click("Older entries")
    older = set(re.findall(r"第 (\d+) 則", page.text()))
    assert shown & older == set()
    assert shown | older == {str(number) for number in range(60)}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"甲案", "乙案", "丙案"}),
        ("?state=open", {"甲案", "乙案"}),
        ("?state=closed", {"丙案"}),
        ("?level=3", {"乙案"}),
        ("?state=nonsense&level=x&after=y", {"甲案", "乙案", "丙案"}),
        ("?since=2026-11-23T12:30", {"乙案"}),
        ("?q=甲案", {"甲案"}),
        ("?q=甲案&state=closed", set()),
    ],
)
def test_it_narrows_the_list_by_its_address(query: str, found: set[str], cast: Cast, noon: datetime) -> None:
    opened(cast, title="甲案")
    with clock.at(NOON + timedelta(hours=1)):
        opened(cast, title="乙案", level=3)
    closed = opened(cast, title="丙案")
    cases.close_incident(closed.public_id, outcome="x", version=closed.version, actor=cast.officer)
    page = Browser(cast.browser("handler")).get(f"/incidents/{query}")
    assert {name for name in ("甲案", "乙案", "丙案") if page.has(name)} == found
    assert page.has(f"{len(found)} case{'' if len(found) == 1 else 's'}")
