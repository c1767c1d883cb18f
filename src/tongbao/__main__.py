"""``python -m tongbao`` is the ``tongbao`` command."""

from tongbao.wiring.cli import main

main()
