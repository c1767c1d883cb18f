"""What ``make test`` draws of what is too much for every run; ``make soak`` runs all of it.

The seed is the day, so that the parts take turns from one day to the next. It stands at the head of the run's report;
``TEST_SEED=N make test`` draws as on day N.
"""

import os
from collections.abc import Iterable, Sequence
from typing import TypeVar

from tongbao.kernel import clock

SEED = int(os.environ.setdefault("TEST_SEED", str(clock.now().toordinal())))
"""The same in every process of a run, past midnight too."""

Card = TypeVar("Card")


def dealt(
    cards: Iterable[Card], hands: Sequence[str], whose: str, *, among: int, seed: int, every: int = 1
) -> list[Card]:
    """The cards that one of the hands gets when each card goes to every ``among``-th hand.

    Each card is dealt to somebody (``every`` 2: every second one is), and ``every`` times ``among`` seeds in a row deal
    every card to every hand.
    """
    if whose not in hands:
        return []
    turn = hands.index(whose) + seed
    return [card for number, card in enumerate(cards) if (number + turn) % (every * min(among, len(hands))) == 0]
