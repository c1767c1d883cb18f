"""A case on paper: page, PDF and file for a word processor say the same, and no more than its reader may see."""

import io
from typing import Any

import pytest
from docx import Document as Word
from pypdf import PdfReader

from tests.conftest import Cast
from tests.pages import Browser, upload
from tests.portal.test_entrances import citizen
from tests.stories import opened
from tongbao.files import steps as files
from tongbao.incidents import dossier
from tongbao.incidents.actions import inquiries, log, participants
from tongbao.incidents.models import Incident
from tongbao.journal.models import JournalEntry
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.ui import document

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def incident(cast: Cast) -> Incident:
    made = opened(cast, citizen(0).submission)
    log.note(made.public_id, words="為所有人", tlp=TLP.AMBER, actor=cast.officer)
    log.note(made.public_id, words="僅限機關", tlp=TLP.AMBER_STRICT, actor=cast.officer)
    log.note(made.public_id, words="只給點名的人", tlp=TLP.RED, actor=cast.officer)
    received = files.receive([upload("磁碟.img", b"bytes")])
    log.note(made.public_id, words="映像檔", uploads=received, actor=cast.officer)
    return made


def told(made: document.Document) -> str:
    cells = [cell for section in made.sections for row in section.rows for cell in row]
    return "\n".join([made.title, made.mark, *(words for fact in made.facts for words in fact), *cells, made.foot])


def written(cast: Cast, incident: Incident, who: str = "officer", tlp: TLP = TLP.AMBER, language: str = "en") -> str:
    return told(dossier.document(getattr(cast, who), incident, tlp=tlp, language=language))


def test_it_leaves_out_what_is_marked_more_narrowly(cast: Cast, incident: Incident) -> None:
    assert "為所有人" in written(cast, incident)
    assert "僅限機關" not in written(cast, incident)
    assert "僅限機關" in written(cast, incident, tlp=TLP.AMBER_STRICT)
    assert "只給點名的人" in written(cast, incident, tlp=TLP.RED)
    assert "TLP:AMBER+STRICT" in written(cast, incident, tlp=TLP.AMBER_STRICT)


def test_it_shows_each_reader_no_more_than_the_case_does(cast: Cast, incident: Incident) -> None:
    """The officer wrote the note in red; a colleague who is not named has never seen it."""
    assert "只給點名的人" not in written(cast, incident, "handler", TLP.RED)


def test_reading_a_note_for_the_few_on_paper_is_journalled(cast: Cast, incident: Incident) -> None:
    red = incident.log.get(text="只給點名的人")
    written(cast, incident, tlp=TLP.AMBER)
    assert not JournalEntry.objects.filter(event="access.read", subject_id=red.public_id).exists()
    written(cast, incident, tlp=TLP.RED)
    assert JournalEntry.objects.filter(event="access.read", subject_id=red.public_id).exists()


def test_it_says_who_was_asked_and_what_hangs_on_the_log(cast: Cast, incident: Incident) -> None:
    bank = cast.country.organisations["GREENHILL"]
    part = participants.add_participant(
        incident.public_id, organisation=bank.public_id, role="victim", actor=cast.officer
    )
    by = clock.now().replace(hour=9)
    inquiries.ask(
        incident.public_id, threads=[part.public_id], words="請提供紀錄", due_at=by.replace(day=28), actor=cast.officer
    )
    paper = written(cast, incident, tlp=TLP.AMBER_STRICT)
    assert all(each in paper for each in (bank.name_en, "請提供紀錄", "磁碟.img (SHA-256 ", "hxxp://bank[.]evil"))
    assert bank.name_zh in written(cast, incident, language="zh-hant")


def test_page_pdf_and_word_file_say_the_same(cast: Cast, incident: Incident) -> None:
    browser = cast.browser("officer", "zh-hant")
    where = f"/incidents/{incident.public_id}/report/"
    assert Browser(browser).get(where).has(incident.number)
    asked = {"language": "zh-hant", "tlp": str(int(TLP.AMBER_STRICT))}
    page: Any = browser.get(where, asked | {"form": "page"})
    pdf: Any = browser.get(where, asked | {"form": "pdf"})
    docx: Any = browser.get(where, asked | {"form": "docx"})
    assert docx["Content-Disposition"] == f'attachment; filename="{incident.number}.docx"'
    word = Word(io.BytesIO(docx.content))
    in_word = "\n".join(cell.text for table in word.tables for cell in table._cells)
    in_pdf = "".join(each.extract_text() for each in PdfReader(io.BytesIO(pdf.content)).pages)
    for words in ("為所有人", "僅限機關", incident.reference):
        assert words in page.content.decode()
        assert words in in_pdf
        assert words in in_word
    asked["tlp"] = str(int(TLP.AMBER))
    first, again = (browser.get(where, asked | {"form": "docx"}) for _ in range(2))
    assert again.content == first.content  # type: ignore[attr-defined], "the same report is the same bytes"


def test_the_page_in_english_stands_on_its_own_though_the_desk_is_in_chinese(cast: Cast, incident: Incident) -> None:
    asked = {"form": "page", "language": "en", "tlp": str(int(TLP.AMBER))}
    page: Any = cast.browser("officer", "zh-hant").get(f"/incidents/{incident.public_id}/report/", asked)
    assert b'<html lang="en">' in page.content
    assert b"Report on case" in page.content


@pytest.mark.parametrize("asked", [{"tlp": "1"}, {"form": "exe"}, {"language": "de"}])
def test_it_says_what_cannot_be_made(cast: Cast, incident: Incident, asked: dict[str, str]) -> None:
    """A marking below the case's would let it out."""
    whole = {"form": "page", "language": "en", "tlp": str(int(incident.tlp))} | asked
    answer: Any = cast.browser("officer").get(f"/incidents/{incident.public_id}/report/", whole)
    assert answer.status_code == 422


def test_it_is_not_there_for_those_who_do_not_see_the_case(cast: Cast, incident: Incident) -> None:
    for who in ("constituent", "stranger"):
        assert cast.browser(who).get(f"/incidents/{incident.public_id}/report/").status_code in (403, 404)


def test_reading_a_restricted_case_on_paper_is_journalled(cast: Cast, incident: Incident) -> None:
    Incident.objects.filter(pk=incident.pk).update(tlp=TLP.AMBER_STRICT)
    reads = JournalEntry.objects.filter(event="access.read", subject_id=incident.public_id)
    before = reads.count()
    asked = {"form": "docx", "language": "en", "tlp": str(int(TLP.RED))}
    assert cast.browser("officer").get(f"/incidents/{incident.public_id}/report/", asked).status_code == 200
    assert reads.count() == before + 1


def test_characters_that_no_document_can_hold_do_not_stop_it() -> None:
    rows = (("a\x0bb", "<w:t>&amp;"),)
    made = document.Document("T\x01", "en", "TLP:CLEAR", rows, (document.Section("S", rows, ("\x02x", "y")),), "f")
    word = Word(io.BytesIO(document.docx(made)))
    assert [cell.text for cell in word.tables[0]._cells] == ["ab", "<w:t>&amp;"]
