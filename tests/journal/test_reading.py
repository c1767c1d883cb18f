"""Every reading of a restricted record leaves a trace, whichever way it was read; of others none does."""

from typing import Any

import pytest
from django.test import Client

from tests.conftest import Cast
from tests.stories import opened, receipt_of, reported, tell
from tongbao.accounts.actions import issue_token
from tongbao.incidents.actions import log
from tongbao.incidents.models import Incident, Participant
from tongbao.journal.models import JournalEntry
from tongbao.kernel.markings import TLP
from tongbao.policy import rules
from tongbao.policy.can import Can

pytestmark = pytest.mark.usefixtures("noon")


def reads(cast: Cast, who: str) -> list[tuple[str, str]]:
    """What ``who`` has read, as person or by program, in order."""
    own = {f"user:{cast.country.people[who].public_id}"}
    own |= {f"token:{each.public_id}" for each in cast.country.people[who].api_tokens.all()}
    rows = JournalEntry.objects.filter(event="access.read", actor__in=own).order_by("seq")
    return list(rows.values_list("subject_kind", "subject_id"))


def program(cast: Cast, who: str) -> Client:
    actor = getattr(cast, who)
    scopes = [can.value for can in Can if rules.holds(actor, can)]
    _, bearer = issue_token(actor=actor, label="x", scopes=scopes, days=1)
    return Client(headers={"Authorization": f"Bearer {bearer}"})


@pytest.fixture
def strict(cast: Cast) -> Incident:
    """A case for the office and the power company, marked TLP:AMBER+STRICT, of which the ministry was told."""
    incident = opened(cast, reported(cast), tlp=TLP.AMBER_STRICT)
    tell(cast, incident, tlp=TLP.AMBER_STRICT)
    return incident


def test_it_notes_whoever_opens_a_restricted_case(cast: Cast, strict: Incident) -> None:
    for page in ("", "edit/", "tell/"):
        address = f"/incidents/{strict.public_id}/{page}"
        assert cast.browser("handler").get(address).status_code == 200
    assert reads(cast, "handler") == [("incident", strict.public_id)] * 3
    assert cast.browser("constituent").get(f"/my/cases/{strict.public_id}/").status_code == 200
    assert reads(cast, "constituent") == [("incident", strict.public_id)]


def test_it_notes_programs_as_well(cast: Cast, strict: Incident) -> None:
    machine = program(cast, "handler")
    for address in ("", "/log", "/concerned"):
        assert machine.get(f"/api/incidents/{strict.public_id}{address}").status_code == 200, address
    assert reads(cast, "handler") == [("incident", strict.public_id)] * 3
    machine.get(f"/api/notices/{receipt_of('MOE-E').notice.public_id}")
    assert reads(cast, "handler")[-1][0] == "notice"


def test_it_notes_notices(cast: Cast, strict: Incident) -> None:
    receipt = receipt_of("MOE-E")
    cast.browser("auditor").get(f"/console/notices/{receipt.notice.public_id}/")
    cast.browser("reviewer").get(f"/my/inbox/{receipt.public_id}/")
    assert reads(cast, "auditor") == reads(cast, "reviewer") == [("notice", receipt.notice.public_id)]


def test_it_notes_a_restricted_entry_in_a_case_that_is_not(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    note = log.note(incident.public_id, words="x", tlp=TLP.AMBER_STRICT, actor=cast.officer)
    log.note(incident.public_id, words="y", actor=cast.officer)
    cast.browser("handler").get(f"/incidents/{incident.public_id}/")
    assert reads(cast, "handler") == [("entry", note.public_id)]
    program(cast, "handler").get(f"/api/incidents/{incident.public_id}/log")
    assert reads(cast, "handler") == [("entry", note.public_id)] * 2
    power = Participant.objects.get(incident=incident)
    said = log.message(incident.public_id, thread=power.public_id, words="z", tlp=TLP.AMBER_STRICT, actor=cast.officer)
    cast.browser("constituent").get(f"/my/cases/{incident.public_id}/")
    assert reads(cast, "constituent") == [("entry", said.public_id)]


def test_it_notes_reports_of_the_other_track(cast: Cast) -> None:
    submission = reported(cast, "bureau", level=None)
    assert submission.restricted
    browser = cast.browser("bureau")
    session = browser.session
    session["submission"] = submission.public_id
    session.save()
    assert browser.get("/follow-up/case/").status_code == 200
    entry = JournalEntry.objects.get(event="access.read")
    assert (entry.actor, entry.subject_id) == (f"receipt:{submission.public_id}", submission.public_id)


@pytest.mark.parametrize(
    "address", ["/incidents/", "/console/", "/console/search/?q=電力公司", "/console/notices/", "/console/triage/"]
)
def test_it_notes_no_list_because_lists_show_no_content(address: str, cast: Cast, strict: Incident) -> None:
    page = cast.browser("handler").get(address).content.decode()
    assert strict.title not in page
    assert reads(cast, "handler") == []


@pytest.mark.parametrize("address", ["/incidents", "/obligations", "/notices", "/receipts"])
def test_it_shows_no_content_in_lists_of_the_api(address: str, cast: Cast, strict: Incident) -> None:
    answer: Any = program(cast, "handler").get(f"/api{address}")
    assert answer.status_code == 200
    for words in (strict.title, "Sunlight", "日光電力"):
        assert words not in answer.content.decode(), words
    assert reads(cast, "handler") == []


def test_it_notes_nothing_of_ordinary_reading(cast: Cast) -> None:
    incident = opened(cast, reported(cast))
    tell(cast, incident, tlp=TLP.GREEN)
    cast.browser("handler").get(f"/incidents/{incident.public_id}/")
    cast.browser("constituent").get(f"/my/cases/{incident.public_id}/")
    cast.browser("reviewer").get(f"/my/inbox/{receipt_of('MOE-E').public_id}/")
    assert not JournalEntry.objects.filter(event="access.read").exists()


def test_it_notes_every_file(cast: Cast, settings: Any, tmp_path: Any) -> None:
    import msgspec

    from tests.pages import Browser, upload

    settings.TONGBAO = msgspec.structs.replace(settings.TONGBAO, data_dir=str(tmp_path))
    incident = opened(cast, reported(cast))
    page = Browser(cast.browser("officer")).get(f"/incidents/{incident.public_id}/")
    page.send(page.form("/note/"), note__text="x", note__attachments=upload("記錄.txt"))
    (address,) = page.links("記錄.txt")
    b"".join(cast.browser("handler").get(address).streaming_content)  # type: ignore[attr-defined]
    entry = JournalEntry.objects.get(event="file.read")
    assert entry.actor == cast.handler.reference
    assert '"original":true' in entry.text, "plain text has no cleaned copy"
