"""Notices as sent, their recipients, attempts and answers; drafts of warnings; how far each organisation is reached."""

from tongbao.notices.models.drafts import Draft, SavedAudience
from tongbao.notices.models.notices import Answer, Delivery, Letter, Notice, Receipt, ReceiptQuerySet
from tongbao.notices.models.reach import Reach

__all__ = ["Answer", "Delivery", "Draft", "Letter", "Notice", "Reach", "Receipt", "ReceiptQuerySet", "SavedAudience"]
