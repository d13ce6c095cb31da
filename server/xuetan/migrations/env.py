"""How Alembic runs: on the application's own engine, in batch mode, with every domain's tables known.

Started by `Database.migrate` (which passes its engine) and by `scripts/` when a revision is made; never by the
alembic command alone.
"""

from typing import Any

from alembic import context
from sqlalchemy import Engine

from xuetan.kernel.tables import Table
from xuetan.wiring import import_models


def _is_ours(_object: Any, name: str | None, type_: str, _reflected: bool, _compare_to: Any) -> bool:
    known = Table.metadata.tables
    return type_ != "table" or (name in known)


def run() -> None:
    import_models()
    engine: Engine = context.config.attributes["engine"]
    with engine.begin() as connection:
        context.configure(
            connection=connection,
            target_metadata=Table.metadata,
            render_as_batch=True,
            include_object=_is_ours,
            transaction_per_migration=False,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
