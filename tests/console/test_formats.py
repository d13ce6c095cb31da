"""Numbers, sizes and times as people read them; lists in pages."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from xuetan.console.formats import DAY_MS, HOUR_MS, MINUTE_MS, Formats
from xuetan.console.paging import cut

SHANGHAI = ZoneInfo("Asia/Shanghai")
# 2026-11-20 08:00 in Shanghai.
NOW = 1_795_132_800_000
ZH, EN = (Formats(language, SHANGHAI, NOW) for language in ("zh-Hans", "en"))


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 KB"),
        (84_600, "85 KB"),
        (84_001, "85 KB"),
        (1_449_000, "1.5 MB"),
        (2_000_000, "2 MB"),
    ],
)
def test_sizes_are_short(count: int, text: str) -> None:
    assert ZH.bytes(count) == text


@pytest.mark.parametrize(("share", "text"), [(0, "0%"), (0.001, "1%"), (0.335, "34%"), (0.999, "99%"), (1, "100%")])
def test_a_share_is_never_all_before_all_nor_nothing_after_some(share: float, text: str) -> None:
    assert EN.percent(share) == text


def test_days_are_those_of_the_organisations_zone() -> None:
    late = NOW - 8 * HOUR_MS - MINUTE_MS
    assert (ZH.day(NOW), EN.day(NOW)) == ("11月20日", "20 Nov")
    assert (ZH.day(late), EN.moment(late)) == ("11月19日", "19 Nov 23:59")
    assert ZH.day(NOW - 365 * DAY_MS) == "2025年11月20日"
    assert EN.due_day("2027-01-03") == "3 Jan 2027"
    assert ZH.iso(NOW) == "2026-11-20T08:00+08:00"


@pytest.mark.parametrize(
    ("passed", "zh", "en"),
    [
        (0, "刚刚", "just now"),
        (-HOUR_MS, "刚刚", "just now"),
        (MINUTE_MS, "1 分钟前", "1 minute ago"),
        (3 * HOUR_MS, "3 小时前", "3 hours ago"),
        (DAY_MS, "1 天前", "1 day ago"),
        (23 * DAY_MS + 5, "23 天前", "23 days ago"),
    ],
)
def test_how_long_ago_is_said_in_the_largest_unit(passed: int, zh: str, en: str) -> None:
    assert (ZH.ago(NOW - passed), EN.ago(NOW - passed)) == (zh, en)
    assert ZH.days_since(NOW - passed) == max(0, passed) // DAY_MS


def test_a_text_in_several_languages_is_read_in_ones_own_or_in_any() -> None:
    assert EN.localized({"zh-Hans": "班", "en": "class"}) == "class"
    assert EN.localized({"zh-Hans": "班"}) == "班"
    assert EN.localized({}) == ""
    assert (EN.number(3.0), EN.number(2.55), EN.number(1200)) == ("3", "2.6", "1,200")


@pytest.mark.parametrize(
    ("number", "items", "before", "after"),
    [
        (1, (0, 1), "", "/p?page=2"),
        (2, (2, 3), "/p?page=1", "/p?page=3"),
        (9, (4,), "/p?page=2", ""),
        (-3, (0, 1), "", "/p?page=2"),
    ],
)
def test_a_list_is_cut_into_pages_and_a_wrong_number_is_the_nearest(
    number: int, items: tuple[int, ...], before: str, after: str
) -> None:
    page = cut(list(range(5)), number, 2, "/p?")
    assert (page.items, page.before, page.after, page.pages, page.total) == (items, before, after, 3, 5)
    assert cut([], 1, 2, "/p?").pages == 1
