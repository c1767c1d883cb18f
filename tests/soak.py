"""How often the long tests repeat: ``make soak`` in full, ``make soak SOAK=0.01`` a hundredth, to try them out."""

import os


def times(full: int) -> int:
    return max(1, round(full * float(os.environ.get("SOAK", "1"))))
