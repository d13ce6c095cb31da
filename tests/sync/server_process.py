"""A real server in a process of its own, to be killed: `python -m tests.sync.server_process <folder> <port> [database]`."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

from tests.conftest import settings_in
from xuetan.app import create_app


def main() -> None:
    app = create_app(settings_in(Path(sys.argv[1]), "".join(sys.argv[3:])), run_jobs=False, prepare_schema=False)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
