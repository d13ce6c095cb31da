"""Golden examples of what is carried: transfers with the root's statements, sealed files, a hub's papers.
`generate_golden.py` writes them."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from xuetan.contracts.sync import (
    Entry,
    FileHeader,
    Held,
    HubAnswer,
    HubCertificate,
    HubQuestion,
    Receipts,
    SegmentHeader,
    Statement,
    Transfer,
)
from xuetan.event_log.transfers import Carried, owned_message, statement_message, transfer_message
from xuetan.kernel.errors import AppError
from xuetan.kernel.ids import b64url_encode, h16
from xuetan.kernel.sealing import CannotOpenError, open_sealed
from xuetan.kernel.signing import SigningKey
from xuetan.sync.files import make_file, read_file
from xuetan.sync.frames import decode_transfers, encode_transfers
from xuetan.sync.hub_papers import certificate_message, encode_question


def some_id(name: str) -> str:
    """An id that looks random and is the same each time."""
    return h16(b"golden id " + name.encode())


def golden_key(name: str) -> ec.EllipticCurvePrivateKey:
    """A key that is always the same; it signs nothing but these examples."""
    return ec.derive_private_key(int.from_bytes(hashlib.sha256(name.encode()).digest(), "big") >> 1, ec.SECP256R1())


def golden_sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> str:
    """Deterministic (RFC 6979), so that the examples stay as they are."""
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
    return b64url_encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def make_transfers(segments: dict[str, Any], person: str) -> dict[str, Any]:
    """A device's transfers in one frame, and the root's word about them."""
    device, root = golden_key("device"), golden_key("root")
    carried, statements, owned = [], [], []
    for chain_ in segments["chains"][:2]:
        bodies = [base64.b64decode(one["body"]) for one in chain_["segments"]]
        headers = [
            SegmentHeader(one["scope"], one["first"], one["n"], one["prev"], one["hash"], len(body))
            for one, body in zip(chain_["segments"], bodies, strict=True)
        ]
        stream, next_, last = chain_["stream"], headers[-1].first + headers[-1].n, headers[-1].hash
        signature = golden_sign(device, transfer_message(stream, next_, last))
        transfer = Transfer(person, some_id("device"), stream, next_, next_, last, signature, headers)
        carried.append(Carried(transfer, bodies))
        owned.append(golden_sign(device, owned_message(person, some_id("device"), stream, next_, last)))
        word = golden_sign(root, statement_message(some_id("epoch"), stream, next_, last))
        statements.append(Statement(some_id("epoch"), stream, next_, last, word))
    return {
        "format": "xuetan-golden-transfers/1",
        "device_key": SigningKey(device).spki,
        "root_key": SigningKey(root).spki,
        "frame": base64.b64encode(encode_transfers(carried)).decode(),
        "transfers": [msgspec.to_builtins(one.transfer) for one in carried],
        "owned": owned,
        "statements": [msgspec.to_builtins(one) for one in statements],
    }


def pkcs8_of(key: SigningKey) -> str:
    private = serialization.load_pem_private_key(key.private_pem, password=None)
    der = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return base64.b64encode(der).decode()


def make_files(transfers: dict[str, Any], path: Path, made_ms: int) -> dict[str, Any]:
    """A file that the phone's code made (pwa/tools/make-golden-file.mjs) and one of receipts that this side makes. Sealing is
    never twice the same, so each is kept as long as it opens."""
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    device, device_files, root, root_files = (
        SigningKey(golden_key(name)) for name in ("device", "device files", "root", "root files")
    )
    statements = [msgspec.convert(one, Statement) for one in transfers["statements"]]
    plain = msgspec.json.encode(Receipts(1, some_id("epoch"), made_ms, statements))
    header = FileHeader(1, "receipts", device_files.key_id, some_id("device"), "王老师", made_ms, root.spki)
    return {
        "format": "xuetan-golden-files/1",
        "device_key": device.spki,
        "device_private": pkcs8_of(device),
        "device_files_key": device_files.spki,
        "device_files_private": pkcs8_of(device_files),
        "root_key": root.spki,
        "root_files_key": root_files.spki,
        "root_files_private": pkcs8_of(root_files),
        "plain_of_phone": transfers["frame"],
        "from_phone": known.get("from_phone", ""),
        "plain_of_root": plain.decode(),
        "from_root": keep_or_make(known.get("from_root", ""), header, plain, device_files, root),
    }


def make_hubs(transfers: dict[str, Any], path: Path, made_ms: int) -> dict[str, Any]:
    """A certificate, and a phone's question to a hub with the hub's answer. What is sealed is kept as long as it opens."""
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    device, reply, root, hub, hub_files = (
        SigningKey(golden_key(name)) for name in ("device", "device files", "root", "hub", "hub files")
    )
    parts = (some_id("hub"), some_id("organisation"), hub.spki, hub_files.spki)
    signature = golden_sign(golden_key("root"), certificate_message(*parts))
    certificate = HubCertificate(parts[0], "河边小学的中转站", *parts[1:], signature)
    carried = decode_transfers(base64.b64decode(transfers["frame"]))
    question = HubQuestion(
        1, some_id("nonce"), 3, [[1, 4], [2, 0]], [one.transfer for one in carried], some_id("epoch")
    )
    plain_question = encode_question(question, [body for one in carried for body in one.bodies])
    held = [Held(one.transfer.stream, one.transfer.next, one.transfer.chain) for one in carried]
    statements = [msgspec.convert(one, Statement) for one in transfers["statements"]]
    answer = HubAnswer(1, question.nonce, made_ms + 5, held, statements, some_id("epoch"), made_ms - 60_000)
    answer.entries = [Entry(1, 5, k="person_card", key=some_id("person"), b={"name": "王老师"})]
    plain_answer = msgspec.json.encode(answer)
    asks = FileHeader(1, "hub_question", hub_files.key_id, some_id("device"), "", made_ms, device.spki, reply.spki)
    answers = FileHeader(1, "hub_answer", reply.key_id, some_id("device"), "", made_ms + 5, hub.spki)
    return {
        "format": "xuetan-golden-hubs/1",
        "root_key": root.spki,
        "certificate": msgspec.to_builtins(certificate),
        "certificate_message": certificate_message(*parts).decode(),
        "device_key": device.spki,
        "device_private": pkcs8_of(device),
        "reply_key": reply.spki,
        "reply_private": pkcs8_of(reply),
        "hub_key": hub.spki,
        "hub_private": pkcs8_of(hub),
        "hub_files_key": hub_files.spki,
        "hub_files_private": pkcs8_of(hub_files),
        "plain_question": base64.b64encode(plain_question).decode(),
        "question": keep_or_make(known.get("question", ""), asks, plain_question, hub_files, device),
        "plain_answer": plain_answer.decode(),
        "answer": keep_or_make(known.get("answer", ""), answers, plain_answer, reply, hub),
    }


def keep_or_make(known: str, header: FileHeader, plain: bytes, reader: SigningKey, signer: SigningKey) -> str:
    """The file that stands there already, if it is this one; else a new one."""
    kept = base64.b64decode(known)
    try:
        file = read_file(kept)
        is_kept = file.header == header and open_sealed(reader, file.sealed, file.open_part) == plain
        if is_kept and file.is_signed_by(signer.spki):
            return known
    except (AppError, CannotOpenError):
        pass
    return base64.b64encode(make_file(header, plain, reader.spki, signer)).decode()
