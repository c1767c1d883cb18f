"""The command line. Django is loaded inside commands only, so that help answers at once.

Commands that scripts use print one JSON document on stdout and, when they fail, one JSON error on stderr.
Exit codes: 0 yes, 1 a negative verdict, 2 bad input or a wrong setting.
"""

from tongbao.wiring.cli.app import main

__all__ = ["main"]
