"""Phones that write into an installation, and a folder of backups beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.simulation.village import Village
from xuetan.kernel.services import Services


@pytest.fixture
def village(app: FastAPI, client: TestClient, services: Services) -> Village:
    village = Village(services, client)
    village.install(app)
    return village


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"
