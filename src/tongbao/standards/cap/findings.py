"""What may be wrong with a message: every code with the layer that finds it and how grave it is.

The sentences, in both languages, are in ``ui/sentences/cap.py``. A value of ``params`` never holds more than 60
characters of the message.
"""

from enum import StrEnum

from msgspec import Struct


class Layer(StrEnum):
    """Who says so: the OASIS schema, the wording of the specification, this product, or a national profile."""

    SCHEMA = "schema"
    LEXICAL = "lexical"
    RULES = "rules"
    PROFILE = "profile"


class Grade(StrEnum):
    """An error makes the verdict negative, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Finding(Struct, frozen=True):
    """One thing that is wrong: what, and where (an XPath over local names, and the line counted from 1; 0: unknown)."""

    code: str
    path: str
    line: int
    params: dict[str, str | int] = {}

    @property
    def layer(self) -> Layer:
        return CODES[self.code][0]

    @property
    def grade(self) -> Grade:
        return CODES[self.code][1]


SCHEMA_ERROR = (Layer.SCHEMA, Grade.ERROR)
LEXICAL_ERROR, LEXICAL_WARNING = (Layer.LEXICAL, Grade.ERROR), (Layer.LEXICAL, Grade.WARNING)
RULE_ERROR, RULE_WARNING = (Layer.RULES, Grade.ERROR), (Layer.RULES, Grade.WARNING)
PROFILE_WARNING = (Layer.PROFILE, Grade.WARNING)

CODES: dict[str, tuple[Layer, Grade]] = {
    "alert-missing": SCHEMA_ERROR,
    "attribute-unknown": SCHEMA_ERROR,
    "element-missing": SCHEMA_ERROR,
    "element-order": SCHEMA_ERROR,
    "element-repeated": SCHEMA_ERROR,
    "element-unknown": SCHEMA_ERROR,
    "findings-many": SCHEMA_ERROR,
    "number-unreadable": SCHEMA_ERROR,
    "text-stray": SCHEMA_ERROR,
    "time-form": SCHEMA_ERROR,
    "time-unreadable": SCHEMA_ERROR,
    "value-unknown": SCHEMA_ERROR,
    "circle-unreadable": LEXICAL_ERROR,
    "content-unreadable": LEXICAL_ERROR,
    "digest-unreadable": LEXICAL_ERROR,
    "identifier-characters": LEXICAL_ERROR,
    "language-unreadable": LEXICAL_ERROR,
    "list-quotes": LEXICAL_ERROR,
    "mime-type-unreadable": LEXICAL_ERROR,
    "polygon-unreadable": LEXICAL_ERROR,
    "reference-unreadable": LEXICAL_ERROR,
    "size-negative": LEXICAL_ERROR,
    "text-empty": LEXICAL_ERROR,
    "uri-unreadable": LEXICAL_ERROR,
    "element-missing-old": LEXICAL_WARNING,
    "time-form-old": LEXICAL_WARNING,
    "time-utc": LEXICAL_WARNING,
    "uri-relative": LEXICAL_WARNING,
    "value-empty": LEXICAL_WARNING,
    "version-old": LEXICAL_WARNING,
    "area-huge": RULE_ERROR,
    "ceiling-alone": RULE_ERROR,
    "ceiling-below": RULE_ERROR,
    "circle-radius": RULE_ERROR,
    "coordinates-range": RULE_ERROR,
    "expires-first": RULE_ERROR,
    "points-many": RULE_ERROR,
    "polygon-crosses": RULE_ERROR,
    "polygon-few": RULE_ERROR,
    "polygon-flat": RULE_ERROR,
    "polygon-open": RULE_ERROR,
    "private-addresses": RULE_ERROR,
    "reference-later": RULE_ERROR,
    "reference-self": RULE_ERROR,
    "references-missing": RULE_ERROR,
    "restricted-restriction": RULE_ERROR,
    "area-wide": RULE_WARNING,
    "cancelled-ambiguous": RULE_WARNING,
    "content-and-link": RULE_WARNING,
    "draft": RULE_WARNING,
    "effective-early": RULE_WARNING,
    "expired": RULE_WARNING,
    "expires-missing": RULE_WARNING,
    "info-missing": RULE_WARNING,
    "note-missing": RULE_WARNING,
    "onset-first": RULE_WARNING,
    "points-several": RULE_WARNING,
    "reference-twice": RULE_WARNING,
    "resource-nowhere": RULE_WARNING,
    "restriction-idle": RULE_WARNING,
    "sent-in-future": RULE_WARNING,
    "profile-event-code": PROFILE_WARNING,
    "profile-geocode": PROFILE_WARNING,
    "profile-geocode-value": PROFILE_WARNING,
    "profile-language": PROFILE_WARNING,
    "profile-parameter": PROFILE_WARNING,
}
"""Grouped by layer and grade, then by name."""
