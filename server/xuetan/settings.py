"""Settings of one installation, read once at start and passed in.

Owns names, defaults and what follows from them. Does not own where they are used. Every setting comes from the
environment (`XUETAN_…`) or from a `.env` file beside the process; docs/runbook.md names each one.
"""

from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="XUETAN_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Path("data")
    pack_sources_dir: Path | None = None
    database_url: str = ""
    public_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    content_origin: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    default_language: str = "zh-Hans"
    time_zone: str = "Asia/Shanghai"
    push_hosts: tuple[str, ...] = (
        "fcm.googleapis.com",
        "*.push.services.mozilla.com",
        "*.notify.windows.com",
        "*.push.apple.com",
    )
    push_allow_loopback: bool = False
    vapid_subject: str = "mailto:operator@localhost"
    secure_cookies: bool = True

    @field_validator("time_zone")
    @classmethod
    def _is_known_zone(cls, name: str) -> str:
        ZoneInfo(name)
        return name

    @property
    def effective_database_url(self) -> str:
        """Where the database is: as told, else a SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'xuetan.sqlite'}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
