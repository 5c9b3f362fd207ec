"""/healthz: this process answers. /readyz: what it needs answers too, each within two seconds."""

import psycopg
import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from royalties import deployments

TIMEOUT_SECONDS = 2
NAMED = 3  # migrations


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"ok": True})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """503 with the parts that do not answer."""
    parts = {
        "database": _database(),
        "broker": _broker(),
        "chain": deployments.probe(TIMEOUT_SECONDS),
    }
    ready = all(answer == "ok" for answer in parts.values())
    return JsonResponse({"ok": ready, **parts}, status=200 if ready else 503)


def _database() -> str:
    """Asked past the pool first: the pool would wait for longer than a prober does."""
    try:
        params = connection.get_connection_params()
        psycopg.connect(**params | {"connect_timeout": TIMEOUT_SECONDS}).close()
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (psycopg.Error, DatabaseError) as error:
        return f"does not answer: {error.__class__.__name__}"
    waiting = [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
    if not waiting:
        return "ok"
    more = f" and {len(waiting) - NAMED} more" if len(waiting) > NAMED else ""
    return f"not migrated: {', '.join(waiting[:NAMED])}{more}"


def _broker() -> str:
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
        ) as client:
            client.ping()
    except redis.RedisError as error:
        return f"does not answer: {error.__class__.__name__}"
    return "ok"
