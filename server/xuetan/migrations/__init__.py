"""The schema's history. Alembic runs it through `Database.migrate`; the names of revisions are sentences."""
