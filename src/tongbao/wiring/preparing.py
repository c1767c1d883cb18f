"""Bringing an instance to this version: tables, cache table, static files, the routine operation."""

from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import OperationalError

from tongbao import __version__
from tongbao.operations.models import routine


def missing() -> list[str]:
    """What ``migrate`` has still to bring; empty too when the database cannot be asked just now."""
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except OperationalError:
        return []
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def prepare() -> dict[str, Any]:
    """Migrate and collect. A second run changes nothing."""
    brought = missing()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    routine()
    return {
        "version": __version__,
        "database": connection.vendor,
        "migrations": brought,
    }
