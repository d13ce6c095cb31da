"""`xuetan rehearse` in words: how far it is while it runs, and what came of it.

Owns the words and the exit status; `command` does the work. On a terminal one line is written over and over, in a log a line stands
for every tenth of the way.
"""

import sys
import time
from collections.abc import Callable
from typing import TextIO

from xuetan.backups.errors import BackupError
from xuetan.kernel.text import t
from xuetan.rehearsal import command
from xuetan.rehearsal.command import NoDatabaseError, Progress
from xuetan.rehearsal.phones_program import NoNodeError, NoPhonesError
from xuetan.rehearsal.runner import NoRoomError
from xuetan.settings import Settings

BREACHES_SHOWN_MAX = 20
COULD_NOT_RUN = 2
LOG_EVERY_PERCENT = 10
MEGABYTE = 1_000_000
# Less is told as less than a minute.
SHORT_SECONDS = 45
_LINE_BEGIN = "\r\x1b[K"


def run(settings: Settings, language: str, *, phones: int, days: int, seed: int) -> int:
    """Rehearse and tell. 0 when no promise was broken, 1 when one was, 2 when it could not run."""

    def say(key: str, **params: object) -> None:
        sys.stdout.write(t(language, key, **params) + "\n")
        sys.stdout.flush()

    line = ProgressLine(sys.stderr, language)
    try:
        report = command.rehearse(settings, phones=phones, days=days, seed=seed, tell=line.tell)
    except NoNodeError:
        say("cli.rehearse_no_node")
        return COULD_NOT_RUN
    except NoPhonesError:
        say("cli.rehearse_no_phones")
        return COULD_NOT_RUN
    except NoDatabaseError:
        say("cli.rehearse_no_database")
        return COULD_NOT_RUN
    except NoRoomError as error:
        say("cli.rehearse_no_room", path=error.folder, needed=error.needed // MEGABYTE + 1, free=error.free // MEGABYTE)
        return COULD_NOT_RUN
    except BackupError as error:
        say(error.key, **error.params)
        return COULD_NOT_RUN
    finally:
        line.end()
    say("cli.rehearsed", **report._asdict())
    for breach in report.others[:BREACHES_SHOWN_MAX]:
        sys.stdout.write(f"  {breach}\n")
    say("cli.rehearsed_clean" if report.is_clean else "cli.rehearsed_broken", seed=seed)
    return 0 if report.is_clean else 1


class ProgressLine:
    """Where a rehearsal is, for whoever waits for it."""

    def __init__(self, out: TextIO, language: str, now: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._language = language
        self._now = now
        self._is_terminal = out.isatty()
        self._began: float | None = None
        self._logged = -1
        self._is_open = False

    def tell(self, progress: Progress) -> None:
        if progress.stage != "running":
            self._write(t(self._language, f"cli.rehearse_{progress.stage}", phones=progress.phones), ends=True)
            return
        if self._began is None:
            self._began = self._now()
        percent = progress.percent
        if not self._is_terminal and percent // LOG_EVERY_PERCENT == self._logged:
            return
        self._logged = percent // LOG_EVERY_PERCENT
        words = t(
            self._language,
            "cli.rehearse_running",
            percent=percent,
            day=min(progress.day, progress.days),
            days=progress.days,
            saved=progress.saved,
            exchanges=progress.exchanges,
        )
        self._write(words + self._left(percent), ends=not self._is_terminal)

    def end(self) -> None:
        """The line stays as it is, and what follows begins a new one."""
        if self._is_open:
            self._out.write("\n")
            self._out.flush()
            self._is_open = False

    def _left(self, percent: int) -> str:
        """How long it will take, once that can be said."""
        if self._began is None or not LOG_EVERY_PERCENT <= percent < 100:
            return ""
        seconds = (self._now() - self._began) * (100 - percent) / percent
        if seconds < SHORT_SECONDS:
            return t(self._language, "cli.rehearse_left_seconds")
        return t(self._language, "cli.rehearse_left", count=max(1, round(seconds / 60)))

    def _write(self, words: str, *, ends: bool) -> None:
        begin = _LINE_BEGIN if self._is_open else ""
        self._out.write(begin + words + ("\n" if ends else ""))
        self._out.flush()
        self._is_open = not ends
