"""Django's mail port: account mail becomes rows that the same workers send, crash-safe like any notice."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from tongbao.kernel.text import one_line
from tongbao.notices.models import Delivery, Letter


class Outbox(BaseEmailBackend):
    """``EMAIL_BACKEND``: keeps each message and one delivery per address."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        with transaction.atomic():
            for message in email_messages:
                letter = Letter.objects.create(title=one_line(str(message.subject))[:200], body=str(message.body))
                Delivery.objects.bulk_create(
                    [Delivery(letter=letter, channel="email", address=to) for to in message.to]
                )
        return len(email_messages)
