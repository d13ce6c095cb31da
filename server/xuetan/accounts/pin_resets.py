"""A forgotten PIN: a row for phones that have a line, and a code to read out for those that have none.

Owns the number that both carry. Each reset has the next number of its person; a phone takes a number once and none
that is not above the last it took, so a reset is good once and ends with the next one that is used, without a clock.
The code is an HMAC under a secret that the device got when it enrolled; it opens that device's PIN and nothing else.
docs/decisions/0092-a-forgotten-pin.md explains.
"""

import hmac

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlmodel import Session

from xuetan.accounts import queries
from xuetan.accounts.models import PinReset
from xuetan.accounts.rules import CODE_ALPHABET, StaffActor
from xuetan.accounts.sign_in_codes import check_may_open_as
from xuetan.event_log import service as event_log
from xuetan.kernel.services import Services

WINDOW_MS = 10 * 60_000
RESETS_PER_PERSON_MAX = 10
# The first symbol tells the number among so many; the others are the proof.
NUMBERS_TOLD = 32
PROOF_SYMBOLS = 11
SECRET_BYTES = 32
CODE_SHOWN_MS = 24 * 3_600_000
# A root that was put back has forgotten the resets since its backup: the next number is above any that was told in so many of them, and
# still among those that a code can tell to a phone which took none of them.
FORGOTTEN_MAX = 15


def reset_pin(session: Session, person_id: str, actor: StaffActor, *, services: Services) -> int:
    """Let the person set a new PIN on their phones. The number of this reset."""
    person = check_may_open_as(session, person_id, actor)
    services.rate_limiter.check(f"pin-reset:{person_id}", RESETS_PER_PERSON_MAX, WINDOW_MS)
    now_ms = services.clock.now_ms()
    reset = session.get(PinReset, person_id) or PinReset(
        person_id=person_id, organisation_id=person.organisation_id, number=0, made_by="", made_ms=0
    )
    known_ms = reset.made_ms or person.created_ms
    reset.number += 1 + (FORGOTTEN_MAX if known_ms < event_log.read_founded_ms(session) else 0)
    reset.made_by, reset.made_ms = actor.person_id, now_ms
    session.add(reset)
    session.flush()
    body = {"number": reset.number, "by_name": actor.name, "made_ms": now_ms}
    event_log.append_row(session, f"p:{person_id}", "pin_reset", person_id, body, now_ms=now_ms)
    return reset.number


def pin_reset_codes(session: Session, person_id: str, actor: StaffActor, *, services: Services) -> dict[str, str]:
    """What is read out for each live device, XXXX-XXXX-XXXX by its id: the codes of the newest reset, for a day."""
    check_may_open_as(session, person_id, actor)
    reset = session.get(PinReset, person_id)
    if reset is None or services.clock.now_ms() - reset.made_ms > CODE_SHOWN_MS:
        return {}
    return {
        device.id: spell(reset_code(pin_secret(services, device.id), person_id, reset.number))
        for device in queries.list_live_devices(session, person_id)
    }


def resets_so_far(session: Session, person_id: str) -> int:
    """What a phone that enrols now begins above."""
    reset = session.get(PinReset, person_id)
    return reset.number if reset else 0


def pin_secret(services: Services, device_id: str) -> bytes:
    """The device's own secret: derived, so that it is the same whenever the device enrols and lies in no table."""
    purpose = b"xuetan-pin-secret/1 " + device_id.encode("ascii")
    key = HKDF(algorithm=hashes.SHA256(), length=SECRET_BYTES, salt=None, info=purpose)
    return key.derive(services.keys.get("pin-resets").private_pem)


def reset_code(secret: bytes, person_id: str, number: int) -> str:
    """Twelve symbols: which number it is, modulo 32, and 55 bits of proof. Pure; equal to the phone's
    pin-reset-code.ts.
    """
    proof = hmac.digest(secret, f"xuetan-pin-reset/1\n{person_id}\n{number}".encode(), "sha256")
    bits = int.from_bytes(proof[:8], "big") >> (64 - 5 * PROOF_SYMBOLS)
    symbols = [CODE_ALPHABET[(bits >> (5 * at)) & 31] for at in reversed(range(PROOF_SYMBOLS))]
    return CODE_ALPHABET[number % NUMBERS_TOLD] + "".join(symbols)


def spell(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))
