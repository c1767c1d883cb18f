"""A notice, its recipients, the attempts to reach them, and their answers."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from tongbao.kernel import clock, ids
from tongbao.kernel.markings import TLP
from tongbao.notices import replies
from tongbao.notices.rules.content import Content, Kind, content_of
from tongbao.operations.models import Operation
from tongbao.parties.models import ContactPoint, Organisation, Seat
from tongbao.policy.actors import Actor
from tongbao.policy.can import Can
from tongbao.policy.models import Marked, MarkedQuerySet, Seen
from tongbao.policy.rules import holds


class Notice(Marked):
    """One message in both languages, as sent; never changed afterwards. What it is about is a plain reference."""

    MARKED = "notice"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="notices")
    subject_kind = models.CharField(max_length=24, blank=True, default="")
    subject_ref = models.CharField(max_length=20, blank=True, default="")
    template = models.CharField(max_length=40)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    body_zh = models.TextField()
    body_en = models.TextField()
    answer_by = models.DateTimeField(null=True)
    kind = models.CharField(
        max_length=8, choices=[(k.value, k.value) for k in Kind], blank=True, default="", db_default=""
    )
    """Of a warning; empty for what is told of a case."""
    content = models.TextField(blank=True, default="", db_default="")
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    expires_at = models.DateTimeField(null=True)
    public = models.BooleanField(default=False, db_default=False)
    sent_at = models.DateTimeField(default=clock.now)
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = MarkedQuerySet["Notice"].as_manager()

    class Meta:
        ordering = ["-sent_at", "-id"]
        indexes = [
            models.Index(fields=["-sent_at", "-id"], name="notice_newest"),
            models.Index(fields=["subject_kind", "subject_ref"], name="notice_of_subject"),
            models.Index(fields=["-sent_at", "-id"], condition=Q(public=True), name="notice_public"),
        ]

    def __str__(self) -> str:
        return self.title_zh

    @property
    def warning(self) -> Content | None:
        """What the warning says, as it was approved; None for what is told of a case."""
        return content_of(self.content) if self.content else None

    def subject(self) -> tuple[str, str]:
        return ("notice", self.public_id)


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def visible_to(self, actor: Actor) -> Self:
        """The office sees receipts of notices it may see; others those of their own organisation or seat.

        A TLP:RED notice is for the named seat alone.
        """
        if actor.system:
            return self
        if actor.office and holds(actor, Can.NOTICE_READ):
            return self.filter(Seen(actor, Notice.MARKED, "notice__"))
        own = Q(organisation=actor.organisation, notice__tlp__lte=TLP.AMBER_STRICT) | Q(seat__in=actor.seats)
        return self.filter(own, notice__track__in=actor.tracks) if actor.organisation else self.none()

    def about(self, subject: tuple[str, str]) -> Self:
        """Of the notices about one thing. Begins at these: else all that one recipient has ever got is looked at."""
        kind, ref = subject
        notices = Notice.objects.filter(subject_kind=kind, subject_ref=ref).order_by()
        return self.filter(notice__in=list(notices.values_list("pk", flat=True)))

    def open(self) -> Self:
        return self.filter(answered_at=None)


class Receipt(models.Model):
    """One recipient of a notice: who, why, and what was answered. ``organisation`` None: a person with a receipt."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="receipts")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="receipts")
    seat = models.ForeignKey(Seat, null=True, on_delete=models.PROTECT, related_name="receipts")
    reasons = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now)
    link_expires_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=40, blank=True, default="")
    grade = models.CharField(max_length=12, blank=True, default="")

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        ordering = ["organisation", "id"]
        constraints = [models.UniqueConstraint(fields=["notice", "organisation", "seat"], name="one_receipt")]
        indexes = [
            models.Index(fields=["organisation", "-created_at"], name="receipt_inbox"),
            models.Index(fields=["created_at"], condition=Q(answered_at=None), name="receipt_open"),
        ]

    def subject(self) -> tuple[str, str]:
        return ("receipt", self.public_id)

    def standing(self) -> frozenset[int]:
        return frozenset({self.organisation_id})


class Answer(models.Model):
    """One answer as given. Never changed: a different answer is another row."""

    id = models.BigAutoField(primary_key=True)
    receipt = models.ForeignKey(Receipt, on_delete=models.CASCADE, related_name="answers")
    code = models.CharField(max_length=40)
    text = models.TextField(blank=True, default="")
    at = models.DateTimeField(default=clock.now)
    by = models.CharField(max_length=64)
    grade = models.CharField(max_length=12)
    late = models.BooleanField(default=False)

    class Meta:
        ordering = ["at", "id"]


class Letter(models.Model):
    """What is no notice, kept until it has been sent: mail that belongs to an account (password reset, invitation), or
    what a machine is told about a thing (``about``). ``source`` names what it came from, so that a repeat adds none."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    title = models.CharField(max_length=200)
    body = models.TextField()
    created_at = models.DateTimeField(default=clock.now)
    operation = models.ForeignKey(Operation, null=True, on_delete=models.PROTECT, related_name="+")
    about_kind = models.CharField(max_length=20, blank=True, default="", db_default="")
    about_ref = models.CharField(max_length=40, blank=True, default="", db_default="")
    source = models.CharField(max_length=60, null=True, unique=True)

    def subject(self) -> tuple[str, str]:
        """What the journal files it under: the thing that it is about, if any."""
        return (self.about_kind, self.about_ref) if self.about_kind else ("letter", str(self.pk))


class Delivery(models.Model):
    """One attempt chain to one contact point. The row is the truth; a lease says who is sending it.

    ``reply_code``: what an answer by mail or SMS names, so that it proves which receipt, sent where, it answers.
    ``reference``: what the gateway calls it. ``protected``: what was sent could be read at its address only.
    ``maybe_sent``: an attempt that ended unknown, so that the next is marked as a repeat.
    """

    class State(models.TextChoices):
        DUE = "due"
        SENDING = "sending"
        SENT = "sent"
        DELIVERED = "delivered"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    receipt = models.ForeignKey(Receipt, null=True, on_delete=models.CASCADE, related_name="deliveries")
    letter = models.ForeignKey(Letter, null=True, on_delete=models.CASCADE, related_name="deliveries")
    contact = models.ForeignKey(ContactPoint, null=True, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=12)
    address = models.CharField(max_length=254)
    language = models.CharField(max_length=8, blank=True, default="")
    state = models.CharField(max_length=12, choices=State.choices, default=State.DUE)
    due_at = models.DateTimeField(default=clock.now)
    lease = models.CharField(max_length=20, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    maybe_sent = models.BooleanField(default=False)
    sent_at = models.DateTimeField(null=True)
    reply = models.CharField(max_length=500, blank=True, default="")
    reply_code = models.CharField(max_length=12, blank=True, default=replies.fresh_code)
    reference = models.CharField(max_length=80, blank=True, default="")
    protected = models.BooleanField(default=False)
    reported_at = models.DateTimeField(null=True)
    report = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(receipt=None, letter__isnull=False) | Q(receipt__isnull=False, letter=None),
                name="delivery_of_one_thing",
            )
        ]
        indexes = [
            models.Index(fields=["state", "channel", "due_at", "id"], name="delivery_of_channel"),
            models.Index(fields=["reply_code"], name="delivery_of_code"),
            models.Index(fields=["reference"], name="delivery_of_reference"),
        ]

    @property
    def message_id(self) -> str:
        """The same for every attempt, so that a mail program folds repeats."""
        return f"<{self.public_id}@{settings.TONGBAO.mail_from.rpartition('@')[2]}>"


class Report(models.Model):
    """What a gateway says became of a message: kept as it came. ``delivery`` None: it waits for the send to end."""

    class Verdict(models.TextChoices):
        DELIVERED = "delivered"
        FAILED = "failed"
        BROKEN = "broken"

    id = models.BigAutoField(primary_key=True)
    channel = models.CharField(max_length=12)
    reference = models.CharField(max_length=80)
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    text = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField(default=clock.now)
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.CASCADE, related_name="reports")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["channel", "reference", "verdict"], name="report_once")]
        indexes = [models.Index(fields=["at"], condition=Q(delivery=None), name="report_waiting")]


class IncomingQuerySet(models.QuerySet["Incoming"]):
    def visible_to(self, actor: Actor) -> Self:
        """Those of the office who tell: what belongs to a notice that is hidden from them is hidden too."""
        if actor.system:
            return self
        if not (actor.office and holds(actor, Can.INCOMING_SETTLE)):
            return self.none()
        return self.filter(Q(delivery=None) | Q(delivery__receipt__in=Receipt.objects.visible_to(actor)))

    def unplaced(self) -> Self:
        return self.filter(state=Incoming.State.UNPLACED)


class Incoming(models.Model):
    """A message that came in by mail or SMS, with what it was taken for. ``raw``: the bytes as they came (base 64),
    up to a limit; ``digest`` of all of them, so that what is read twice is kept once."""

    class State(models.TextChoices):
        ANSWER = "answer"
        AUTOMATIC = "automatic"
        BOUNCE = "bounce"
        UNPLACED = "unplaced"
        SETTLED = "settled"

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(max_length=20, unique=True, default=ids.public_id, editable=False)
    channel = models.CharField(max_length=12)
    state = models.CharField(max_length=12, choices=State.choices)
    why = models.CharField(max_length=24, blank=True, default="")
    sender = models.CharField(max_length=254, blank=True, default="")
    subject_line = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField(blank=True, default="")
    raw = models.TextField(blank=True, default="")
    size = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField(default=clock.now)
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.CASCADE, related_name="incoming")
    answer = models.OneToOneField(Answer, null=True, on_delete=models.CASCADE, related_name="incoming")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=64, blank=True, default="")
    note = models.TextField(blank=True, default="")

    objects = IncomingQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["channel", "digest"], name="incoming_once")]
        indexes = [models.Index(fields=["state", "-received_at"], name="incoming_of_state")]

    @property
    def restricted(self) -> bool:
        """Whether it answers a restricted notice: then lists do not show its subject, which repeats the notice's."""
        receipt = self.delivery.receipt if self.delivery is not None else None
        return receipt is not None and receipt.notice.restricted

    def subject(self) -> tuple[str, str]:
        return ("incoming", self.public_id)
