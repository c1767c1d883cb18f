"""Notices as sent, their recipients, attempts and answers; drafts of warnings; how far each organisation is reached."""

from tongbao.notices.models.drafts import Draft, SavedAudience
from tongbao.notices.models.notices import (
    Answer,
    Delivery,
    Incoming,
    Letter,
    Notice,
    Receipt,
    ReceiptQuerySet,
    Report,
)
from tongbao.notices.models.partners import PartnerAlert
from tongbao.notices.models.reach import Reach

__all__ = [
    "Answer",
    "Delivery",
    "Draft",
    "Incoming",
    "Letter",
    "Notice",
    "PartnerAlert",
    "Reach",
    "Receipt",
    "ReceiptQuerySet",
    "Report",
    "SavedAudience",
]
