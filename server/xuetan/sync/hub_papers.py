"""What hubs, phones and the root say to each other, as bytes: the certificate, questions and answers, frames between hub
and root. Pure.

Owns the formats of docs/sync-protocol.md, "Hubs". Invariants: a certificate covers both keys of a hub and the
organisation it serves; bytes of any kind raise what `sync.frames` raises, nothing else.
"""

from collections.abc import Sequence

import msgspec

from xuetan.contracts.limits import (
    HUB_QUESTION_BYTES_MAX,
    HUB_SYNC_BYTES_MAX,
    HUB_TRANSFERS_MAX,
    TRANSFERS_HEADER_BYTES_MAX,
)
from xuetan.contracts.sync import HubAnswer, HubCertificate, HubQuestion, HubSyncHeader, HubSyncReply
from xuetan.event_log.service import Carried
from xuetan.kernel.errors import RequestTooLargeError
from xuetan.kernel.ids import is_id
from xuetan.kernel.signing import SigningKey, key_id_of, verify
from xuetan.sync.errors import MalformedFrameError
from xuetan.sync.frames import decode_header, join_carried, join_frame, split_carried, split_frame

CERTIFICATE_CONTEXT = "xuetan-hub/1"
SESSION_CONTEXT = "xuetan-hub-session/1"
# Of an answer to a hub: its reach may name thousands of people.
MIRROR_BYTES_MAX = 64 * 1024 * 1024
# A header of the answer to a hub: SHA-256 of it, in hex. What it mirrors is signed by nobody.
DIGEST = "xuetan-sha256"
_NUMBER_MAX = (1 << 53) - 1
_QUESTION = msgspec.json.Decoder(HubQuestion)
_ANSWER = msgspec.json.Decoder(HubAnswer)
_SYNC = msgspec.json.Decoder(HubSyncHeader)
_REPLY = msgspec.json.Decoder(HubSyncReply)


def certificate_message(hub: str, organisation: str, key: str, file_key: str) -> bytes:
    """What the root signs: this hub, with these two keys, serves this organisation."""
    return "\n".join((CERTIFICATE_CONTEXT, hub, organisation, key_id_of(key), key_id_of(file_key))).encode()


def certify(root: SigningKey, *, hub: str, name: str, organisation: str, key: str, file_key: str) -> HubCertificate:
    signature = root.sign(certificate_message(hub, organisation, key, file_key))
    return HubCertificate(hub, name, organisation, key, file_key, signature)


def is_certified(certificate: HubCertificate, root_key: str) -> bool:
    """True when the root of this key said so."""
    try:
        message = certificate_message(certificate.hub, certificate.organisation, certificate.key, certificate.file_key)
    except ValueError:
        return False
    return verify(root_key, message, certificate.sig)


def session_message(nonce: str) -> bytes:
    """What a hub signs to speak with the root."""
    return f"{SESSION_CONTEXT}\n{nonce}".encode("utf-8", "replace")


def encode_question(header: HubQuestion, bodies: Sequence[bytes]) -> bytes:
    return join_frame(msgspec.json.encode(header), bodies)


def decode_question(frame: bytes) -> tuple[HubQuestion, list[Carried]]:
    if len(frame) > HUB_QUESTION_BYTES_MAX:
        raise RequestTooLargeError
    text, start = split_frame(frame, TRANSFERS_HEADER_BYTES_MAX)
    header = decode_header(_QUESTION, text)
    numbers = [header.follow, *(number for pair in header.cur for number in pair)]
    if (
        not is_id(header.nonce)
        or not all(len(pair) == 2 for pair in header.cur)
        or not all(abs(number) <= _NUMBER_MAX for number in numbers)
    ):
        raise MalformedFrameError
    if len(header.transfers) > HUB_TRANSFERS_MAX:
        raise RequestTooLargeError
    return header, split_carried(header.transfers, frame, start)


def decode_answer(plain: bytes) -> HubAnswer:
    return decode_header(_ANSWER, plain)


def encode_hub_sync(header: HubSyncHeader, carried: Sequence[Carried]) -> bytes:
    """What a hub brings to the root; `header.transfers` are those of `carried`."""
    return join_carried(msgspec.json.encode(header), carried)


def decode_hub_sync(frame: bytes) -> tuple[HubSyncHeader, list[Carried]]:
    if len(frame) > HUB_SYNC_BYTES_MAX:
        raise RequestTooLargeError
    text, start = split_frame(frame, TRANSFERS_HEADER_BYTES_MAX)
    header = decode_header(_SYNC, text)
    if not all(_is_cursor(pair) for pair in (*header.cur, *([header.begun] if header.begun else []))):
        raise MalformedFrameError
    return header, split_carried(header.transfers, frame, start)


def encode_hub_reply(header: HubSyncReply, bodies: Sequence[bytes]) -> bytes:
    return join_frame(msgspec.json.encode(header), bodies)


def decode_hub_reply(frame: bytes) -> tuple[HubSyncReply, list[bytes | None]]:
    """The reply, and for each of its entries the body of its segment; None for a row."""
    text, start = split_frame(frame, MIRROR_BYTES_MAX)
    header = decode_header(_REPLY, text)
    bodies: list[bytes | None] = []
    for entry in header.entries or []:
        if not isinstance(entry.len, int):
            bodies.append(None)
            continue
        bodies.append(frame[start : start + entry.len])
        start += entry.len
    if start != len(frame):
        raise MalformedFrameError
    return header, bodies


def _is_cursor(pair: list[object]) -> bool:
    return (
        len(pair) == 2
        and isinstance(pair[0], str)
        and isinstance(pair[1], int)
        and not isinstance(pair[1], bool)
        and 0 <= pair[1] <= _NUMBER_MAX
    )
