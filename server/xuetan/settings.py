"""Settings of one installation, read once at start and passed in.

Owns names, defaults and what follows from them. Does not own where they are used. Every setting comes from the
environment (`XUETAN_…`) or from a `.env` file beside the process; docs/runbook.md names each one.
"""

from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 (compared, not bound)


def _own_url(told: dict[str, Any]) -> str:
    """Without a public address: the one at which this machine reaches itself."""
    host = str(told.get("host", ""))
    host = "127.0.0.1" if host in ANYWHERE else f"[{host}]" if ":" in host else host
    return f"{'https' if told.get('tls_cert') else 'http'}://{host}:{told.get('port')}"


def _is_encrypted(told: dict[str, Any]) -> bool:
    return bool(told.get("tls_cert")) or urlsplit(told.get("public_url", "")).scheme == "https"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="XUETAN_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Path("data")
    pack_sources_dir: Path | None = None
    database_url: str = ""
    blob_url: str = ""
    blob_cache_mb: int = Field(default=2048, ge=16)
    host: str = "127.0.0.1"
    port: int = 8000
    content_origin: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    public_url: str = Field(default_factory=_own_url)
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
    secure_cookies: bool = Field(default_factory=_is_encrypted)
    metrics_token: str = ""
    backup_folder: Path | None = None
    backup_hours: tuple[int, ...] = (3,)
    backup_keep: int = Field(default=7, ge=1)
    upstream: str = ""
    hub_code: str = ""
    hub_packs_mb: int = Field(default=4096, ge=0)

    @field_validator("time_zone")
    @classmethod
    def _is_known_zone(cls, name: str) -> str:
        ZoneInfo(name)
        return name

    @field_validator("backup_hours")
    @classmethod
    def _are_hours(cls, hours: tuple[int, ...]) -> tuple[int, ...]:
        if not hours or not all(0 <= hour < 24 for hour in hours):
            raise ValueError("hours of the day, 0 to 23")
        return hours

    @field_validator("upstream")
    @classmethod
    def _is_address(cls, address: str) -> str:
        if address and not (urlsplit(address).scheme in ("http", "https") and urlsplit(address).hostname):
            raise ValueError("the address of a root: https://…")
        return address.rstrip("/")

    @property
    def has_installation(self) -> bool:
        """One lives in the data folder: whatever its database, its keys are there from its first moment."""
        return (self.data_dir / "keys").is_dir()

    @property
    def is_relay(self) -> bool:
        """This installation is a hub: it keeps and forwards to the root that `upstream` names, and numbers nothing."""
        return bool(self.upstream)

    @property
    def effective_database_url(self) -> str:
        """Where the database is: as told, else a SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'xuetan.sqlite'}"

    @property
    def allows_many_processes(self) -> bool:
        """Several processes may work on the database at a time."""
        return not self.effective_database_url.startswith("sqlite")

    @property
    def is_public_url_loopback(self) -> bool:
        """The address that people are given means this machine alone."""
        host = urlsplit(self.public_url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    @property
    def is_public_url_plain(self) -> bool:
        """The address that people are given is http, and goes over a network."""
        return urlsplit(self.public_url).scheme == "http" and not self.is_public_url_loopback

    @property
    def address_notes(self) -> list[str]:
        """Keys of what whoever starts it is to be told of the address that people are given."""
        if self.is_relay:
            return ["cli.serving_hub_loopback"] if self.is_public_url_loopback else []
        if not self.is_public_url_plain:
            return []
        return ["cli.serving_plain", *(["cli.serving_cookies"] if self.secure_cookies else [])]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
