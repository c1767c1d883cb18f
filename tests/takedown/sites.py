"""What the stories of the takedown desk begin with: citizens report a page on a host of the network of Farhill."""

from typing import Any

from tests.conftest import Cast
from tongbao.incidents.actions.submissions import submit
from tongbao.incidents.models import Submission
from tongbao.incidents.rules.intake import Draft, Entrance
from tongbao.kernel.markings import TLP
from tongbao.parties.models import Organisation
from tongbao.policy.actors import ANONYMOUS
from tongbao.takedown import actions
from tongbao.takedown.models import Takedown, TakedownStep

HOST = "login.bank-safe.example"
LINK = f"https://{HOST}/verify"
ADDRESS = "203.0.113.80"


def reported(*links: str) -> list[Submission]:
    """Citizens hand in suspicious links, one report each."""
    return [
        submit(
            Draft(summary="可疑網址", description=link, entrance=Entrance.SUSPICIOUS),
            key=f"citizen:{number}:{link}",
            door=Submission.Door.WEB,
            actor=ANONYMOUS,
        ).submission
        for number, link in enumerate(links)
    ]


def begun(cast: Cast, **changes: Any) -> Takedown:
    given: dict[str, Any] = {"places": LINK, "address": ADDRESS}
    return actions.open_takedown(actions.Draft(**given | changes), actor=cast.officer)


def asked(cast: Cast, found: Takedown, code: str = "FARHILL", part: str = "hoster", **changes: Any) -> TakedownStep:
    home = Organisation.objects.get(code=code).public_id
    given: dict[str, Any] = {"words": "Customer 4711", "tlp": TLP.GREEN, "actor": cast.officer}
    return actions.ask_takedown(found.public_id, organisation=home, part=part, **given | changes)
