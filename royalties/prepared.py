"""Statements of nearly every page: PostgreSQL plans each once a connection, not at each call.

Planning a query over many tables takes longer than answering it for one song; so that it is never
planned for its values, a connection asks for `plan_cache_mode = force_generic_plan`. Invariant:
such a statement names the type of each parameter that PostgreSQL can't tell from where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper
from django.db.models import Model

One = TypeVar("One", bound=Model)


@contextmanager
def prepared() -> Iterator[CursorWrapper]:
    """A cursor like any other; what it executes often stays planned (`prepare_threshold`)."""
    connection.ensure_connection()
    bare = ServerBindingCursor(connection.connection)  # type: ignore[call-arg]
    with connection._prepare_cursor(bare) as cursor:  # type: ignore[attr-defined]
        yield cursor


def first(model: type[One], statement: str, values: Mapping[str, Any]) -> One | None:
    """The first row, which has all columns of the model's table, as an object."""
    return next(iter(every(model, statement, values)), None)


def every(model: type[One], statement: str, values: Mapping[str, Any]) -> list[One]:
    """All rows, which have all columns of the model's table, as objects."""
    return [one for one, _ in each(model, statement, values)]


def each(
    model: type[One], statement: str, values: Mapping[str, Any]
) -> list[tuple[One, list[Any]]]:
    """All rows as objects, and beside each what it has beyond the columns of the model's table."""
    with prepared() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
        columns = [column.name for column in cursor.description or ()]
    if not rows:
        return []
    names = [field.attname for field in model._meta.concrete_fields]
    places = [columns.index(name) for name in names]
    more = [place for place in range(len(columns)) if place not in places]
    return [
        (model.from_db("default", names, [row[n] for n in places]), [row[n] for n in more])
        for row in rows
    ]


def partly(model: type[One], columns: Mapping[str, Any]) -> One:
    """An object of which these columns were read; any other is read when it is asked for."""
    names = [field.attname for field in model._meta.concrete_fields if field.attname in columns]
    return model.from_db("default", names, [columns[name] for name in names])
