"""The reach of a hub, of which a line may let through a part at a time.

Owns what came of it until it is whole. In memory: a hub that starts anew asks for it from its beginning. Invariant: what comes
out is what the root said, byte for byte, for its tag is their hash.
"""

import msgspec
from msgspec import UNSET

from xuetan.contracts.sync import HubReach, HubReachPart, HubSyncHeader, HubSyncReply
from xuetan.kernel.ids import b64url_decode, h16
from xuetan.sync.service import MIRROR_BYTES_MAX

_REACH = msgspec.json.Decoder(HubReach)


class BegunReach:
    def __init__(self) -> None:
        self._tag = ""
        self._bytes = bytearray()

    def name_in(self, header: HubSyncHeader) -> None:
        """Say in a request what is here."""
        if self._bytes:
            header.begun = [self._tag, len(self._bytes)]

    def complete(self, reply: HubSyncReply) -> None:
        """Take the part that came; at its end the answer has a whole reach."""
        if isinstance(reply.reach, HubReach):
            self._bytes.clear()
        if not isinstance(reply.part, HubReachPart):
            return
        if not self._add(reply.part):
            # Another reach by now, or somebody in between: from the beginning.
            self._bytes.clear()
            return
        if len(self._bytes) < reply.part.size:
            return
        reply.reach = self._read()
        self._bytes.clear()

    def _add(self, part: HubReachPart) -> bool:
        if part.at == 0:
            self._tag = part.tag
            self._bytes.clear()
        if (part.tag, part.at) != (self._tag, len(self._bytes)) or part.size > MIRROR_BYTES_MAX:
            return False
        try:
            self._bytes += b64url_decode(part.data)
        except ValueError:
            return False
        return len(self._bytes) <= part.size

    def _read(self) -> "HubReach | msgspec.UnsetType":
        whole = bytes(self._bytes)
        if h16(whole) != self._tag:
            return UNSET
        reach = _REACH.decode(whole)
        reach.tag = self._tag
        return reach
