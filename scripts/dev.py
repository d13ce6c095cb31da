"""`make dev`: Vite with hot reload for the phone's code, and the server behind it, reloaded when its code changes, on the demo's data.

Open the address of Vite; it hands /api, /sync, /packs and /console on to the server. Options are those of the demo (DEMO_DIR, PORT, HOST);
the server itself listens on the next port. The demo and this must not run on one folder at the same time.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pwa_build
import uvicorn
from fastapi import FastAPI

from xuetan.app import create_app
from xuetan.demo.command import DATA, Options, prepare_data, read_options
from xuetan.serving import data_folder_locked
from xuetan.settings import Settings

ROOT = Path(__file__).resolve().parent.parent


def served_app() -> FastAPI:
    """What each reload serves; the settings come from the environment that `main` wrote."""
    return create_app(Settings())


def environment_of(options: Options) -> dict[str, str]:
    """The demo's settings as variables, so that reloaded processes read them."""
    given = options.settings(options.folder / DATA).model_dump(mode="json")
    return {
        f"XUETAN_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in given.items()
        if value not in (None, "")
    }


def main() -> None:
    options = read_options(os.environ)
    behind = f"http://{options.host}:{options.port + 1}"
    with data_folder_locked(options.settings(options.folder)):
        prepare_data(options, "zh-Hans", print)
        os.environ.update(environment_of(options))
        vite = subprocess.Popen(
            ["npm", "run", "dev", "--", "--port", str(options.port), "--strictPort", "--host", options.host],
            cwd=ROOT / "pwa",
            env={**pwa_build.node_environment(), "XUETAN_DEV_SERVER": behind},
        )
        try:
            uvicorn.run(
                "dev:served_app",
                factory=True,
                reload=True,
                reload_dirs=[str(ROOT / "server" / "xuetan")],
                reload_includes=["*.py", "*.j2", "*.css"],
                app_dir=str(ROOT / "scripts"),
                host=options.host,
                port=options.port + 1,
            )
        finally:
            vite.terminate()
            vite.wait()


if __name__ == "__main__":
    main()
