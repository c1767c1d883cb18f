"""The one rule of everything that goes out, pure.

Whatever leaves (mail, portal, feed, API of a partner, export) asks ``decide``. In this order:

1. the gate: a drill or test reaches those enrolled in it and nobody else, by any way;
2. the marking: TLP 2.0 says how wide an audience may be (``kernel.markings.CEILING``);
3. the originator's consent, where it is needed, has been asked for or was refused;
4. the track, and for partners the agreement in force: its ceiling, topics and categories of data;
5. the channel: above TLP:GREEN an unprotected one carries no content, only "sign in to read".
"""

from enum import StrEnum

from msgspec import Struct

from tongbao.cooperation.rules import Pact
from tongbao.kernel.markings import CEILING, TLP, Grantee, Track


class Verdict(StrEnum):
    RELEASE = "release"
    REDACT = "redact"
    WITHHOLD = "withhold"


class Reason(StrEnum):
    """Why, in one code; ui/sentences says each to an officer."""

    AGREEMENT = "agreement"
    AGREEMENT_CATEGORY = "agreement-category"
    AGREEMENT_CEILING = "agreement-ceiling"
    AGREEMENT_MISSING = "agreement-missing"
    AGREEMENT_TOPIC = "agreement-topic"
    CONSENT_NEEDED = "consent-needed"
    CONSENT_REFUSED = "consent-refused"
    CONSENT_WAITS = "consent-waits"
    DRILL_PUBLIC = "drill-public"
    MARKING = "marking"
    MARKING_NARROWER = "marking-narrower"
    NOT_ENROLLED = "not-enrolled"
    NOT_NAMED = "not-named"
    OTHER_TRACK = "other-track"
    SIGN_IN = "sign-in"


class Kind(StrEnum):
    """What a recipient is to the office."""

    CONSTITUENT = "constituent"
    PARTNER = "partner"
    PUBLIC = "public"


class Mode(StrEnum):
    """What an operation is. Only the gate tells this rule."""

    ACTUAL = "actual"
    EXERCISE = "exercise"
    TEST = "test"


class Consent(StrEnum):
    """What the originator has said to handing a thing on to a recipient."""

    UNASKED = ""
    ASKED = "asked"
    NO = "no"
    YES = "yes"


class Asked(Struct, frozen=True, kw_only=True):
    """One thing to one recipient by one channel.

    ``addressed``: as what the recipient is reached: as a named seat, an organisation, the community, the public.
    ``topic`` and ``categories`` are empty where the thing has none. ``protected``: nobody else reads the channel.
    """

    tlp: TLP
    track: Track = Track.ADMINISTRATIVE
    kind: Kind = Kind.CONSTITUENT
    addressed: Grantee = Grantee.ORGANISATION
    tracks: frozenset[Track] = frozenset({Track.ADMINISTRATIVE})
    pacts: tuple[Pact, ...] = ()
    topic: str = ""
    categories: frozenset[str] = frozenset()
    mode: Mode = Mode.ACTUAL
    enrolled: bool = False
    consent: Consent = Consent.UNASKED
    consent_needed: bool = False
    protected: bool = True


class Decision(Struct, frozen=True):
    """The verdict, why, and the agreement that it rests on."""

    verdict: Verdict
    reason: Reason
    pact: Pact | None = None

    @property
    def out(self) -> bool:
        """Whether anything goes out at all."""
        return self.verdict is not Verdict.WITHHOLD


def decide(asked: Asked) -> Decision:
    """Whether, and in which form, one thing goes to one recipient by one channel."""
    reason = _gate(asked) or _marking(asked) or _consent(asked)
    if reason is not None:
        return Decision(Verdict.WITHHOLD, reason)
    pact: Pact | None = None
    if _needs_agreement(asked):
        pact, reason = _covering(asked)
        if reason is not None:
            return Decision(Verdict.WITHHOLD, reason)
    if not shows(asked.tlp, protected=asked.protected):
        return Decision(Verdict.REDACT, Reason.SIGN_IN, pact)
    return Decision(Verdict.RELEASE, Reason.AGREEMENT if pact else Reason.MARKING, pact)


def shows(tlp: int, *, protected: bool) -> bool:
    """Whether a channel may carry the text: an unprotected one never above TLP:GREEN."""
    return protected or tlp <= TLP.GREEN


def open_to(mode: Mode, *, enrolled: bool) -> bool:
    """The gate: a drill or test reaches only those enrolled in it."""
    return mode is Mode.ACTUAL or enrolled


def _gate(asked: Asked) -> Reason | None:
    if asked.mode is not Mode.ACTUAL and (asked.kind is Kind.PUBLIC or asked.addressed in _WIDE):
        return Reason.DRILL_PUBLIC
    if open_to(asked.mode, enrolled=asked.enrolled):
        return None
    return Reason.NOT_ENROLLED if asked.mode is Mode.EXERCISE else Reason.NOT_NAMED


_WIDE = frozenset({Grantee.COMMUNITY, Grantee.PUBLIC})


def _marking(asked: Asked) -> Reason | None:
    """The public is never more than the public, however it is addressed."""
    ceiling = CEILING[asked.addressed]
    if asked.kind is Kind.PUBLIC:
        ceiling = min(ceiling, CEILING[Grantee.PUBLIC])
    return None if asked.tlp <= ceiling else Reason.MARKING_NARROWER


def _consent(asked: Asked) -> Reason | None:
    if asked.consent is Consent.NO:
        return Reason.CONSENT_REFUSED
    if asked.consent is Consent.ASKED:
        return Reason.CONSENT_WAITS
    if asked.consent is Consent.UNASKED and asked.consent_needed:
        return Reason.CONSENT_NEEDED
    return None


def _needs_agreement(asked: Asked) -> bool:
    """Partners need one, except for what everybody may read; and whoever is not of the thing's track."""
    if asked.track not in asked.tracks:
        return True
    return asked.kind is Kind.PARTNER and asked.tlp > TLP.CLEAR


def _covering(asked: Asked) -> tuple[Pact | None, Reason | None]:
    """The first agreement that covers the thing; or what the one that comes nearest to it lacks."""
    lacking = [Reason.OTHER_TRACK if asked.track not in asked.tracks else Reason.AGREEMENT_MISSING]
    for pact in asked.pacts:
        lack = _lack(pact, asked)
        if lack is None:
            return pact, None
        lacking.append(lack)
    return None, max(lacking, key=_NEARNESS.index)


_NEARNESS = (
    Reason.OTHER_TRACK,
    Reason.AGREEMENT_MISSING,
    Reason.AGREEMENT_CEILING,
    Reason.AGREEMENT_TOPIC,
    Reason.AGREEMENT_CATEGORY,
)


def _lack(pact: Pact, asked: Asked) -> Reason | None:
    if pact.track is not asked.track:
        return Reason.OTHER_TRACK
    if pact.ceiling < asked.tlp:
        return Reason.AGREEMENT_CEILING
    if asked.topic and pact.topics and asked.topic not in pact.topics:
        return Reason.AGREEMENT_TOPIC
    if pact.categories and not asked.categories <= pact.categories:
        return Reason.AGREEMENT_CATEGORY
    return None
