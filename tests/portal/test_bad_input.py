"""What people and programs send to the public pages that no page ever asked for."""

import logging
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from django.db import connection
from django.test import Client

from tests.conftest import NOON, Cast
from tongbao.files.models import StoredFile
from tongbao.incidents.actions.submissions import submit
from tongbao.incidents.models import Submission
from tongbao.incidents.rules.intake import Draft
from tongbao.journal.record import verb
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP, Marking
from tongbao.notices import links, steps
from tongbao.notices.models import Answer, Receipt
from tongbao.notices.templates import Filled
from tongbao.operations.models import routine
from tongbao.parties.models import Organisation
from tongbao.policy import actors
from tongbao.policy.actors import ANONYMOUS
from tongbao.portal import keys

FORM = "application/x-www-form-urlencoded"
BIG5 = "檔案伺服器遭加密".encode("big5")


@pytest.fixture
def visitor(cast: Cast, noon: Any) -> Client:
    return cast.browser()


def report(visitor: Client, **fields: Any) -> Any:
    """Send the public form, as it was shown a minute ago."""
    with clock.at(NOON - timedelta(minutes=1)):
        key = keys.fresh()
    return visitor.post("/report/", {"key": key, "summary": "收到可疑簡訊"} | fields)


def nothing_is_kept() -> bool:
    return not Submission.objects.exists() and not StoredFile.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"summary": ""}, "summary", "This is needed."),
        ({"summary": "x" * 201}, "summary", "200"),
        ({"description": "字" * 20_001}, "description", "20000"),
        ({"summary": "a\x00b"}, "summary", "Null characters"),
        ({"description": "a\x1bb"}, "description", "control"),
        ({"aware_at": "tomorrow"}, "aware_at", ""),
        ({"aware_at": "2026-13-45T99:00"}, "aware_at", ""),
        ({"aware_at": "2026-11-23T13:00"}, "aware_at", "future"),
        ({"occurred_at": "1066-10-14T09:00"}, "occurred_at", ""),
        ({"type": "fraud/none"}, "type", ""),
        ({"contact_email": "nobody"}, "contact_email", ""),
        ({"contact_email": "a@b.example\r\nBcc: c@d.example"}, "contact_email", ""),
        ({"addresses": "\n".join(f"192.0.2.{n % 250}/{n}" for n in range(300))}, "addresses", ""),
    ],
)
def test_it_says_at_the_field_what_is_wrong_and_keeps_what_was_typed(
    fields: dict[str, str], field: str, says: str, visitor: Client
) -> None:
    answer = report(visitor, measures="已隔離主機", **fields)
    assert answer.status_code == 422
    form = answer.context["form"]
    assert set(form.errors) == {field}
    assert says in str(form.errors[field]), form.errors
    assert "已隔離主機" in answer.content.decode()
    assert nothing_is_kept()


@pytest.mark.parametrize("content_type", [FORM, f"{FORM}; charset=utf-8"])
def test_it_takes_no_big5_for_utf_8(content_type: str, visitor: Client) -> None:
    answer = visitor.post("/report/", b"summary=" + quote(BIG5).encode(), content_type=content_type)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"summary"}
    assert nothing_is_kept()


def test_it_takes_no_big5_in_a_form_with_files_either(visitor: Client) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="summary"\r\n\r\n' + BIG5 + b"\r\n--x--\r\n"
    answer = visitor.post("/report/", body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"summary"}
    assert nothing_is_kept()


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"summary=x", f"{FORM}; charset=big5", 400),
        (b"summary=x", "multipart/form-data", 400),
        (b"no boundary here", "multipart/form-data; boundary=x", 422),
        (b'--x\r\nContent-Disposition: form-data; name="summary"\r\n\r\ncut', "multipart/form-data; boundary=x", 201),
        (b'--x\r\nContent-Disposition: \xff\xfe; name="\r\n\r\n', "multipart/form-data; boundary=x", 422),
        (b"--" + b"y" * 300, "multipart/form-data; boundary=" + "y" * 300, 400),
        (b"summary=%ZZ%", FORM, 201),
        (b"=&=&&&", FORM, 422),
        (b'{"summary": "x"}', "application/json", 422),
        (b"", FORM, 422),
        (b"&".join(b"a=1" for _ in range(400)), FORM, 400),
        (b"summary=" + b"x" * (1024 * 1024), FORM, 413),
    ],
)
def test_it_breaks_on_no_body(body: bytes, content_type: str, status: int, visitor: Client) -> None:
    answer = visitor.post("/report/", body, content_type=content_type)
    assert answer.status_code == status, answer.content.decode()
    assert "<h1>" in answer.content.decode()
    assert nothing_is_kept() == (status != 201)


def test_it_takes_a_report_once_however_often_the_button_is_pressed(visitor: Client) -> None:
    with clock.at(NOON - timedelta(minutes=1)):
        key = keys.fresh()
    first, second = (report(visitor, key=key) for _ in range(2))
    number = re.compile(r'id="receipt">([\d\s]+)<')
    numbers = [number.search(each.content.decode()) for each in (first, second)]
    assert numbers[0] is not None
    assert numbers[1] is not None
    assert numbers[0].group(1) == numbers[1].group(1)
    assert "We have this report already" in second.content.decode()
    changed = report(visitor, key=key, summary="另一件事")
    assert changed.status_code == 201, "what was mended after going back is another report"
    assert Submission.objects.count() == 2


def test_it_sets_a_forged_or_old_form_aside_and_refuses_nothing(visitor: Client) -> None:
    with clock.at(NOON - timedelta(hours=25)):
        old = keys.fresh()
    for number, key in enumerate(["", "forged", old, "x" + keys.fresh()]):
        assert report(visitor, key=key, summary=f"單 {number}").status_code == 201
    assert set(Submission.objects.values_list("state", "set_aside_for")) == {("quarantined", "form-unknown")}


# --- guessing receipt numbers ---


def guess(visitor: Client, number: str, address: str, **headers: str) -> Any:
    return visitor.post("/follow-up/", {"receipt": number}, REMOTE_ADDR=address, **headers)


def test_it_makes_a_network_that_guesses_wait(visitor: Client, settings: Any) -> None:
    taken = submit(Draft(summary="x"), key="k", door=Submission.Door.WEB, actor=ANONYMOUS)
    for number in range(settings.TONGBAO.receipts_per_network):
        wrong = guess(visitor, f"{number:016d}", f"198.51.100.{number}", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
        assert wrong.status_code == 422
        assert "session" not in visitor.cookies
    refused = guess(visitor, taken.receipt, "198.51.100.99")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert guess(visitor, taken.receipt, "192.0.2.1").status_code == 302


def test_it_makes_everybody_wait_when_all_guess_together(visitor: Client, settings: Any) -> None:
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, receipts_overall=5)
    for number in range(5):
        assert guess(visitor, "1" * 16, f"10.{number}.0.1").status_code == 422
    assert guess(visitor, "1" * 16, "10.99.0.1").status_code == 429


def test_it_believes_only_its_own_proxies_where_somebody_is(visitor: Client, settings: Any) -> None:
    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, trusted_proxies=1, receipts_per_network=2)
    spoofed = {"HTTP_X_FORWARDED_FOR": "203.0.113.1, 198.51.100.7"}
    for number in range(2):
        spoofed["HTTP_X_FORWARDED_FOR"] = f"203.0.{number}.1, 198.51.100.7"
        assert guess(visitor, "1" * 16, "127.0.0.1", **spoofed).status_code == 422
    assert guess(visitor, "1" * 16, "127.0.0.1", HTTP_X_FORWARDED_FOR="8.8.8.8, 198.51.100.9").status_code == 429
    assert guess(visitor, "1" * 16, "127.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.9").status_code == 422


def test_it_keeps_no_address_of_who_reports_or_guesses(visitor: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        with clock.at(NOON - timedelta(minutes=1)):
            key = keys.fresh()
        sent = visitor.post("/report/", {"key": key, "summary": "x"}, REMOTE_ADDR="198.51.100.7")
        assert sent.status_code == 201
        assert guess(visitor, "1" * 16, "198.51.100.7").status_code == 422
        for _ in range(30):
            guess(visitor, "1" * 16, "198.51.100.7")
    assert "198.51.100" not in everything_stored()
    assert "198.51.100" not in caplog.text


def everything_stored() -> str:
    """Every value of every row, but for the directory, which holds addresses by its nature."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            if not table.startswith("parties_"):
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                found += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(found)


# --- links in mails ---


@verb
def told(code: str) -> Receipt:
    organisation = Organisation.objects.get(code=code)
    notice = steps.send(
        steps.Message(
            operation=routine(),
            about=("", ""),
            template="information",
            text=Filled("標題", "Title", "內容", "Body"),
            marking=Marking(TLP.GREEN),
            answer_by=None,
            recipients=(steps.Recipient(organisation.pk, organisation.seats.all()[0].pk),),
        ),
        actor=actors.system("test"),
    )
    return notice.receipts.get()


def test_it_changes_nothing_when_a_link_is_opened_or_sent_again(visitor: Client) -> None:
    receipt = told("FARHILL")
    link = f"/a/{links.token(receipt)}"
    for method in (visitor.get, visitor.head, visitor.get):
        assert method(link).status_code == 200
    assert not Answer.objects.exists()
    for _ in range(3):
        assert visitor.post(link, {"answer": "received"}).status_code == 200
    assert Answer.objects.count() == 1


def without_the_address(answer: Any) -> str:
    """A page leads back to itself after signing in and is printed with its address, and so names it."""
    return re.sub(r'(value|href)="[^"]*"|http://testserver/\S*', "", answer.content.decode())


def test_it_shows_the_same_for_forged_expired_and_absent_links(visitor: Client) -> None:
    receipt = told("FARHILL")
    link = f"/a/{links.token(receipt)}"
    forged = link[:-1] + ("A" if link[-1] != "A" else "B")
    absent = f"/a/{'a' * 20}.{'A' * 43}"
    with clock.at(NOON + steps.LINK_HOLDS):
        answers = [visitor.get(each) for each in (forged, absent, link)]
        assert visitor.post(link, {"answer": "received"}).status_code == 404
    assert {each.status_code for each in answers} == {404}
    assert len({without_the_address(each) for each in answers}) == 1
    assert not Answer.objects.exists()
