"""The cleaning process: limits first, then the cleaner for the kind. See the package's docstring."""

import sys
from collections.abc import Callable
from pathlib import Path

from tongbao.files.clean import CLEANED, FAILED, UNSUPPORTED, Unsupported, limits


def _cleaner(kind: str) -> Callable[[Path, Path], None]:
    """The function for ``kind``, its libraries loaded only now."""
    if kind == "pdf":
        from tongbao.files.clean import pdf

        return pdf.clean
    if kind == "zip":
        from tongbao.files.clean import office

        return office.clean
    from tongbao.files.clean import images

    return images.CLEANERS[kind]


def main(arguments: list[str]) -> int:
    """Clean one file; any fault of a hostile file is an answer, not an accident."""
    limits.apply()
    try:
        kind, source, target = arguments
        _cleaner(kind)(Path(source), Path(target))
    except Unsupported:
        return UNSUPPORTED
    except Exception:
        return FAILED
    return CLEANED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
