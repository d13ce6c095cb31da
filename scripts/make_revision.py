"""Writes an Alembic revision from the difference between the tables in code and a database at the newest revision.

`python scripts/make_revision.py "Add the sentence that says what changes"`. Read what it wrote before you commit it.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from alembic import command

from xuetan import wiring
from xuetan.kernel.database import Database
from xuetan.settings import Settings


def main() -> None:
    sentence = sys.argv[1]
    wiring.import_models()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Settings(data_dir=Path(folder)))
        database.migrate()
        versions = Path(__file__).resolve().parent.parent / "server" / "xuetan" / "migrations" / "versions"
        number = f"{len(list(versions.glob('0*.py'))) + 1:04d}"
        slug = re.sub(r"[^a-z0-9]+", "_", sentence.lower()).strip("_")
        config = database.alembic_config()
        config.set_main_option("file_template", f"{number}_{slug}")
        command.revision(config, message=sentence, autogenerate=True, rev_id=number)


if __name__ == "__main__":
    main()
