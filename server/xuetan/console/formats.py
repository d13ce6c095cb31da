"""Numbers, sizes and times as people read them, in the page's language and the organisation's zone. Pure: the present is passed in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from xuetan.kernel.text import t

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
MINUTE_MS = 60_000
_KILO = 1000


def day_of(ms: int, zone: ZoneInfo) -> date:
    """The day of an instant in a zone."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone).date()


@dataclass(frozen=True)
class Formats:
    """How one page writes its figures. Templates know it as `f`."""

    language: str
    zone: ZoneInfo
    now_ms: int

    def bytes(self, count: int) -> str:
        """A size over the wire: 840 B, 62 KB, 1.5 MB. Rounded up, as the phone does: a price is never more than was said."""
        if count < _KILO:
            return f"{count} B"
        if count < _KILO * _KILO:
            return f"{math.ceil(count / _KILO)} KB"
        return f"{math.ceil(count / _KILO / _KILO * 10) / 10:.1f}".removesuffix(".0") + " MB"

    def number(self, value: float) -> str:
        """At most one decimal; a half goes up, as on the phone."""
        return f"{math.floor(value * 10 + 0.5) / 10:,.1f}".removesuffix(".0")

    def percent(self, share: float) -> str:
        """A share from 0 to 1, in whole per cent; never 100 % before all, never 0 % after some."""
        whole = round(share * 100)
        if share < 1:
            whole = min(whole, 99)
        if share > 0:
            whole = max(whole, 1)
        return f"{whole}%"

    def day(self, ms: int) -> str:
        """A day: 11月20日 or 20 Nov, with the year when it is not this one."""
        return self.calendar_day(day_of(ms, self.zone))

    def calendar_day(self, day: date) -> str:
        same_year = day.year == day_of(self.now_ms, self.zone).year
        key = "console.day" if same_year else "console.day_with_year"
        return t(self.language, key, year=day.year, month=day.month, day=day.day, name=self._month(day.month))

    def due_day(self, text: str) -> str:
        """A day that stands in a row as YYYY-MM-DD."""
        return self.calendar_day(date.fromisoformat(text))

    def moment(self, ms: int) -> str:
        """A day with hour and minute."""
        local = datetime.fromtimestamp(ms / 1000, UTC).astimezone(self.zone)
        return f"{self.day(ms)} {local:%H:%M}"

    def written(self, ms: int) -> str:
        """A time that a phone wrote, whatever it wrote: with the year, and in figures where the calendar ends."""
        try:
            return datetime.fromtimestamp(ms / 1000, UTC).astimezone(self.zone).strftime("%Y-%m-%d %H:%M")
        except (ValueError, OverflowError, OSError):
            return f"{ms} ms"

    def iso(self, ms: int) -> str:
        """For the machine-readable side of a time."""
        return datetime.fromtimestamp(ms / 1000, UTC).astimezone(self.zone).isoformat(timespec="minutes")

    def ago(self, ms: int) -> str:
        """How long ago: just now, minutes, hours, days."""
        passed = max(0, self.now_ms - ms)
        if passed < MINUTE_MS:
            return t(self.language, "console.just_now")
        if passed < HOUR_MS:
            return t(self.language, "console.minutes_ago", count=passed // MINUTE_MS)
        if passed < DAY_MS:
            return t(self.language, "console.hours_ago", count=passed // HOUR_MS)
        return t(self.language, "console.days_ago", count=passed // DAY_MS)

    def span(self, minutes: int) -> str:
        """A length of time in the largest unit that it fills."""
        if minutes < HOUR_MS // MINUTE_MS:
            return t(self.language, "console.span_minutes", count=minutes)
        if minutes < DAY_MS // MINUTE_MS:
            return t(self.language, "console.span_hours", count=minutes * MINUTE_MS // HOUR_MS)
        return t(self.language, "console.span_days", count=minutes * MINUTE_MS // DAY_MS)

    def days_since(self, ms: int) -> int:
        """Whole days of 24 hours."""
        return max(0, self.now_ms - ms) // DAY_MS

    def localized(self, texts: dict[str, str]) -> str:
        """A text that stands in several languages: the page's, else any."""
        return texts.get(self.language) or next(iter(texts.values()), "")

    def _month(self, month: int) -> str:
        return t(self.language, f"console.month_{month}")
