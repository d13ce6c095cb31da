"""What an application is made of, in one value that is passed to use cases. Built in `xuetan.app`; never imported as
a global."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlmodel import Session

from xuetan.kernel.clock import Clock
from xuetan.kernel.database import Database
from xuetan.kernel.jobs import Jobs
from xuetan.kernel.rate_limits import RateLimiter
from xuetan.kernel.signing import KeyStore
from xuetan.kernel.storage import BlobStore
from xuetan.kernel.text import Catalogue
from xuetan.settings import Settings


class Log(Protocol):
    """The running event log as others need it; `event_log.service.EventLog` is it."""

    def start(self, *, project: bool = True) -> None: ...

    def stop(self) -> None: ...

    def register_projector(
        self,
        name: str,
        handle: Callable[[Session, Sequence[Any]], None],
        *,
        forget: Callable[[Session], None],
        scope_letter: str = "u",
        kinds: Iterable[str] | None = None,
    ) -> None:
        """Have `handle(session, records)` see new events; records are `event_log.service.EventRecord`."""

    def wake(self) -> None:
        """Hint that scopes have grown."""

    def project_now(self) -> None:
        """Bring every projection up to date before returning."""

    def rebuild(self, name: str) -> None:
        """Forget what one projector did and do it again from the log."""


@dataclass(frozen=True)
class Services:
    settings: Settings
    clock: Clock
    database: Database
    jobs: Jobs
    blobs: BlobStore
    keys: KeyStore
    catalogue: Catalogue
    rate_limiter: RateLimiter
    log: Log
