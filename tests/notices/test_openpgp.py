"""Encrypted mail: to whom it can be, and then with its text; otherwise as if there were no key."""

import email
import email.policy
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import settings
from django.test import override_settings

from tests.conftest import NOON, Cast
from tests.notices import keys
from tests.notices.test_delivery import Server
from tests.pages import Browser
from tongbao.kernel import clock
from tongbao.kernel.markings import TLP
from tongbao.kernel.refusals import Invalid
from tongbao.notices import delivery
from tongbao.notices.models import Delivery
from tongbao.parties import openpgp
from tongbao.parties.actions import contacts
from tongbao.parties.models import ContactPoint

pytestmark = [
    pytest.mark.usefixtures("noon"),
    pytest.mark.skipif(not openpgp.there(), reason="GnuPG is not installed"),
]
CHANG = "night@sunpower.example"


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def keyed(reach: Callable[..., ContactPoint], cast: Cast) -> ContactPoint:
    return contacts.give_key(reach("email", CHANG).public_id, key=keys.PUBLIC, actor=cast.org_admin)


@pytest.fixture
def office_key(tmp_path: Path) -> Iterator[None]:
    path = tmp_path / "office.asc"
    path.write_text(keys.OFFICE_SECRET)
    ours = msgspec.structs.replace(settings.TONGBAO, openpgp_key=str(path), openpgp_passphrase="office")
    with override_settings(TONGBAO=ours):
        yield


def opened(mail: Any) -> tuple[Any, Any]:
    """The mail inside, and what GnuPG says of it."""
    assert mail.get_content_type() == "multipart/encrypted"
    version, sealed = mail.iter_parts()
    assert version.get_content().strip() == b"Version: 1"
    with openpgp.ring() as ring:
        ring.gpg.import_keys(keys.SECRET)
        ring.gpg.import_keys(keys.OFFICE_PUBLIC)
        found = ring.gpg.decrypt(sealed.get_content())
    assert found.ok, found.status
    return email.message_from_bytes(found.data, policy=email.policy.default), found


@pytest.mark.parametrize("tlp", [TLP.GREEN, TLP.AMBER, TLP.RED])
def test_it_sends_the_text_whatever_its_marking_when_only_the_recipient_can_read_it(
    tlp: TLP, keyed: ContactPoint, tell: Any, server: Server
) -> None:
    tell(keyed, tlp=tlp)
    delivery.send_due(connect=server.connect)
    (mail,) = server.taken
    outside = f"{mail['Subject']} {mail.as_string()}"
    row = Delivery.objects.get()
    assert row.receipt is not None
    for secret in ("Title", "標題", "甲乙丙", "Body text", f"/a/{row.receipt.public_id}"):
        assert secret not in outside
    assert (row.state, row.protected) == ("sent", True)
    assert row.reply_code in mail["Subject"]
    inside, found = opened(mail)
    assert inside["Subject"] == "Title"
    assert "甲乙丙" in inside.get_content()
    assert "/a/" in inside.get_content()
    assert "3  Cannot be determined" in inside.get_content()
    assert found.signature_id is None


def test_it_signs_with_the_key_of_the_office(keyed: ContactPoint, tell: Any, server: Server, office_key: None) -> None:
    tell(keyed)
    delivery.send_due(connect=server.connect)
    _, found = opened(server.taken[0])
    assert found.valid
    assert found.username == "Office <tongbao@nco.example>"


def test_it_marks_a_repeat_outside_and_inside(keyed: ContactPoint, tell: Any, server: Server) -> None:
    tell(keyed)
    server.script[CHANG] = ("cut-after", 0)
    delivery.send_due(connect=server.connect)
    server.script.clear()
    with clock.at(NOON + timedelta(minutes=2)):
        delivery.send_due(connect=server.connect)
    assert server.taken[-1]["X-Tongbao-Repeat"] == "2"
    assert "重送" in opened(server.taken[-1])[0].get_content()


def test_it_says_only_that_something_waits_when_the_key_has_expired_since(
    keyed: ContactPoint, tell: Any, server: Server
) -> None:
    ContactPoint.objects.filter(pk=keyed.pk).update(pgp_expires_at=NOON)
    tell(keyed, tlp=TLP.AMBER)
    delivery.send_due(connect=server.connect)
    assert server.taken[0].get_content_type() == "text/plain"
    assert "甲乙丙" not in server.taken[0].get_content()
    assert not Delivery.objects.get().protected


@pytest.mark.parametrize("trouble", ["no program", "a key that breaks"])
def test_it_sends_the_mail_all_the_same_when_nothing_can_be_encrypted(
    trouble: str, keyed: ContactPoint, tell: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    if trouble == "no program":
        monkeypatch.setattr(openpgp, "there", lambda: False)
    else:
        ContactPoint.objects.filter(pk=keyed.pk).update(pgp_key=keys.OFFICE_PUBLIC)
    tell(keyed, tlp=TLP.AMBER)
    delivery.send_due(connect=server.connect)
    assert Delivery.objects.get().state == "sent"
    assert "甲乙丙" not in server.taken[0].get_content()


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("nonsense", "openpgp-unreadable"),
        ("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----", "openpgp-unreadable"),
        (keys.EXPIRED, "openpgp-expired"),
        (keys.OFFICE_PUBLIC, "openpgp-cannot-encrypt"),
        (keys.SECRET, "openpgp-secret"),
        (keys.PUBLIC + keys.OFFICE_PUBLIC, "openpgp-one-key"),
        (keys.PUBLIC + "x" * openpgp.LONGEST, "openpgp-unreadable"),
    ],
)
def test_it_refuses_a_key_that_nothing_can_be_encrypted_to(key: str, code: str, reach: Any, cast: Cast) -> None:
    contact = reach("email", CHANG)
    with pytest.raises(Invalid) as refused:
        contacts.give_key(contact.public_id, key=key, actor=cast.org_admin)
    assert refused.value.problems[0].code == code
    contact.refresh_from_db()
    assert contact.pgp_fingerprint == ""


def test_it_takes_a_key_for_mail_only(reach: Any, cast: Cast) -> None:
    with pytest.raises(Invalid, match="invalid") as refused:
        contacts.give_key(reach("sms", "+886912345678").public_id, key=keys.PUBLIC, actor=cast.org_admin)
    assert refused.value.problems[0].code == "openpgp-mail-only"


def test_it_is_uploaded_and_taken_away_on_the_organisations_own_page(reach: Any, cast: Cast) -> None:
    contact = reach("email", CHANG)
    page = Browser(cast.browser("org_admin")).get("/organisations/own/")
    page.send(page.form(f"/contacts/{contact.public_id}/key/"), key="nonsense")
    assert page.status == 422
    assert page.has("This is not an OpenPGP public key")
    page.get("/organisations/own/")
    page.send(page.form(f"/contacts/{contact.public_id}/key/"), key=keys.PUBLIC)
    contact.refresh_from_db()
    assert page.has(contact.pgp_fingerprint)
    assert len(contact.pgp_fingerprint) == 40
    page.send(page.form(f"/contacts/{contact.public_id}/key/"), key="")
    contact.refresh_from_db()
    assert (contact.pgp_key, contact.pgp_fingerprint) == ("", "")
