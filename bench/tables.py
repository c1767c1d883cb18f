"""The tables that the generator fills, each with the columns that it gives."""

from django.db import transaction

from bench.load import Table
from tongbao.incidents import models as cases
from tongbao.journal.models import JournalEntry
from tongbao.notices import models as notices
from tongbao.operations.models import Task
from tongbao.parties import models as parties
from tongbao.policy.models import Audience
from tongbao.search.models import SearchDoc


class Tables:
    """One of each, made when the instance is migrated."""

    def __init__(self) -> None:
        self.organisations = Table(
            parties.Organisation,
            "public_id code name_zh name_en kind entity_type sector track supervisor_id created_at enrolled_at",
        )
        self.seats = Table(parties.Seat, "public_id organisation_id title_zh title_en rank roles")
        self.persons = Table(parties.Person, "public_id name")
        self.tenures = Table(parties.Tenure, "public_id seat_id person_id starts_at")
        self.contacts = Table(parties.ContactPoint, "public_id seat_id kind address language verified_at")
        self.networks = Table(parties.Network, "public_id organisation_id kind value first last starts_at")
        self.cases = Table(
            cases.Incident,
            "public_id operation_id number title summary type profile level owner_id state aware_at received_at "
            "opened_at updated_at closed_at tlp track",
        )
        self.submissions = Table(
            cases.Submission,
            "public_id operation_id door received_at content content_digest receipt_mac summary aware_at level "
            "language owner_id reporter_id state set_aside_for decided_at decided_by_id incident_id version tlp track",
        )
        self.keys = Table(cases.IdempotencyKey, "key content_digest submission_id created_at")
        self.parts = Table(cases.Participant, "public_id incident_id organisation_id submission_id role joined_at")
        self.log = Table(
            cases.LogEntry, "public_id operation_id incident_id participant_id kind at author_id by_office text tlp"
        )
        self.duties = Table(
            cases.Obligation,
            "public_id operation_id submission_id incident_id origin_id regime profile duty variant level role "
            "organisation_id starts_at due_at operation_due_at restarted state settled_at evidence created_at",
        )
        self.findings = Table(
            cases.Classification,
            "public_id incident_id regime profile entity_type rank grounds reasons by actor at",
        )
        self.systems = Table(cases.AffectedSystem, "incident_id name")
        self.addresses = Table(cases.NamedAddress, "incident_id value")
        self.links = Table(cases.Link, "public_id first_id second_id reason created_at")
        self.audience = Table(Audience, "kind object_id grantee grantee_id at")
        self.docs = Table(SearchDoc, "kind object_id text tokens")
        self.notices = Table(
            notices.Notice,
            "public_id operation_id subject_kind subject_ref template title_zh title_en body_zh body_en answer_by "
            "sent_at sender_id tlp track",
        )
        self.receipts = Table(
            notices.Receipt,
            "public_id operation_id notice_id organisation_id seat_id reasons created_at link_expires_at answered_at "
            "answer grade",
        )
        self.deliveries = Table(
            notices.Delivery,
            "public_id receipt_id contact_id channel address language state due_at attempts sent_at reply",
        )
        self.tasks = Table(
            Task, "public_id operation_id subject_kind subject_ref title due_at created_at done_at tlp track"
        )
        self.journal = Table(JournalEntry, "at event actor subject_kind subject_id operation text digest", key="seq")
        self.all: list[Table] = [each for each in vars(self).values() if isinstance(each, Table)]

    def flush(self) -> None:
        with transaction.atomic():
            for each in self.all:
                each.flush()
