"""How much a hub brings and asks: grows while it is heard, small again after a silence."""

from __future__ import annotations

from xuetan.contracts.limits import HUB_REPLY_BYTES_TARGET
from xuetan.hubs import exchange
from xuetan.relay.sizes import PUSH_BYTES_MAX, START, Sizes, after_silence, after_success, after_too_large


def grown(sizes: Sizes, times: int) -> Sizes:
    for _ in range(times):
        sizes = after_success(sizes)
    return sizes


def test_a_good_line_is_full_after_ten_answers() -> None:
    assert grown(Sizes(), 10)[1:] == (PUSH_BYTES_MAX, HUB_REPLY_BYTES_TARGET, HUB_REPLY_BYTES_TARGET)


def test_what_a_line_proved_too_short_for_is_not_tried_again_at_once() -> None:
    sizes = after_silence(grown(Sizes(), 3))
    assert sizes[1:] == (START, START, 4 * START)
    assert max(one.push_bytes for one in (grown(sizes, times) for times in range(8))) < 8 * START


def test_silence_to_a_first_request_says_only_that_there_is_no_line() -> None:
    assert after_silence(Sizes()) == Sizes()
    once = after_silence(grown(Sizes(), 3))
    assert after_silence(once) == once


def test_what_is_too_large_is_halved_down_to_one_transfer() -> None:
    sizes = after_too_large(grown(Sizes(), 5), 40)
    assert (sizes.transfers, sizes.push_bytes) == (20, 16 * START)
    assert after_too_large(sizes, 1).transfers == 1


def test_a_hub_asks_about_as_many_streams_as_the_root_looks_at() -> None:
    assert grown(Sizes(), 10).streams == exchange.STREAMS_MAX
