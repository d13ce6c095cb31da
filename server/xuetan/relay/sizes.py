"""How much of what waits goes in one request to the root, and how much is asked back: doubles when it went well, shrinks when
no answer came. Pure.

The rule is the phone's (`pwa/src/sync/sizes.ts`, docs/decisions/0096): the first request of each connection is small, so that every
connection makes progress however short it lives, and what a line proved too short for is not tried again at once.
"""

from typing import NamedTuple

from xuetan.contracts.limits import HUB_REPLY_BYTES_TARGET, PULL_BYTES_MIN

TRANSFERS_MAX = 64
PUSH_BYTES_MAX = 2 * 1024 * 1024
# One segment.
START = PULL_BYTES_MIN
# What a line that had grown silent is trusted with more after each answer.
STEP = START // 4
# Of an id that is named and of the answer to it.
STREAM_BYTES = 128
# The root looks at no more in one request: those beyond would be passed over again and again.
STREAMS_MAX = 2_000


class Sizes(NamedTuple):
    """`push_bytes` of transfers going up, `pull_bytes` of reach and entries coming down; `bytes_max`: what both may grow to
    on this line."""

    transfers: int = TRANSFERS_MAX
    push_bytes: int = START
    pull_bytes: int = START
    bytes_max: int = HUB_REPLY_BYTES_TARGET

    @property
    def streams(self) -> int:
        """Of how many streams it is asked what is safe."""
        return min(STREAMS_MAX, self.push_bytes // STREAM_BYTES)


def after_success(sizes: Sizes) -> Sizes:
    return Sizes(
        min(TRANSFERS_MAX, sizes.transfers * 2),
        min(sizes.bytes_max, PUSH_BYTES_MAX, sizes.push_bytes * 2),
        min(sizes.bytes_max, HUB_REPLY_BYTES_TARGET, sizes.pull_bytes * 2),
        min(HUB_REPLY_BYTES_TARGET, sizes.bytes_max + STEP),
    )


def after_too_large(sizes: Sizes, sent: int) -> Sizes:
    """Half as many transfers; one itself never changes."""
    return sizes._replace(transfers=max(1, sent // 2), push_bytes=max(START, sizes.push_bytes // 2))


def after_silence(sizes: Sizes) -> Sizes:
    """Small pieces again. Silence to a request that had grown says that the line does not live long enough for it; silence
    to a first one only that there is no line."""
    grown = max(sizes.push_bytes, sizes.pull_bytes)
    bytes_max = max(START, grown // 2) if grown > START else sizes.bytes_max
    return Sizes(sizes.transfers, START, START, bytes_max)
