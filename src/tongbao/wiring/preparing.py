"""Bringing an instance to this version: tables, cache table, static files, the routine operation."""

from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tongbao import __version__
from tongbao.operations.models import routine


def prepare() -> dict[str, Any]:
    """Migrate and collect. A second run changes nothing."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    routine()
    return {
        "version": __version__,
        "database": connection.vendor,
        "migrations": [f"{migration.app_label}.{migration.name}" for migration, _ in plan],
    }
