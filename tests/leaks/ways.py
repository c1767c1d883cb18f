"""Every way out of the product, registered. A way that is not here fails the build.

A way names the kind of each identifier in its address; what names nothing hidden stands after ``=``. ``GET`` ways are
asked for every visible thing of that kind and for the hidden thing; ``POST`` ways are sent to the hidden thing, and
``BODIES`` try to name it.
"""

from dataclasses import dataclass, field
from typing import Any

from tongbao.policy.can import Can


@dataclass(frozen=True)
class Way:
    """One address. ``ids``: its parameters and the kinds of things they name. ``queries``: ways to ask."""

    methods: tuple[str, ...]
    ids: dict[str, str] = field(default_factory=dict)
    queries: tuple[str, ...] = ("",)
    known_to: Can | None = None
    """Whoever holds this may know by its identifier that a thing is there, though nothing of it."""


def reads(**ids: str) -> Way:
    return Way(("GET",), ids)


def writes(**ids: str) -> Way:
    return Way(("POST",), ids)


def both(**ids: str) -> Way:
    return Way(("GET", "POST"), ids)


def lists(*queries: str) -> Way:
    """A list. In a query, {words} are words of the hidden thing, {id} its identifier, {org} its organisation."""
    return Way(("GET",), {}, ("", *queries))


PAGES = {
    "file": reads(public_id="file"),
    "file-original": reads(public_id="file"),
    "file-purge": Way(("GET", "POST"), {"public_id": "file"}, known_to=Can.FILE_PURGE),
    "token-revoke": writes(public_id="token"),
    "tokens": reads(),
    "parties:list": lists("q={words}"),
    "parties:own": reads(),
    "parties:new": reads(),
    "parties:upload": reads(),
    "parties:import": reads(public_id="import"),
    "parties:import-apply": writes(public_id="import"),
    "parties:group-new": reads(),
    "parties:group": both(public_id="group"),
    "parties:organisation": reads(public_id="organisation"),
    "parties:edit": both(public_id="organisation"),
    "parties:act-for": writes(public_id="organisation"),
    "parties:legal": both(public_id="organisation"),
    "parties:enrol": writes(public_id="organisation"),
    "parties:compromised": writes(public_id="organisation"),
    "parties:seat-new": writes(public_id="organisation"),
    "parties:network-add": writes(public_id="organisation"),
    "parties:seat-offer": writes(public_id="seat"),
    "parties:offer-withdraw": writes(public_id="offer"),
    "parties:contact-add": writes(public_id="seat"),
    "parties:tenure-end": writes(public_id="tenure"),
    "parties:contact-verify": writes(public_id="contact"),
    "parties:contact-key": writes(public_id="contact"),
    "parties:contact-remove": writes(public_id="contact"),
    "parties:network-end": writes(public_id="network"),
    "portal:home": reads(),
    "portal:report": reads(),
    "portal:find": reads(),
    "portal:follow-up": reads(),
    "portal:follow-up-file": reads(public_id="file"),
    "portal:cases": lists("state=open", "state=closed"),
    "portal:case": both(public_id="incident"),
    "portal:meet": writes(public_id="obligation"),
    "portal:announcements": lists("after=1.1"),
    "portal:announcement": reads(public_id="filing"),
    "portal:network-propose": reads(),
    "portal:inbox": reads(),
    "portal:receipt": both(public_id="receipt"),
    "console:now": lists("since=2026-11-01T00:00"),
    "console:triage": lists("quarantine=1"),
    "console:search": lists("q={words}", "q={id}", "q={number}", "q={reference}"),
    "console:notices": reads(),
    "console:notice": reads(public_id="notice"),
    "console:notice-sheet": reads(public_id="notice"),
    "console:notice-sheet-csv": reads(public_id="notice"),
    "console:call-sheet": reads(),
    "console:incoming": lists("state=all"),
    "console:incoming-one": reads(public_id="incoming"),
    "console:incoming-raw": reads(public_id="incoming"),
    "console:incoming-settle": writes(public_id="incoming"),
    "console:telephone": writes(public_id="receipt"),
    "console:journal": lists("subject={id}", "event=incident.opened"),
    "console:health": reads(),
    "calendar:list": lists("whose=own", "from=2026-11-01"),
    "calendar:month": lists("month=2026-11", "whose=own"),
    "calendar:revoke": writes(public_id="feed"),
    "watching:roster": lists("week=2026-11-23"),
    "watching:change": both(public_id="watch"),
    "watching:remove": writes(public_id="watch"),
    "watching:write": both(public_id="watch"),
    "watching:hand-overs": reads(),
    "watching:hand-over": reads(public_id="hand-over"),
    "watching:accept": writes(public_id="hand-over"),
    "watching:alerts": lists("state=all"),
    "watching:alert": reads(public_id="alert"),
    "watching:answer": writes(public_id="alert"),
    "watching:statistics": lists("regime=TW&from=2026-11-01&to=2026-12-31", "regime=EU-NIS2"),
    "watching:statistics-csv": lists("regime=TW&from=2026-11-01&to=2026-12-31"),
    "incidents:submission": reads(public_id="submission"),
    "incidents:submission-accept": writes(public_id="submission"),
    "incidents:submission-merge": writes(public_id="submission"),
    "incidents:submission-reject": writes(public_id="submission"),
    "incidents:submission-release": writes(public_id="submission"),
    "incidents:obligations": lists(
        "standing=overdue", "standing=waiting", "standing=met", "regime=TW", "duty=TW:review", "ministry={org}"
    ),
    "incidents:list": lists(
        "q={words}", "q={number}", "state=open", "level=3", "since=2026-11-01T00:00", "owner={org}"
    ),
    "incidents:new": reads(),
    "incidents:detail": reads(public_id="incident"),
    "incidents:edit": both(public_id="incident"),
    "incidents:note": writes(public_id="incident"),
    "incidents:message": writes(public_id="incident", thread="participant"),
    "incidents:participant-add": writes(public_id="incident"),
    "incidents:participant-leave": writes(public_id="incident", thread="participant"),
    "incidents:task": writes(public_id="incident"),
    "incidents:close": writes(public_id="incident"),
    "incidents:reopen": writes(public_id="incident"),
    "incidents:link": writes(public_id="incident"),
    "incidents:merge": writes(public_id="incident"),
    "incidents:name-reader": writes(public_id="incident"),
    "incidents:classification": reads(public_id="incident"),
    "incidents:classify": both(public_id="incident", regime="=TW"),
    "incidents:classify-record": writes(public_id="incident", regime="=TW"),
    "incidents:tell": both(public_id="incident"),
    "incidents:meet": writes(public_id="incident", obligation="obligation"),
    "incidents:waive": writes(public_id="incident", obligation="obligation"),
    "filings:of-case": reads(public_id="incident"),
    "filings:begin": writes(public_id="incident"),
    "filings:filing": reads(public_id="filing"),
    "filings:edit": both(public_id="filing"),
    "filings:keep": writes(public_id="filing"),
    "filings:check": both(public_id="filing"),
    "filings:edition": reads(public_id="filing", number="=1"),
    "filings:print": reads(public_id="filing"),
    "filings:pdf": reads(public_id="filing"),
    "filings:extension": both(public_id="obligation"),
    "filings:judge-level": both(public_id="approval"),
    "approvals:list": lists("view=waiting", "view=returned", "kind=level-review", "state=submitted"),
    "approvals:approval": reads(public_id="approval"),
    "approvals:edition": reads(public_id="approval", number="=1"),
    "approvals:decide": both(public_id="approval", outcome="=granted"),
    "approvals:find": writes(public_id="approval"),
    "approvals:opine": writes(public_id="approval"),
    "approvals:step-aside": writes(public_id="approval"),
    "approvals:ask-again": writes(public_id="approval"),
    "approvals:withdraw": writes(public_id="approval"),
    "approvals:answer": writes(public_id="finding"),
    "approvals:settle": writes(public_id="finding"),
    "operations:list": reads(),
    "operations:operation": reads(public_id="operation"),
    "operations:fact": writes(public_id="operation"),
    "operations:decision": writes(public_id="operation"),
    "operations:task": writes(public_id="operation"),
    "operations:task-done": writes(public_id="task"),
}

API = {
    "api:openapi-json": reads(),
    "api:list_submissions": lists("state=new", "q={words}"),
    "api:read_submission": reads(public_id="submission"),
    "api:accept_submission": writes(public_id="submission"),
    "api:merge_submission": writes(public_id="submission"),
    "api:reject_submission": writes(public_id="submission"),
    "api:release_submission": writes(public_id="submission"),
    "api:list_incidents": lists("q={words}", "state=open", "owner={org}"),
    "api:read_incident": reads(public_id="incident"),
    "api:edit_incident": Way(("PUT",), {"public_id": "incident"}),
    "api:close_incident": writes(public_id="incident"),
    "api:reopen_incident": writes(public_id="incident"),
    "api:link_incidents": writes(public_id="incident"),
    "api:merge_incident": writes(public_id="incident"),
    "api:name_reader": writes(public_id="incident"),
    "api:add_participant": writes(public_id="incident"),
    "api:remove_participant": writes(public_id="incident", thread="participant"),
    "api:read_log": reads(public_id="incident"),
    "api:add_note": writes(public_id="incident"),
    "api:write_message": writes(public_id="incident", thread="participant"),
    "api:add_task": writes(public_id="incident"),
    "api:read_concerned": reads(public_id="incident"),
    "api:list_obligations": lists(
        "standing=overdue", "standing=waiting", "standing=met", "duty=TW:review", "ministry={org}"
    ),
    "api:meet_obligation": writes(public_id="obligation"),
    "api:waive_obligation": writes(public_id="obligation"),
    "api:tell": writes(public_id="incident"),
    "api:list_notices": reads(),
    "api:read_notice": reads(public_id="notice"),
    "api:inbox": lists("open=1"),
    "api:read_receipt": reads(public_id="receipt"),
    "api:answer_receipt": writes(public_id="receipt"),
    "api:list_organisations": lists("q={words}"),
    "api:read_organisation": reads(public_id="organisation"),
    "api:edit_organisation": Way(("PUT",), {"public_id": "organisation"}),
    "api:place_under_law": Way(("PUT",), {"public_id": "organisation"}),
    "api:enrol_organisation": writes(public_id="organisation"),
    "api:mark_compromised": writes(public_id="organisation"),
    "api:create_seat": writes(public_id="organisation"),
    "api:offer_seat": writes(public_id="seat"),
    "api:withdraw_offer": writes(public_id="offer"),
    "api:end_tenure": writes(public_id="tenure"),
    "api:add_contact": writes(public_id="seat"),
    "api:give_contact_key": writes(public_id="contact"),
    "api:list_incoming": lists("state=unplaced"),
    "api:settle_incoming": writes(public_id="incoming"),
    "api:verify_contact": writes(public_id="contact"),
    "api:remove_contact": writes(public_id="contact"),
    "api:add_network": writes(public_id="organisation"),
    "api:end_network": writes(public_id="network"),
    "api:list_groups": reads(),
    "api:read_group": reads(public_id="group"),
    "api:change_group": Way(("PUT",), {"public_id": "group"}),
    "api:read_import": reads(public_id="import"),
    "api:apply_import": writes(public_id="import"),
    "api:list_operations": reads(),
    "api:read_operation": reads(public_id="operation"),
    "api:record_fact": writes(public_id="operation"),
    "api:record_decision": writes(public_id="operation"),
    "api:add_operation_task": writes(public_id="operation"),
    "api:finish_task": writes(public_id="task"),
    "api:read_board": reads(),
    "api:read_standing": reads(),
    "api:list_officers": reads(),
    "api:list_watches": reads(),
    "api:read_watch": reads(public_id="watch"),
    "api:change_watch": Way(("PUT",), {"public_id": "watch"}),
    "api:remove_watch": writes(public_id="watch"),
    "api:write_hand_over": writes(public_id="watch"),
    "api:list_hand_overs": reads(),
    "api:read_hand_over": reads(public_id="hand-over"),
    "api:accept_hand_over": writes(public_id="hand-over"),
    "api:list_alerts": lists("state=all"),
    "api:read_alert": reads(public_id="alert"),
    "api:answer_alert": writes(public_id="alert"),
    "api:read_calendar": lists("own=true", "first=2026-11-01&last=2026-12-31"),
    "api:read_statistics": lists("first=2026-11-01&last=2026-12-31", "regime=EU-NIS2"),
    "api:search": lists("q={words}"),
    "api:me": reads(),
    "api:read_journal": lists("subject={id}"),
    "api:read_health": reads(),
    "api:list_classifications": reads(public_id="incident"),
    "api:check_classification": writes(public_id="incident"),
    "api:classify_incident": writes(public_id="incident"),
    "api:list_filings": reads(public_id="incident"),
    "api:begin_filing": writes(public_id="incident"),
    "api:read_filing": reads(public_id="filing"),
    "api:save_filing": writes(public_id="filing"),
    "api:file_filing": writes(public_id="filing"),
    "api:ask_for_time": writes(public_id="obligation"),
    "api:propose_network": writes(public_id="organisation"),
    "api:compare_editions": reads(public_id="filing", number="=1"),
    "api:list_public_notices": reads(),
    "api:read_public_notice": reads(public_id="filing"),
    "api:list_approvals": lists("state=submitted", "view=waiting", "kind=level-review", "about={id}"),
    "api:ask_again": writes(public_id="approval"),
    "api:read_approval": reads(public_id="approval"),
    "api:decide_approval": writes(public_id="approval"),
    "api:judge_level": writes(public_id="approval"),
    "api:raise_finding": writes(public_id="approval"),
    "api:give_opinion": writes(public_id="approval"),
    "api:step_aside": writes(public_id="approval"),
    "api:withdraw_approval": writes(public_id="approval"),
    "api:answer_finding": writes(public_id="finding"),
    "api:settle_finding": writes(public_id="finding"),
    "api:download": reads(public_id="file"),
    "api:download_original": reads(public_id="file"),
    "api:purge_file": Way(("POST",), {"public_id": "file"}, known_to=Can.FILE_PURGE),
}

ELSEWHERE = {
    # Ways that show nothing that belongs to the house, with the reason.
    "records:laws": "the law, the same for everyone",
    "records:law": "the law, the same for everyone",
    "records:compare": "the law, the same for everyone",
    "records:response": "the law, the same for everyone",
    "records:calendar": "the law, the same for everyone",
    "records:ministry": "the law, the same for everyone",
    "api:list_profiles": "the law, the same for everyone",
    "api:read_profile": "the law, the same for everyone",
    "api:judge_facts": "judges what the asker sends by the law",
    "healthz": "four words on the machine's own parts",
    "preferences": "sets the visitor's own cookies",
    "parties:accept": "opened by the secret of one's own invitation",
    "portal:by-link": "opened by the signature of one's own receipt; tests/notices proves that it shows nothing else",
    "portal:hook-report": "opened by the gateway's token; says only how many reports were new",
    "portal:hook-reply": "opened by the gateway's token; says only how many replies it has handed in",
    "console:notice-sheet-pdf": "the document of console:notice-sheet, set as PDF",
    "console:call-sheet-pdf": "the document of console:call-sheet, set as PDF",
    "portal:leave": "forgets the visitor's own choice",
    "console:take-up": "a sequence number of the journal and a handler; for the administrator",
    "api:take_up": "a sequence number of the journal and a handler; for the administrator",
    "calendar:feed": "opened by the secret of one's own link; tests/watching proves that it shows nothing else",
    "calendar:make": "makes something new of one's own",
    "watching:plan": "makes something new; tests/watching tries who may be named in it",
    "console:shift-start": "the actor's own shift",
    "console:shift-end": "the actor's own shift",
    "api:submit": "makes something new",
    "api:open_incident": "makes something new; what it may name is tried in BODIES",
    "api:create_organisation": "makes something new; what it may name is tried in BODIES",
    "api:create_group": "makes something new; what it may name is tried in BODIES",
    "api:receive_import": "makes something new",
    "api:plan_watch": "makes something new; tests/watching tries who may be named in it",
    "api:start_shift": "the actor's own shift",
    "api:end_shift": "the actor's own shift",
    "api:api-root": "not served: falls to the same 404 as every unknown address",
    "^(?P<rest>.*)$": "the API's 404",
}
ON_ONE_FACE = {"start": "where the portal is not served, the root leads to the visitor's own first page"}
SIGN_IN = ("account_", "mfa_")
"""The sign-in library's own pages: they show the account of whoever signs in."""

COMMANDS = {
    # The operator at the machine holds the keys and the database: commands hide nothing from them.
    "audit verify",
    "classify",
    "profile check",
    "profile diff",
    "profile reevaluate",
    "profile show",
    "backup",
    "create-admin",
    "demo",
    "gateway-simulator",
    "migrate",
    "restore",
    "serve",
    "submit",
    "worker",
}
MAILS = {
    "receipt": "one recipient's own receipt of a notice; the text only up to TLP:GREEN",
    "letter": "one account's own mail: password reset, invitation, where to look for an alert",
}
"""What a delivery carries, and why it shows nothing that is hidden from its reader."""
LETTERS = {
    "notices/broken.py": "to the administrators of an organisation, that an address of its own does not work",
    "parties/invitations.py": "the invitation, to the address that it is for",
    "watching/telling.py": "an alert to an officer who may see what it is about: a reference and a link",
    "wiring/adapters.py": "the sign-in library's mail to an account's own address",
}
"""Who writes letters."""
OUTBOUND = {
    "notices/channels/email/channel.py": "hands the mails above to the mail server",
    "notices/channels/gateway/adapter.py": "hands SMS and calls to the gateway; the text only up to TLP:GREEN",
    "notices/channels/gateway/simulator.py": "tells the product on this machine what a gateway would",
    "notices/channels/webhook/channel.py": "hands a notice to the recipient's own machine; the text up to TLP:GREEN",
    "notices/incoming/mailbox.py": "reads the mailbox of replies",
    "wiring/adapters.py": "asks the identity provider who somebody is",
}
"""Who opens a connection to another machine, through net/."""
SWEEPS = {
    "call-sheet": "contacts and open cases into the data folder, for the operator",
    "deliveries:email": "sends the mails above",
    "deliveries:sms": "sends the same as SMS; the text only up to TLP:GREEN",
    "deliveries:voice": "the same as calls",
    "deliveries:webhook": "the same to the recipients' own machines",
    "files": "writes clean copies beside the originals",
    "forget": "drops what must not be kept",
    "incoming": "keeps what has come in by mail, for the officers who tell",
    "handlers": "writes into the thread of the participant that answered",
    "orphans": "drops bytes that nothing names",
    "purges": "drops purged bytes",
    "watch": "alerts, told to those who may see what they are about",
    "seal": "number and digest of the last journal entry, for the operator",
}
HANDLERS = {"approvals:networks", "incidents:answered", "incidents:judged", "incidents:placed", "watching:left"}


@dataclass(frozen=True)
class Body:
    """A form or document that names the hidden thing, sent to something that the viewer may see."""

    way: str
    ids: dict[str, str]
    fields: dict[str, Any]
    names: str
    """Which kind of hidden thing it tries to name; {id}, {number}, {code}, {email} come from that thing."""


BODIES = [
    Body("incidents:link", {"public_id": "incident"}, {"link-other": "{number}", "link-reason": "x"}, "incident"),
    Body("incidents:link", {"public_id": "incident"}, {"link-other": "{reference}", "link-reason": "x"}, "incident"),
    Body(
        "incidents:merge",
        {"public_id": "incident"},
        {"merge-into": "{number}", "merge-reason": "x", "merge-version": "1"},
        "incident",
    ),
    Body("incidents:submission-merge", {"public_id": "submission"}, {"into": "{number}", "version": "1"}, "incident"),
    Body("incidents:new", {}, {"title": "x", "tlp": "2", "track": "0", "owner": "{id}"}, "organisation"),
    Body("incidents:name-reader", {"public_id": "incident"}, {"reader-user": "{email}"}, "organisation"),
    Body(
        "parties:edit",
        {"public_id": "organisation"},
        {
            "version": "1",
            "code": "X",
            "name_zh": "x",
            "name_en": "x",
            "kind": "company",
            "track": "0",
            "supervisor": "{code}",
        },
        "organisation",
    ),
    Body(
        "incidents:participant-add",
        {"public_id": "incident"},
        {"participant-organisation": "{id}", "participant-role": "helper"},
        "organisation",
    ),
    Body("parties:group-new", {}, {"name_zh": "x", "name_en": "x", "members": "{code}"}, "organisation"),
    Body("incidents:message", {"public_id": "incident", "thread": "{id}"}, {"message-text": "x"}, "participant"),
    Body("api:link_incidents", {"public_id": "incident"}, {"other": "{id}", "reason": "x"}, "incident"),
    Body("api:merge_incident", {"public_id": "incident"}, {"into": "{id}", "reason": "x"}, "incident"),
    Body("api:merge_submission", {"public_id": "submission"}, {"into": "{id}"}, "incident"),
    Body(
        "incidents:tell",
        {"public_id": "incident"},
        {
            "version": "1",
            "tlp": "2",
            "step": "look",
            "further": "{id}",
            "further_template": "information",
            "further_reason": "x",
        },
        "organisation",
    ),
    Body(
        "api:tell",
        {"public_id": "incident"},
        {"choices": [{"organisation": "{id}", "template": "information", "added": "x"}]},
        "organisation",
    ),
    Body(
        "api:tell",
        {"public_id": "incident"},
        {
            "choices": [{"organisation": "a" * 20, "template": "information", "added": "x"}],
            "dropped": [{"organisation": "{id}", "reason": "x"}],
        },
        "organisation",
    ),
    Body("api:add_participant", {"public_id": "incident"}, {"organisation": "{id}", "role": "helper"}, "organisation"),
    Body("api:open_incident", {}, {"title": "x", "owner": "{id}"}, "organisation"),
    Body("api:name_reader", {"public_id": "incident"}, {"email": "{email}"}, "organisation"),
]
