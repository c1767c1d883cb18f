"""``python -m tests.build PASSWORD``: prepare an instance and build the country in it."""

import os
import sys

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongbao.wiring.django_settings")
    django.setup()
    from tongbao.wiring import preparing
    from tongbao.wiring.demo import country

    preparing.prepare()
    country.build(sys.argv[1])


if __name__ == "__main__":
    main()
