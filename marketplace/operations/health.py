"""/healthz: this process answers. /readyz: what it needs answers too."""

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

TIMEOUT_SECONDS = 2


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"ok": True})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """503 with the parts that do not answer."""
    parts = {"database": _database(), "broker": _broker()}
    ready = all(answer == "ok" for answer in parts.values())
    return JsonResponse({"ok": ready, **parts}, status=200 if ready else 503)


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return f"does not answer: {error.__class__.__name__}"
    return "ok" if not waiting else f"{len(waiting)} migrations are not applied"


def _broker() -> str:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS) as client:
            client.ping()
    except redis.RedisError as error:
        return f"does not answer: {error.__class__.__name__}"
    return "ok"
