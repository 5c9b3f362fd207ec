"""PostgreSQL as Django has it, but that a pool gives out no connection which the server has ended.

After a restart of the server each connection in a pool is dead, and each would fail one request.
psycopg's own check asks the server every time; that the server has gone can be seen without.
"""

from __future__ import annotations

import select
from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection, which lives as far as this side of it knows."""
        connection = super().get_new_connection(conn_params)
        while self.pool is not None and is_lost(connection):
            connection.close()
            self.pool.putconn(connection)  # which forgets it
            connection = super().get_new_connection(conn_params)
        return connection


def is_lost(connection: Any) -> bool:
    """Whether something is to be read from an idle connection: its end, and the reason before it.

    A notice to all may lie there as well; then a good connection is given up, and made anew.
    """
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
