"""Files that go with a warning: what is approved is what goes out, to those who may read the warning."""

import csv
import hashlib
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from lxml import etree
from msgspec.structs import replace

from tests.conftest import NOON, Cast
from tests.files.samples import SECRET, jpeg
from tests.notices.test_delivery import Server
from tests.notices.warnings import drafted, handed_in
from tests.pages import Browser
from tongbao.files import actions as purging
from tongbao.files import steps as files
from tongbao.files import store, sweeps
from tongbao.files.models import StoredFile
from tongbao.files.steps import Received
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Conflict, Invalid, NotFound
from tongbao.notices import delivery, links, proof, wire
from tongbao.notices.actions import drafts
from tongbao.notices.actions.enclosing import enclose
from tongbao.notices.channels.webhook.channel import document
from tongbao.notices.models import Delivery, Draft, Notice, Receipt
from tongbao.notices.rules.content import MOST_FILES, Audience, Enclosed, Kind
from tongbao.release.models import Outgoing, Release
from tongbao.standards.cap import verdict

pytestmark = pytest.mark.usefixtures("noon")
PLAN = "撤離路線 evacuation route".encode()


def upload(content: bytes = PLAN, name: str = "撤離路線.txt", media_type: str = "text/plain") -> Received:
    return Received(store.write([content]), name, media_type)


def with_files(cast: Cast, *uploads: Received, codes: tuple[str, ...] = ("SUNPOWER",), **options: Any) -> Draft:
    draft = drafted(cast, *codes, **options)
    return enclose(draft.public_id, list(uploads or [upload()]), version=draft.version, actor=cast.handler)


def submitted(cast: Cast, draft: Draft) -> Draft:
    return drafts.submit_draft(draft.public_id, version=draft.version, actor=cast.handler)


def let_out(cast: Cast, draft: Draft) -> Notice:
    draft = submitted(cast, draft)
    if draft.tlp == TLP.RED:
        drafts.name_second(draft.public_id, user=cast.country.people["officer"].email, actor=cast.handler)
    return drafts.approve_draft(draft.public_id, digest=draft.digest, actor=cast.officer)


def of(notice: Notice) -> StoredFile:
    return files.attached(notice).get()


def bytes_of(response: Any) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def test_the_second_person_approves_the_very_bytes(cast: Cast) -> None:
    draft = submitted(cast, with_files(cast))
    (named,) = draft.warning.files
    assert (named.name, named.size, named.sha256) == ("撤離路線.txt", len(PLAN), hashlib.sha256(PLAN).hexdigest())
    read = draft.digest
    draft = enclose(draft.public_id, [upload(b"other", "b.txt")], version=draft.version, actor=cast.handler)
    assert draft.state == Draft.State.DRAFTING
    draft = submitted(cast, draft)
    assert draft.digest != read
    with pytest.raises(Conflict, match="changed-meanwhile"):
        drafts.approve_draft(draft.public_id, digest=read, actor=cast.officer)
    notice = drafts.approve_draft(draft.public_id, digest=draft.digest, actor=cast.officer)
    assert [each.name for each in files.attached(notice)] == ["撤離路線.txt", "b.txt"]


def test_the_same_file_again_changes_nothing(cast: Cast) -> None:
    draft = with_files(cast)
    again = enclose(draft.public_id, [upload()], version=draft.version, actor=cast.handler)
    assert (again.version, len(again.warning.files)) == (draft.version, 1)


def test_it_goes_out_without_metadata(cast: Cast) -> None:
    draft = with_files(cast, upload(jpeg(), "map.jpg", "image/jpeg"))
    with pytest.raises(Invalid) as refusal:
        submitted(cast, draft)
    assert [(each.path, each.code) for each in refusal.value.problems] == [("files", "file-being-cleaned")]
    sweeps.clean_pending()
    notice = let_out(cast, draft)
    receipt = Receipt.objects.get(notice=notice)
    there = bytes_of(cast.browser("constituent").get(f"/files/{of(notice).public_id}/"))
    assert SECRET not in there
    server = Server()
    delivery.send_due(connect=server.connect)
    (mail,) = [each for each in server.taken if each.is_multipart()]
    (part,) = mail.iter_attachments()
    assert (part.get_filename(), part.get_content(), part.get_content_type()) == ("map.jpg", there, "image/jpeg")
    content = notice.warning
    assert content is not None
    assert content.files[0].sha256 == hashlib.sha256(there).hexdigest()
    assert content.files[0].sha1 == hashlib.sha1(there, usedforsecurity=False).hexdigest()
    assert receipt.notice == notice


@pytest.mark.parametrize(
    ("uploads", "code"),
    [
        ([], "required"),
        ([(b"%d" % n, f"{n}.txt") for n in range(MOST_FILES + 1)], "too-many"),
        ([(bytes(1 << 20) * 13 + b"%d" % n, f"{n}.bin") for n in range(2)], "files-too-large"),
    ],
)
def test_it_refuses_too_many_and_too_large(cast: Cast, uploads: list[tuple[bytes, str]], code: str) -> None:
    draft = drafted(cast, "SUNPOWER")
    sent = [upload(content, name) for content, name in uploads]
    with pytest.raises(Invalid) as refusal:
        enclose(draft.public_id, sent, version=draft.version, actor=cast.handler)
    assert [(each.path, each.code) for each in refusal.value.problems] == [("files", code)]
    assert not files.attached(draft).exists()


def test_a_file_comes_in_by_being_enclosed_only(cast: Cast) -> None:
    draft, other = with_files(cast), with_files(cast, upload(b"x", "x.txt"))
    stolen = replace(draft.warning, files=other.warning.files)
    forged = replace(draft.warning, files=(Enclosed("a" * 20, "n", "text/plain", 1, "0" * 64),))
    for content in (stolen, forged):
        with pytest.raises(Invalid, match="invalid"):
            drafts.edit_draft(draft.public_id, content, version=draft.version, actor=cast.handler)
    with pytest.raises(NotFound):
        enclose(draft.public_id, [upload()], version=draft.version, actor=cast.constituent)
    out = replace(draft.warning, files=())
    draft = drafts.edit_draft(draft.public_id, out, version=draft.version, actor=cast.handler)
    assert not files.attached(let_out(cast, draft)).exists()


def test_what_was_taken_away_meanwhile_is_not_sent(cast: Cast) -> None:
    draft = submitted(cast, with_files(cast))
    purging.purge(draft.warning.files[0].file, reason="誤傳", actor=cast.admin)
    with pytest.raises(Conflict, match="file-purged"):
        drafts.approve_draft(draft.public_id, digest=draft.digest, actor=cast.officer)
    assert not Notice.objects.exists()
    draft = drafts.return_draft(draft.public_id, because="檔案已移除", actor=cast.officer)
    with pytest.raises(Invalid) as refusal:
        submitted(cast, draft)
    assert [each.code for each in refusal.value.problems] == ["file-gone"]


@pytest.mark.parametrize("tlp", [TLP.GREEN, TLP.AMBER, TLP.RED])
def test_it_is_mailed_only_where_the_text_may_be(cast: Cast, tlp: TLP) -> None:
    notice = let_out(cast, with_files(cast, tlp=tlp))
    server = Server()
    delivery.send_due(connect=server.connect)
    mails = [each for each in server.taken if "sunpower" in str(each["To"])]
    receipt = Receipt.objects.get(notice=notice)
    row = Delivery.objects.filter(receipt=receipt)[0]
    shown = tlp is TLP.GREEN
    assert [each.is_multipart() for each in mails] == [shown] * len(mails)
    names = [part.get_filename() for each in mails if each.is_multipart() for part in each.iter_attachments()]
    assert names == ["撤離路線.txt"] * (len(mails) if shown else 0)
    assert ("files" in document(row)["notice"]) == shown
    link = f"/a/{links.token(receipt)}"
    anybody, stored = cast.browser(), of(notice)
    page = anybody.get(link).content.decode()
    assert (stored.name in page) == shown
    fetched = anybody.get(f"{link}/files/{stored.public_id}/")
    assert fetched.status_code == (200 if shown else 404)
    if shown:
        assert bytes_of(fetched) == PLAN
    assert anybody.get(f"/a/{'a' * 20}.{'b' * 43}/files/{stored.public_id}/").status_code == 404


def test_a_link_leads_to_the_files_of_its_own_notice_only(cast: Cast) -> None:
    first, second = let_out(cast, with_files(cast)), let_out(cast, with_files(cast, upload(b"x", "x.txt")))
    token = links.token(Receipt.objects.get(notice=first))
    assert cast.browser().get(f"/a/{token}/files/{of(second).public_id}/").status_code == 404
    later = NOON + timedelta(days=15)
    with clock.at(later):
        assert cast.browser().get(f"/a/{token}/files/{of(first).public_id}/").status_code == 404


def test_a_file_too_large_for_a_mail_waits_at_the_link(cast: Cast) -> None:
    let_out(cast, with_files(cast, upload(bytes(9 << 20), "big.bin", "")))
    server = Server()
    delivery.send_due(connect=server.connect)
    (mail,) = [each for each in server.taken if "sunpower" in str(each["To"])]
    assert not mail.is_multipart()
    assert "big.bin" in mail.get_content()


def test_only_those_who_got_the_warning_get_its_files(cast: Cast) -> None:
    draft = submitted(cast, with_files(cast))
    beside = f"/files/{draft.warning.files[0].file}/"
    assert bytes_of(cast.browser("officer").get(beside)) == PLAN
    notice = drafts.approve_draft(draft.public_id, digest=draft.digest, actor=cast.officer)
    address = f"/files/{of(notice).public_id}/"
    assert bytes_of(cast.browser("constituent").get(address)) == PLAN
    for who, path in [("constituent", beside), ("hoster", address), ("stranger", address), ("anonymous", address)]:
        assert cast.browser(who).get(path).status_code in (302, 404), who
    inbox = Browser(cast.browser("constituent")).get(f"/my/inbox/{Receipt.objects.get(notice=notice).public_id}/")
    assert "撤離路線.txt" in inbox.section("Enclosed files")


def test_everybody_gets_those_of_a_public_warning(cast: Cast) -> None:
    everybody = {"audience": Audience(public=True), "tlp": TLP.CLEAR, "codes": ()}
    notice = let_out(cast, with_files(cast, **everybody))
    anybody = Browser(cast.browser()).get(f"/public/warnings/{notice.public_id}/")
    (where,) = anybody.links("撤離路線.txt")
    assert bytes_of(anybody.client.get(where)) == PLAN
    tree = etree.fromstring(anybody.client.get(f"/public/warnings/{notice.public_id}.cap").content)
    assert [each.text.endswith(where) for each in tree.iter("{*}uri")] == [True, True]
    hidden = let_out(cast, with_files(cast))
    for of_which, file in ((notice, of(hidden)), (hidden, of(hidden))):
        assert anybody.client.get(f"/public/warnings/{of_which.public_id}/files/{file.public_id}/").status_code == 404
    line = Release.objects.get(organisation=None, outgoing__thing_ref=notice.public_id)
    assert (line.feed, line.verdict) == ("cap", "release")


def test_cap_names_them_with_what_the_standard_asks_for(cast: Cast) -> None:
    notice = let_out(cast, with_files(cast, upload(PLAN, "a.txt", "Text/Plain; charset=utf-8"), upload(b"%", "b", "x")))
    (found,) = verdict.judge(wire.message(notice), at=clock.now())
    assert found.ok, found.findings
    assert found.alert is not None
    first, second = found.alert.infos[1].resources
    assert (first.description, first.mime_type, first.size) == ("a.txt", "text/plain", len(PLAN))
    assert first.digest == hashlib.sha1(PLAN, usedforsecurity=False).hexdigest()
    assert second.mime_type == "application/octet-stream"
    assert first.uri.endswith(f"/files/{files.attached(notice)[0].public_id}/")
    purging.purge(files.attached(notice)[0].public_id, reason="誤傳", actor=cast.admin)
    (found,) = verdict.judge(wire.message(notice), at=clock.now())
    assert found.alert is not None
    assert [each.description for each in found.alert.infos[0].resources] == ["b"]


def test_an_update_carries_them_on_or_replaces_them_and_a_cancel_has_none(cast: Cast) -> None:
    first = let_out(cast, with_files(cast, upload(), upload(b"old", "old.txt")))
    draft = drafts.start_update(first.public_id, kind=Kind.UPDATE, actor=cast.handler)
    carried = {each.name: each for each in draft.warning.files}
    assert set(carried) == {"撤離路線.txt", "old.txt"}
    narrower = replace(draft.warning, files=(carried["撤離路線.txt"],))
    draft = drafts.edit_draft(draft.public_id, narrower, version=draft.version, actor=cast.handler)
    draft = enclose(draft.public_id, [upload(b"new", "new.txt")], version=draft.version, actor=cast.handler)
    second = let_out(cast, draft)
    assert [each.name for each in files.attached(second)] == ["撤離路線.txt", "new.txt"]
    assert [each.name for each in files.attached(first)] == ["old.txt", "撤離路線.txt"]
    ready = Draft.objects.get(replaces=second, state=Draft.State.PREPARED)
    assert not files.attached(drafts.send_prepared(ready.public_id, actor=cast.handler)).exists()


def test_the_evidence_and_the_ledger_name_the_bytes(cast: Cast) -> None:
    notice, plain = let_out(cast, with_files(cast)), handed_in(cast, "SUNPOWER")
    found = proof.of(notice, cast.officer)
    line = next(each for each in found.events if each.what == "enclosed")
    assert (line.words, line.reply) == ("撤離路線.txt", f"SHA-256 {hashlib.sha256(PLAN).hexdigest()}")
    assert "撤離路線.txt" in [row["words"] for row in csv.DictReader(io.StringIO(proof.as_csv(found)))]
    other = drafts.approve_draft(plain.public_id, digest=plain.digest, actor=cast.officer)
    versions = Outgoing.objects.filter(thing_ref__in=[notice.public_id, other.public_id])
    assert len(set(versions.values_list("digest", flat=True))) == 2


def test_an_officer_encloses_and_takes_out_without_javascript(cast: Cast) -> None:
    draft = drafted(cast, "SUNPOWER")
    page = Browser(cast.browser("handler")).get(f"/warnings/{draft.public_id}/")
    sent = {"version": draft.version, "attachments": SimpleUploadedFile("路線.txt", PLAN, "text/plain")}
    page = page.post(f"/warnings/{draft.public_id}/files/", sent)
    assert "路線.txt" in page.section("Enclosed files")
    page = page.post(f"/warnings/{draft.public_id}/files/", {"version": draft.version + 1})
    assert page.status == 422
    draft.refresh_from_db()
    where = f"/warnings/{draft.public_id}/files/{draft.warning.files[0].file}/drop/"
    page = page.post(where, {"version": draft.version})
    assert "路線.txt" not in page.section("Enclosed files")
    assert "changed" in Browser(cast.browser("handler")).post(where, {"version": 1}).text().lower()
