"""Everything that can be done, and which role may do it. ``<area>:<thing>:<verb>``, alphabetical."""

from enum import StrEnum


class Can(StrEnum):
    ACCOUNT_INVITE = "accounts:account:invite"
    TOKEN_ISSUE = "accounts:token:issue"
    APPROVAL_DECIDE = "approvals:approval:decide"
    APPROVAL_REVIEW = "approvals:approval:review"
    APPROVAL_SUBMIT = "approvals:approval:submit"
    CAPABILITY_OFFER = "assistance:capability:offer"
    CAPABILITY_READ = "assistance:capability:read"
    CAPABILITY_VET = "assistance:capability:vet"
    HELP_ANSWER = "assistance:help:answer"
    HELP_ASK = "assistance:help:ask"
    MEMBERSHIP_APPLY = "assistance:membership:apply"
    MEMBERSHIP_VET = "assistance:membership:vet"
    AGREEMENT_MANAGE = "cooperation:agreement:manage"
    AGREEMENT_READ = "cooperation:agreement:read"
    FILE_PURGE = "files:original:purge"
    FILE_READ_ORIGINAL = "files:original:read"
    FILING_FILE = "incidents:filing:file"
    INCIDENT_CLASSIFY = "incidents:incident:classify"
    INCIDENT_CLOSE = "incidents:incident:close"
    INCIDENT_EDIT = "incidents:incident:edit"
    INCIDENT_LINK = "incidents:incident:link"
    INCIDENT_LOG = "incidents:incident:log"
    INCIDENT_MERGE = "incidents:incident:merge"
    INCIDENT_OPEN = "incidents:incident:open"
    INCIDENT_READ = "incidents:incident:read"
    OBLIGATION_MEET = "incidents:obligation:meet"
    OBLIGATION_WAIVE = "incidents:obligation:waive"
    SUBMISSION_CREATE = "incidents:submission:create"
    SUBMISSION_READ = "incidents:submission:read"
    SUBMISSION_TRIAGE = "incidents:submission:triage"
    THREAD_WRITE = "incidents:thread:write"
    HEALTH_MEND = "jobs:health:mend"
    HEALTH_READ = "jobs:health:read"
    JOINT_WRITE = "joint:joint:write"
    JOURNAL_READ = "journal:entry:read"
    INCOMING_SETTLE = "notices:incoming:settle"
    NOTICE_APPROVE = "notices:notice:approve"
    NOTICE_READ = "notices:notice:read"
    NOTICE_SEND = "notices:notice:send"
    RECEIPT_ANSWER = "notices:receipt:answer"
    FEED_RECEIVE = "observations:feed:receive"
    FINDING_ANSWER = "observations:finding:answer"
    FINDING_MANAGE = "observations:finding:manage"
    FINDING_READ = "observations:finding:read"
    ENROLMENT_MANAGE = "operations:enrolment:manage"
    OPERATION_MANAGE = "operations:operation:manage"
    OPERATION_READ = "operations:operation:read"
    OPERATION_RECORD = "operations:operation:record"
    TASK_FINISH = "operations:task:finish"
    TASK_MANAGE = "operations:task:manage"
    CONTACT_VERIFY = "parties:contact:verify"
    DIRECTORY_READ = "parties:directory:read"
    GROUP_MANAGE = "parties:group:manage"
    NETWORK_EDIT = "parties:network:edit"
    NETWORK_PROPOSE = "parties:network:propose"
    ORGANISATION_COMPROMISED = "parties:organisation:compromised"
    ORGANISATION_EDIT = "parties:organisation:edit"
    ORGANISATION_ENROL = "parties:organisation:enrol"
    ORGANISATION_IMPORT = "parties:organisation:import"
    SEAT_MANAGE = "parties:seat:manage"
    SHIFT_KEEP = "parties:shift:keep"
    CONSENT_ANSWER = "release:consent:answer"
    CONSENT_ASK = "release:consent:ask"
    RECALL_ASK = "release:recall:ask"
    RECALL_CONFIRM = "release:recall:confirm"
    RECALL_SETTLE = "release:recall:settle"
    RELEASE_READ = "release:release:read"
    TAKEDOWN_MANAGE = "takedown:takedown:manage"
    TAKEDOWN_READ = "takedown:takedown:read"
    ROSTER_MANAGE = "watching:roster:manage"
    ROSTER_READ = "watching:roster:read"


class Role(StrEnum):
    """What a seat lets its holder do. The first three count in any organisation, on what is its own."""

    REPORTER = "reporter"
    ORGANISATION_ADMIN = "organisation-admin"
    REVIEWER = "reviewer"
    DUTY_OFFICER = "duty-officer"
    HANDLER = "handler"
    ANALYST = "analyst"
    LIAISON = "liaison"
    CONTROLLER = "controller"
    AUDITOR = "auditor"
    ADMIN = "admin"


_READ = frozenset(
    {
        Can.AGREEMENT_READ,
        Can.CAPABILITY_READ,
        Can.DIRECTORY_READ,
        Can.FINDING_READ,
        Can.INCIDENT_READ,
        Can.NOTICE_READ,
        Can.OPERATION_READ,
        Can.RELEASE_READ,
        Can.ROSTER_READ,
        Can.SUBMISSION_READ,
        Can.TAKEDOWN_READ,
    }
)
_REPORT = frozenset(
    {
        Can.APPROVAL_SUBMIT,
        Can.CONSENT_ANSWER,
        Can.FILING_FILE,
        Can.HELP_ANSWER,
        Can.FINDING_ANSWER,
        Can.JOINT_WRITE,
        Can.OBLIGATION_MEET,
        Can.RECALL_CONFIRM,
        Can.RECEIPT_ANSWER,
        Can.SUBMISSION_CREATE,
        Can.TASK_FINISH,
        Can.THREAD_WRITE,
        Can.TOKEN_ISSUE,
    }
)
_HANDLE = (
    _READ
    | _REPORT
    | {
        Can.APPROVAL_REVIEW,
        Can.CONSENT_ASK,
        Can.FEED_RECEIVE,
        Can.FINDING_MANAGE,
        Can.HEALTH_READ,
        Can.HELP_ASK,
        Can.INCIDENT_CLASSIFY,
        Can.INCIDENT_CLOSE,
        Can.INCIDENT_EDIT,
        Can.INCIDENT_LINK,
        Can.INCIDENT_LOG,
        Can.INCIDENT_MERGE,
        Can.INCIDENT_OPEN,
        Can.NOTICE_APPROVE,
        Can.INCOMING_SETTLE,
        Can.NOTICE_SEND,
        Can.OPERATION_RECORD,
        Can.SHIFT_KEEP,
        Can.SUBMISSION_TRIAGE,
        Can.TAKEDOWN_MANAGE,
        Can.TASK_MANAGE,
    }
)

ROLES: dict[Role, frozenset[Can]] = {
    Role.REPORTER: _REPORT,
    Role.ORGANISATION_ADMIN: _REPORT
    | {
        Can.ACCOUNT_INVITE,
        Can.CAPABILITY_OFFER,
        Can.MEMBERSHIP_APPLY,
        Can.NETWORK_PROPOSE,
        Can.ORGANISATION_EDIT,
        Can.SEAT_MANAGE,
    },
    Role.REVIEWER: _REPORT | {Can.APPROVAL_DECIDE, Can.APPROVAL_REVIEW},
    Role.HANDLER: _HANDLE,
    Role.DUTY_OFFICER: _HANDLE
    | {
        Can.ACCOUNT_INVITE,
        Can.AGREEMENT_MANAGE,
        Can.APPROVAL_DECIDE,
        Can.CAPABILITY_VET,
        Can.CONTACT_VERIFY,
        Can.ENROLMENT_MANAGE,
        Can.FILE_READ_ORIGINAL,
        Can.MEMBERSHIP_VET,
        Can.NETWORK_EDIT,
        Can.OBLIGATION_WAIVE,
        Can.OPERATION_MANAGE,
        Can.ORGANISATION_COMPROMISED,
        Can.ORGANISATION_EDIT,
        Can.ORGANISATION_ENROL,
        Can.RECALL_ASK,
        Can.RECALL_SETTLE,
        Can.ROSTER_MANAGE,
        Can.SEAT_MANAGE,
    },
    Role.ANALYST: _READ | {Can.INCIDENT_LOG, Can.TOKEN_ISSUE},
    Role.LIAISON: _READ
    | {
        Can.AGREEMENT_MANAGE,
        Can.CAPABILITY_VET,
        Can.CONSENT_ASK,
        Can.INCIDENT_LOG,
        Can.JOINT_WRITE,
        Can.MEMBERSHIP_VET,
        Can.NOTICE_SEND,
        Can.RECALL_ASK,
        Can.TASK_FINISH,
        Can.THREAD_WRITE,
        Can.TOKEN_ISSUE,
    },
    Role.CONTROLLER: _READ
    | {
        Can.ENROLMENT_MANAGE,
        Can.OPERATION_MANAGE,
        Can.OPERATION_RECORD,
        Can.TASK_FINISH,
        Can.TASK_MANAGE,
        Can.TOKEN_ISSUE,
    },
    Role.AUDITOR: _READ | {Can.HEALTH_READ, Can.JOURNAL_READ, Can.TOKEN_ISSUE},
    Role.ADMIN: frozenset(
        {
            Can.ACCOUNT_INVITE,
            Can.CONTACT_VERIFY,
            Can.DIRECTORY_READ,
            Can.FILE_PURGE,
            Can.GROUP_MANAGE,
            Can.HEALTH_MEND,
            Can.HEALTH_READ,
            Can.NETWORK_EDIT,
            Can.ORGANISATION_COMPROMISED,
            Can.ORGANISATION_EDIT,
            Can.ORGANISATION_ENROL,
            Can.ORGANISATION_IMPORT,
            Can.ROSTER_MANAGE,
            Can.ROSTER_READ,
            Can.SEAT_MANAGE,
            Can.TOKEN_ISSUE,
        }
    ),
}
"""Roles as sets. An administrator keeps accounts and the directory, and reads no case."""

OFFICE_ROLES = frozenset(
    {Role.DUTY_OFFICER, Role.HANDLER, Role.ANALYST, Role.LIAISON, Role.CONTROLLER, Role.AUDITOR, Role.ADMIN}
)
"""Roles that count only in the office that runs this installation."""

CASE_READERS = frozenset(role for role, cans in ROLES.items() if Can.INCIDENT_READ in cans)
"""Office roles that see what the office holds up to TLP:AMBER+STRICT without being named."""

ANYONE = frozenset({Can.SUBMISSION_CREATE})
"""What needs no account: the public form."""
