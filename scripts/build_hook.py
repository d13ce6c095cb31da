"""Hatchling build hook: a wheel carries the built PWA. Editable installs build it by `make setup` instead."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PwaBuildHook(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        if self.target_name != "wheel" or version == "editable":
            return
        sys.path.insert(0, str(Path(self.root) / "scripts"))
        import pwa_build  # noqa: PLC0415

        pwa_build.install_packages()
        pwa_build.run_npm("run", "--silent", "build")
