"""Every page of the product, who looks at it, and what is no page. A route that is in neither list fails a test."""

import inspect
from collections.abc import Iterator
from typing import NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver


class Stop(NamedTuple):
    """One page on a walk: the name of its route, its address, and what to open in it first."""

    route: str
    path: str
    status: int = 200


WALKS: dict[str, tuple[Stop, ...]] = {
    "anonymous": (
        Stop("portal:home", "/"),
        Stop("portal:report", "/report/"),
        Stop("portal:report-weakness", "/report/weakness/"),
        Stop("portal:report-suspicious", "/report/suspicious/"),
        Stop("portal:find", "/follow-up/"),
        Stop("portal:warnings", "/public/warnings/"),
        Stop("portal:warning", "/public/warnings/{warning_public}/"),
        Stop("portal:announcements", "/announcements/"),
        Stop("portal:announcement", "/announcements/{announcement}/"),
        Stop("portal:by-link", "/a/{link}"),
        Stop("parties:accept", "/invitation/{invitation}/"),
        Stop("account_login", "/account/login/"),
        Stop("account_reset_password", "/account/password/reset/"),
        Stop("account_reset_password_done", "/account/password/reset/done/"),
        Stop("account_reset_password_from_key", "/account/password/reset/key/1-nonsense/"),
        Stop("account_reset_password_from_key_done", "/account/password/reset/key/done/"),
        Stop("account_inactive", "/account/inactive/"),
        Stop("demo-mails", "/demo/mail/"),
        Stop("404", "/nothing/", 404),
        Stop("405", "/preferences/", 405),
    ),
    "constituent": (
        Stop("portal:home", "/"),
        Stop("portal:report", "/report/"),
        Stop("portal:cases", "/my/cases/"),
        Stop("portal:own-report", "/my/reports/{submission_decided}/"),
        Stop("portal:own-correct", "/my/reports/{submission_decided}/correct/"),
        Stop("portal:case", "/my/cases/{case}/"),
        Stop("portal:inbox", "/my/inbox/"),
        Stop("portal:receipt", "/my/inbox/{receipt}/"),
        Stop("portal:findings", "/my/findings/"),
        Stop("portal:finding", "/my/findings/{feed_finding}/"),
        Stop("portal:receipt", "/my/inbox/{feed_receipt}/"),
        Stop("portal:sharing", "/my/sharing/"),
        Stop("portal:operations", "/my/operations/"),
        Stop("calendar:list", "/calendar/"),
        Stop("calendar:month", "/calendar/month/"),
        Stop("parties:organisation", "/organisations/{organisation}/"),
        Stop("tokens", "/keys/"),
        Stop("account_logout", "/account/logout/"),
        Stop("account_change_password", "/account/password/change/"),
        Stop("account_reauthenticate", "/account/reauthenticate/"),
        Stop("mfa_index", "/account/2fa/"),
        Stop("mfa_activate_totp", "/account/2fa/totp/activate/"),
        Stop("mfa_list_webauthn", "/account/2fa/webauthn/"),
        Stop("mfa_add_webauthn", "/account/2fa/webauthn/add/"),
        Stop("403", "/console/", 403),
    ),
    "city": (
        Stop("filings:of-case", "/cases/{forms_case}/forms/"),
        Stop("filings:edit", "/filings/{filing_draft}/edit/"),
        Stop("filings:edit", "/filings/{filing_returned}/edit/"),
        Stop("filings:check", "/filings/{filing_draft}/check/", 422),
        Stop("filings:filing", "/filings/{filing_returned}/"),
        Stop("filings:edition", "/filings/{filing_returned}/editions/1/"),
        Stop("filings:print", "/filings/{filing_returned}/print/"),
        Stop("filings:extension", "/obligations/{obligation_extendable}/extension/"),
        Stop("approvals:list", "/approvals/"),
        Stop("approvals:approval", "/approvals/{approval_returned}/"),
    ),
    "interior": (
        Stop("approvals:approval", "/approvals/{approval_returned}/"),
        Stop("filings:judge-level", "/approvals/{approval_level}/level/"),
    ),
    "org_admin": (
        Stop("helping:own", "/my/helping/"),
        Stop("helping:offer", "/my/helping/offer/"),
        Stop("helping:amend", "/my/helping/capabilities/{capability}/"),
        Stop("helping:engagement", "/my/helping/requests/{engagement}/"),
        Stop("helping:alliance", "/my/helping/alliance/"),
        Stop("portal:network-propose", "/my/networks/propose/"),
        Stop("parties:organisation", "/organisations/{organisation}/"),
        Stop("parties:edit", "/organisations/{organisation}/edit/"),
        Stop("parties:turns", "/organisations/{organisation}/turns/"),
    ),
    "reviewer": (Stop("portal:receipt", "/my/inbox/{receipt_answered}/"),),
    "partner": (
        Stop("portal:cases", "/my/cases/"),
        Stop("portal:inbox", "/my/inbox/"),
        Stop("portal:agreement", "/my/agreements/{agreement}/"),
        Stop("parties:organisation", "/organisations/{organisation_compromised}/"),
    ),
    "officer": (
        Stop("console:now", "/console/"),
        Stop("console:triage", "/console/triage/"),
        Stop("console:triage", "/console/triage/?quarantine=1"),
        Stop("incidents:call", "/submissions/call/"),
        Stop("incidents:submission", "/submissions/{submission}/"),
        Stop("incidents:submission", "/submissions/{submission_decided}/"),
        Stop("incidents:submission", "/submissions/{submission_aside}/"),
        Stop("incidents:submission", "/submissions/{submission_rejected}/"),
        Stop("incidents:list", "/incidents/"),
        Stop("incidents:bulk-cases-done", "/incidents/bulk/done/"),
        Stop("incidents:bulk-reports-done", "/submissions/bulk/done/"),
        Stop("incidents:new", "/incidents/new/"),
        Stop("incidents:import-upload", "/incidents/import/"),
        Stop("incidents:import", "/incidents/import/{case_import}/"),
        Stop("incidents:detail", "/incidents/{case}/"),
        Stop("incidents:detail", "/incidents/{case_late}/"),
        Stop("incidents:detail", "/incidents/{case_closed}/"),
        Stop("incidents:edit", "/incidents/{case}/edit/"),
        Stop("incidents:hand-on", "/incidents/{case}/hand-on/"),
        Stop("incidents:counts", "/incidents/counts/"),
        Stop("incidents:receive", "/submissions/receive/"),
        Stop("incidents:custody", "/incidents/{case}/evidence/"),
        Stop("incidents:report", "/incidents/{case}/report/"),
        Stop("incidents:tell", "/incidents/{case}/tell/"),
        Stop("filings:of-case", "/cases/{forms_case}/forms/"),
        Stop("approvals:list", "/approvals/?view=waiting"),
        Stop("approvals:approval", "/approvals/{approval_network}/"),
        Stop("approvals:edition", "/approvals/{approval_network}/editions/1/"),
        Stop("approvals:decide", "/approvals/{approval_extension}/decide/granted/"),
        Stop("observations:runs", "/feeds/"),
        Stop("observations:run", "/feeds/files/{feed_run}/"),
        Stop("observations:findings", "/feeds/findings/"),
        Stop("observations:findings", "/feeds/findings/?state=told-open&address=198.51.100.0/24"),
        Stop("observations:figures", "/feeds/findings/figures/"),
        Stop("observations:archive", "/feeds/archive/"),
        Stop("observations:archive", "/feeds/archive/?shape=address&address=198.51.100.0/24&first=2026-11-01"),
        Stop("observations:archive", "/feeds/archive/?shape=days&first=2026-11-01&last=2026-12-31"),
        Stop("observations:finding", "/feeds/findings/{feed_finding}/"),
        Stop("observations:finding", "/feeds/findings/{feed_unowned}/"),
        Stop("incidents:from-finding", "/feeds/findings/{feed_finding}/case/"),
        Stop("watching:roster", "/watch/"),
        Stop("watching:change", "/watch/{watch}/"),
        Stop("watching:write", "/watch/{watch}/hand-over/"),
        Stop("watching:hand-overs", "/watch/hand-overs/"),
        Stop("watching:hand-over", "/watch/hand-overs/{hand_over}/"),
        Stop("watching:alerts", "/watch/alerts/"),
        Stop("watching:alert", "/watch/alerts/{alert}/"),
        Stop("watching:statistics", "/watch/statistics/"),
        Stop("calendar:list", "/calendar/"),
        Stop("calendar:month", "/calendar/month/"),
        Stop("incidents:classification", "/incidents/{case}/classification/"),
        Stop("incidents:classify", "/incidents/{case}/classification/TW/"),
        Stop("incidents:obligations", "/obligations/"),
        Stop("incidents:obligations", "/obligations/?standing=no_limit"),
        Stop("parties:legal", "/organisations/{organisation}/law/"),
        Stop("records:laws", "/law/"),
        Stop("records:law", "/law/TW-2026/"),
        Stop("records:response", "/law/TW-2026/response/"),
        Stop("records:calendar", "/law/TW-2026/calendar/"),
        Stop("records:ministry", "/law/TW-2026/calendar/moda/"),
        Stop("records:compare", "/law/TW-2021/to/TW-2026/"),
        Stop("console:notices", "/console/notices/"),
        Stop("console:notice", "/console/notices/{notice}/"),
        Stop("console:notice", "/console/notices/{warning}/"),
        Stop("console:notice", "/console/notices/{warning}/?all=1"),
        Stop("notices:index", "/warnings/"),
        Stop("notices:begin", "/warnings/new/"),
        Stop("notices:begin", "/warnings/new/?event=energy-emergency&operation={operation}"),
        Stop("notices:levels", "/warnings/levels/"),
        Stop("notices:draft", "/warnings/{draft}/"),
        Stop("notices:draft", "/warnings/{draft_waiting}/"),
        Stop("notices:draft", "/warnings/{draft_alone}/"),
        Stop("notices:draft", "/warnings/{draft_ready}/"),
        Stop("notices:edit", "/warnings/{draft}/edit/"),
        Stop("notices:audiences", "/warnings/audiences/"),
        Stop("notices:new-audience", "/warnings/audiences/new/"),
        Stop("notices:audience", "/warnings/audiences/{audience}/"),
        Stop("notices:evidence", "/notices/{warning}/evidence/"),
        Stop("notices:statistics", "/warnings/statistics/"),
        Stop("notices:partners", "/warnings/partners/"),
        Stop("notices:partner", "/warnings/partners/{partner_alert}/"),
        Stop("console:notice-sheet", "/console/notices/{notice}/call-sheet/"),
        Stop("console:call-sheet", "/console/call-sheet/"),
        Stop("console:incoming", "/console/incoming/"),
        Stop("console:incoming", "/console/incoming/?state=all"),
        Stop("console:incoming-one", "/console/incoming/{incoming}/"),
        Stop("console:search", "/console/search/?q=遭"),
        Stop("console:search", "/console/search/?q=勒索"),
        Stop("operations:list", "/operations/"),
        Stop("operations:operation", "/operations/{operation}/"),
        Stop("operations:operation", "/operations/{operation_test}/"),
        Stop("operations:new", "/operations/new/"),
        Stop("operations:enrolments", "/operations/{operation_test}/enrolments/?organisation=FARHILL"),
        Stop("assistance:list", "/helping/"),
        Stop("assistance:capability", "/helping/capabilities/{capability}/"),
        Stop("assistance:requests", "/helping/requests/"),
        Stop("assistance:request", "/helping/requests/{help_request}/"),
        Stop("assistance:ask", "/incidents/{case}/help/"),
        Stop("assistance:alliance", "/helping/alliance/"),
        Stop("assistance:membership", "/helping/alliance/{membership}/"),
        Stop("exposure:look", "/exposed/"),
        Stop("exposure:of-case", "/incidents/{case}/exposed/?words=openssh"),
        Stop("joint:list", "/joint/"),
        Stop("joint:begin", "/cases/{case}/joint/"),
        Stop("joint:joint", "/joint/{joint}/"),
        Stop("takedown:list", "/takedowns/"),
        Stop("takedown:reported", "/takedowns/reported/"),
        Stop("takedown:begin", "/takedowns/new/"),
        Stop("takedown:figures", "/takedowns/figures/"),
        Stop("takedown:takedown", "/takedowns/{takedown}/"),
        Stop("cooperation:list", "/agreements/"),
        Stop("cooperation:new", "/agreements/new/"),
        Stop("cooperation:agreement", "/agreements/{agreement}/"),
        Stop("cooperation:edit", "/agreements/{agreement}/edit/"),
        Stop("release:list", "/releases/"),
        Stop("release:outgoing", "/releases/{outgoing}/"),
        Stop("release:recalls", "/releases/recalls/?state=all"),
        Stop("release:consents", "/releases/consents/"),
        Stop("console:consent", "/console/consents/new/?kind=incident&thing={case}"),
        Stop("parties:organisation", "/organisations/{organisation}/"),
        Stop("parties:organisation", "/organisations/{organisation_compromised}/"),
        Stop("tokens", "/keys/"),
    ),
    "handler": (
        Stop("incidents:detail", "/incidents/{case}/"),
        Stop("incidents:detail", "/incidents/{case_merged}/"),
    ),
    "auditor": (
        Stop("console:now", "/console/"),
        Stop("console:journal", "/console/journal/"),
        Stop("incidents:detail", "/incidents/{case}/"),
    ),
    "admin": (
        Stop("parties:list", "/organisations/"),
        Stop("parties:new", "/organisations/new/"),
        Stop("parties:organisation", "/organisations/{organisation_listed}/"),
        Stop("parties:upload", "/organisations/import/"),
        Stop("parties:import", "/organisations/import/{import}/"),
        Stop("parties:import", "/organisations/import/{import_faulty}/"),
        Stop("parties:group-new", "/groups/new/"),
        Stop("parties:group", "/groups/{group}/"),
        Stop("console:health", "/console/health/"),
        Stop("file-purge", "/files/{file}/purge/"),
    ),
}

ELSEWHERE = {
    "demo-mail": "test_story opens the mails of its own case",
    "portal:correct": "test_access opens it by the number",
    "portal:follow-up": "test_access opens it by the number",
    "mfa_authenticate": "test_signing_in signs in with a second factor",
    "mfa_deactivate_totp": "test_signing_in takes the app away",
    "mfa_edit_webauthn": "test_signing_in renames a passkey",
    "mfa_generate_recovery_codes": "test_signing_in makes codes",
    "mfa_reauthenticate": "test_signing_in confirms with a code",
    "mfa_reauthenticate_webauthn": "test_signing_in confirms with a passkey",
    "mfa_remove_webauthn": "test_signing_in removes a passkey",
    "mfa_view_recovery_codes": "test_signing_in shows the codes",
    "openid_connect_callback": "test_identity_provider comes back by it",
    "openid_connect_login": "test_identity_provider leaves by it",
}
"""Pages that need a state of their own, and the test that visits each."""

NO_PAGE = {
    "portal:warnings-feed": "for programs",
    "portal:warning-cap": "for programs",
    "portal:warning-file": "a download",
    "portal:by-link-file": "a download",
    "parties:turns-calendar": "a download",
    "console:notice-board": "a part of the page of a warning",
    "calendar:feed": "for calendar programs",
    "watching:statistics-csv": "a download",
    "notices:evidence-as": "a download",
    "account_set_password": "sends those who have a password on to changing it",
    "release:csv": "a download",
    "file": "a download",
    "observations:findings-csv": "a download",
    "observations:rejects": "a download",
    "file-original": "a download",
    "console:call-sheet-pdf": "a download",
    "console:incoming-raw": "a download",
    "console:notice-sheet-csv": "a download",
    "console:notice-sheet-pdf": "a download",
    "portal:hook-reply": "for gateways",
    "portal:hook-report": "for gateways",
    "portal:follow-up-file": "a download",
    "filings:pdf": "a download",
    "healthz": "for programs",
    "mfa_download_recovery_codes": "a download",
    "mfa_login_webauthn": "for the script of the sign-in page",
    "parties:own": "sends on to the organisation",
}


def routes() -> set[str]:
    """The names of everything that answers to GET, the API aside."""
    return {
        name
        for address, name, pattern in _patterns(get_resolver())
        if not address.startswith("api/") and "GET" in _methods(pattern)
    }


def _patterns(resolver: URLResolver, address: str = "", space: str = "") -> Iterator[tuple[str, str, URLPattern]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            inner = f"{space}{each.namespace}:" if each.namespace else space
            yield from _patterns(each, address + str(each.pattern), inner)
        else:
            yield address + str(each.pattern), f"{space}{each.name}", each


def _methods(pattern: URLPattern) -> list[str]:
    """The methods that a view takes: what Django's decorator holds on to, else all."""
    view = pattern.callback
    while view is not None:
        held = inspect.getclosurevars(view).nonlocals if inspect.isfunction(view) else {}
        if "request_method_list" in held:
            return list(held["request_method_list"])
        view = getattr(view, "__wrapped__", None)
    return ["GET", "POST"]
