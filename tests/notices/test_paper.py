"""Call sheets: whom to call, on the page, as CSV and PDF; and every night for when everything is down."""

import stat
from pathlib import Path
from typing import Any

import msgspec
import pyrage
import pytest
from django.conf import settings
from django.test import override_settings

from tests.conftest import Cast
from tests.notices.test_replies import row
from tests.pages import Browser
from tests.stories import opened
from tongbao.kernel.markings import TLP
from tongbao.notices import actions
from tongbao.notices.rules import Grade
from tongbao.parties.models import ContactPoint
from tongbao.records import call_sheet

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def called(reach: Any, tell: Any) -> ContactPoint:
    contact: ContactPoint = reach("email", "night@sunpower.example")
    reach("telephone", "+886 2 2345 6789", only=False)
    tell(contact)
    return contact


def sheet(cast: Cast, suffix: str = "/") -> Any:
    return cast.browser("officer").get(f"/console/notices/{row().receipt.notice.public_id}/call-sheet{suffix}")  # type: ignore[union-attr]


def test_it_says_whom_to_call_and_what_they_may_answer(called: ContactPoint, cast: Cast) -> None:
    page = sheet(cast).content.decode()
    for part in ("Body text", "+886 2 2345 6789", "☐ 4  Received, answer follows"):
        assert part in page
    actions.answer(row().receipt.public_id, code="received", grade=Grade.TELEPHONE, actor=cast.officer)  # type: ignore[union-attr]
    assert "Answered: Received, answer follows" in sheet(cast).content.decode()


def test_it_is_a_table_whose_cells_are_no_formulas(called: ContactPoint, cast: Cast) -> None:
    ContactPoint.objects.filter(kind="telephone").update(address="=cmd()")
    answer = sheet(cast, ".csv")
    text = answer.content.decode("utf-8-sig")
    assert text.startswith("Organisation,Seat,Holders")
    assert "'=cmd()" in text


def test_it_is_a_pdf(called: ContactPoint, cast: Cast) -> None:
    assert sheet(cast, ".pdf").content.startswith(b"%PDF-")


def test_it_holds_no_text_above_green(reach: Any, tell: Any, cast: Cast) -> None:
    tell(reach("email", "night@sunpower.example"), tlp=TLP.AMBER)
    page = sheet(cast).content.decode()
    assert "Body text" not in page
    assert "Title" not in page


def test_it_lists_contacts_and_open_cases(called: ContactPoint, cast: Cast) -> None:
    case = opened(cast, title="調度中心事件", tlp=TLP.GREEN)
    hidden = opened(cast, title="秘密案件", tlp=TLP.AMBER)
    page = Browser(cast.browser("officer")).get("/console/call-sheet/")
    assert page.has("調度中心事件", case.number, hidden.number, "+886 2 2345 6789")
    assert not page.has("秘密案件")
    assert cast.browser("officer").get("/console/call-sheet.pdf").content.startswith(b"%PDF-")


def test_it_is_written_every_night(called: ContactPoint, cast: Cast, tmp_path: Path) -> None:
    opened(cast, title="調度中心事件", tlp=TLP.GREEN)
    with override_settings(TONGBAO=msgspec.structs.replace(settings.TONGBAO, data_dir=str(tmp_path))):
        (tmp_path / "call-sheets").mkdir()
        for day in range(1, 21):
            (tmp_path / "call-sheets" / f"2026-10-{day:02}.html").touch()
        assert (call_sheet.write_nightly(), call_sheet.write_nightly()) == (1, 0)
    written = tmp_path / "call-sheets" / "2026-11-23.html"
    assert "調度中心事件" in written.read_text("utf-8")
    assert "<style>" in written.read_text("utf-8")
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert len(list((tmp_path / "call-sheets").iterdir())) == call_sheet.KEPT


def test_it_is_encrypted_to_whoever_opens_backups(called: ContactPoint, tmp_path: Path) -> None:
    identity = pyrage.x25519.Identity.generate()
    ours = {"data_dir": str(tmp_path), "backup_recipient": str(identity.to_public())}
    with override_settings(TONGBAO=msgspec.structs.replace(settings.TONGBAO, **ours)):
        call_sheet.write_nightly()
    (path,) = (tmp_path / "call-sheets").iterdir()
    assert path.name == "2026-11-23.html.age"
    assert b"+886 2 2345 6789" in pyrage.decrypt(path.read_bytes(), [identity])
