"""The IMAP folder of replies: read once, marked, never emptied; away is no fault of the mails."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from django.conf import settings
from django.test import override_settings

from tests.notices.imap import Folder
from tests.notices.test_replies import CHANG, row, written
from tongbao.jobs.models import Heartbeat
from tongbao.net import MailServerAway, imap
from tongbao.notices.incoming import mailbox
from tongbao.notices.models import Answer, Incoming

pytestmark = pytest.mark.usefixtures("noon")


def through(folder: Folder, **more: Any) -> Any:
    told = {"imap_host": "127.0.0.1", "imap_port": folder.port, "imap_security": "none", "imap_username": "office"}
    return msgspec.structs.replace(settings.TONGBAO, **(told | {"imap_password": "secret"} | more))


@pytest.fixture
def folder(reach: Any, tell: Any) -> Iterator[Folder]:
    tell(reach("email", CHANG))
    made = Folder({7: written(f"Re: [TB-{row().reply_code}]", "4"), 9: b"nonsense"})
    yield made
    made.close()


def test_it_takes_each_mail_once(folder: Folder) -> None:
    with override_settings(TONGBAO=through(folder)):
        assert (mailbox.fetch(), mailbox.fetch()) == (2, 0)
        assert folder.seen == {7, 9}
        folder.seen.clear()  # killed before the flag was set
        assert mailbox.fetch() == 2
    assert (Answer.objects.count(), Incoming.objects.count()) == (1, 2)
    assert Heartbeat.objects.get(name="replies").good


def test_it_reads_the_beginning_of_what_is_too_large(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "LARGEST", 20)
    with override_settings(TONGBAO=through(folder)):
        mailbox.fetch()
    assert sorted(Incoming.objects.values_list("why", "size")) == [("too-large", 20), ("unreadable", 8)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"imap_password": "wrong"}, "mail-login"),
        ({"imap_folder": "Nowhere"}, "mail-away"),
        ({"imap_port": 1}, "mail-away"),
        ({"imap_security": "tls"}, "mail-tls"),
        ({"demo": True, "imap_host": "mail.example"}, "mail-demo"),
        ({"imap_host": ""}, "mail-none"),
    ],
)
def test_it_says_why_the_mailbox_cannot_be_read(changes: dict[str, Any], code: str, folder: Folder) -> None:
    with pytest.raises(MailServerAway) as away:
        imap(through(folder, **changes))
    assert away.value.code == code


def test_it_goes_on_when_the_mailbox_is_away(folder: Folder) -> None:
    with override_settings(TONGBAO=through(folder, imap_port=1)):
        assert mailbox.fetch() == 0
    assert not Heartbeat.objects.get(name="replies").good
