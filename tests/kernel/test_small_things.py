"""Clock, ids, text, limits, settings: small things that everything else takes for granted."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xuetan.kernel.clock import FixedClock, SystemClock
from xuetan.kernel.errors import TooManyAttemptsError
from xuetan.kernel.ids import b64url_decode, b64url_encode, h16, is_id, new_id, new_thing_id
from xuetan.kernel.rate_limits import RateLimiter
from xuetan.kernel.text import LANGUAGES, Catalogue, t, well_formed
from xuetan.settings import Settings


def test_the_system_clock_tells_the_time_in_milliseconds() -> None:
    assert abs(SystemClock().now_ms() - time.time() * 1000) < 60_000


def test_a_fixed_clock_moves_only_when_told_to() -> None:
    clock = FixedClock(5)
    clock.advance_ms(7)
    assert (clock.now_ms(), clock.now_ms()) == (12, 12)


@given(st.binary(max_size=40))
def test_base64url_gives_back_the_bytes(data: bytes) -> None:
    assert b64url_decode(b64url_encode(data)) == data


@pytest.mark.parametrize("text", ["A", "AB=", "A+/A", "AB", "AAAAA", "AA A", "ÄAAA", "AAAA\n"])
def test_other_spellings_of_bytes_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"base64url|spelling"):
        b64url_decode(text)


def test_ids_have_their_length_and_are_never_the_same() -> None:
    assert (len(new_id()), len(new_thing_id())) == (22, 16)
    assert len({new_id() for _ in range(100)}) == 100
    assert is_id(new_id())
    assert not any(is_id(text) for text in ("", new_thing_id(), "A" * 21 + "B", "!" * 22, "A" * 23))


def test_the_short_hash_is_the_first_half_of_sha_256() -> None:
    assert h16(b"") == b64url_encode(bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb924"))


@given(st.text())
def test_text_without_faults_stays_as_it_is(text: str) -> None:
    assert well_formed(text) == text.replace("\0", "")


def test_what_no_store_can_keep_is_mended() -> None:
    assert well_formed("a\ud800b\udfff\0c😀") == "a\ufffdb\ufffdc😀"


def test_the_catalogue_speaks_both_languages_and_counts() -> None:
    catalogue = Catalogue(
        {
            "zh-Hans": {"a.b": {"other": "{count}节课"}, "c": "你好"},
            "en": {"a.b": {"one": "{count} lesson", "other": "{count} lessons"}, "c": "hello {name}"},
        }
    )
    assert catalogue.t("zh-Hans", "a.b", count=1) == "1节课"
    assert [catalogue.t("en", "a.b", count=count) for count in (0, 1, 2)] == ["0 lessons", "1 lesson", "2 lessons"]
    assert catalogue.t("en", "c", name="Li") == "hello Li"
    assert catalogue.t("bo", "c") == "你好"
    assert catalogue.has("c")
    assert not catalogue.has("d")
    with pytest.raises(KeyError):
        catalogue.t("en", "d")


def test_the_installed_catalogue_has_every_key_in_every_language() -> None:
    catalogue = Catalogue.load()
    keys = [set(catalogue._messages[language]) for language in LANGUAGES]
    assert keys[0] == keys[1]
    assert t("en", "error.not_found") != t("zh-Hans", "error.not_found")


def test_attempts_beyond_the_limit_are_refused_until_the_window_has_passed() -> None:
    clock = FixedClock()
    limiter = RateLimiter(clock)
    for _ in range(3):
        limiter.check("a", 3, 1_000)
        clock.advance_ms(100)
    with pytest.raises(TooManyAttemptsError) as caught:
        limiter.check("a", 3, 1_000)
    assert caught.value.details == {"wait_ms": 700}
    limiter.check("b", 3, 1_000)
    clock.advance_ms(700)
    limiter.check("a", 3, 1_000)


def test_a_limit_on_failures_is_asked_without_being_counted() -> None:
    clock = FixedClock()
    limiter = RateLimiter(clock)
    for _ in range(5):
        limiter.refuse_when_spent("a", 1, 1_000)
    limiter.check("a", 1, 1_000)
    with pytest.raises(TooManyAttemptsError):
        limiter.refuse_when_spent("a", 1, 1_000)
    limiter.forget("a")
    limiter.refuse_when_spent("a", 1, 1_000)


def test_the_limiter_remembers_within_bounds() -> None:
    limiter = RateLimiter(FixedClock(), keys_max=10)
    for number in range(50):
        limiter.check(f"k{number}", 1, 1_000)
    assert len(limiter._attempts) == 10


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XUETAN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("XUETAN_PORT", "9000")
    settings = Settings(_env_file=None)
    assert settings.port == 9000
    assert settings.effective_database_url == f"sqlite:///{tmp_path}/xuetan.sqlite"
    assert datetime(2026, 1, 1, tzinfo=settings.zone).utcoffset().total_seconds() == 8 * 3600  # type: ignore[union-attr]
    assert Settings(_env_file=None, database_url="sqlite:////x").effective_database_url == "sqlite:////x"


def test_an_unknown_zone_is_refused_at_the_start() -> None:
    with pytest.raises(Exception, match=r"Asia/Nowhere"):
        Settings(_env_file=None, time_zone="Asia/Nowhere")
