"""What an installation knows, as one value: to show that a request changed nothing."""

from __future__ import annotations

import hashlib
import sqlite3

from xuetan.kernel.services import Services

# Sessions come and go with every visit, and whoever reads a journal is written down.
NOT_COMPARED = frozenset({"account_console_session"})


def digest_of(services: Services) -> str:
    """A hash over every row of every table, once nothing is still being projected."""
    services.log.project_now()
    digest = hashlib.sha256()
    connection = sqlite3.connect(f"file:{services.database.path}?mode=ro", uri=True)
    try:
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        ]
        for name in names:
            if name in NOT_COMPARED:
                continue
            digest.update(name.encode())
            for row in sorted(repr(row) for row in connection.execute(f'SELECT * FROM "{name}"')):
                digest.update(row.encode())
    finally:
        connection.close()
    return digest.hexdigest()
