"""What runs inside an instance's process: ``python -m bench.inside PART OPTIONS`` prints one JSON document."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import django


def version() -> str:
    """Of what the world is made by. Tables that change later are migrated, as any instance's are."""
    ours = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(each.read_bytes() for each in ours if each.stem in GENERATOR)).hexdigest()[:16]


GENERATOR = {"case", "country", "frame", "load", "records", "tables", "texts", "world"}


def erase() -> None:
    """An empty database, whatever was there."""
    from django.conf import settings
    from django.db import connection

    if connection.vendor == "sqlite":
        for path in Path(str(settings.DATABASES["default"]["NAME"])).parent.glob("tongbao.sqlite3*"):
            path.unlink()
        return
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")


def build(incidents: int) -> dict[str, Any]:
    from bench import world

    return world.build(incidents)


def refresh() -> None:
    """Tables and static files of this version, for a world of an earlier day."""
    from tongbao.wiring import preparing

    preparing.prepare()


def rewind(last: dict[str, int]) -> None:
    """Take out of the world again what a measure has put in."""
    from bench import world

    world.rewind(last)


def about() -> dict[str, Any]:
    """The database and its size."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sqlite_version(), page_count * page_size FROM pragma_page_count, pragma_page_size")
            version, size = cursor.fetchone()
            return {"database": f"SQLite {version}", "bytes": size}
        cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
        version, size = cursor.fetchone()
        return {"database": f"PostgreSQL {version.split()[0]}", "bytes": size}


def bare(**options: Any) -> Any:
    from bench import intake

    return intake.bare(**options)


def pages(**options: Any) -> Any:
    from bench import pages as part

    return part.measure(**options)


def leak(**options: Any) -> Any:
    from bench import leak as part

    return part.measure(**options)


def journal(**options: Any) -> Any:
    from bench import journal as part

    return part.measure(**options)


def mail(**options: Any) -> Any:
    from bench import mail as part

    return part.measure(**options)


def law_memory(**options: Any) -> Any:
    from bench import law as part

    return part.memory(**options)


def law_build(**options: Any) -> Any:
    from bench import law as part

    return part.build(**options)


def law_reevaluate(**options: Any) -> Any:
    from bench import law as part

    return part.reevaluate(**options)


def warnings_build(**options: Any) -> Any:
    from bench import warning as part

    return part.build(**options)


def warnings(**options: Any) -> Any:
    from bench import warning as part

    return part.measure(**options)


def desk_build(**options: Any) -> Any:
    from bench import desk as part

    return part.build(**options)


def desk_pages(**options: Any) -> Any:
    from bench import desk as part

    return part.pages(**options)


def desk_mails(**options: Any) -> Any:
    from bench import desk as part

    return part.mail_intake(**options)


def alike_build(**options: Any) -> Any:
    from bench import alike as part

    return part.build(**options)


def alike(**options: Any) -> Any:
    from bench import alike as part

    return part.measure(**options)


def keys() -> Any:
    from bench import intake

    return intake.keys()


PARTS = (
    version,
    erase,
    build,
    refresh,
    rewind,
    about,
    pages,
    leak,
    bare,
    journal,
    mail,
    keys,
    law_memory,
    law_build,
    law_reevaluate,
    warnings_build,
    warnings,
    desk_build,
    desk_pages,
    desk_mails,
    alike_build,
    alike,
)


def main() -> None:
    name, options = sys.argv[1], json.loads(sys.argv[2])
    django.setup()
    part = {each.__name__: each for each in PARTS}[name]
    json.dump(part(**options), sys.stdout)


if __name__ == "__main__":
    main()
