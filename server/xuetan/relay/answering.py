"""A phone's question and the hub's answer, as sealed files. Owns the order of looking.

Nothing of a question is believed before its signature was right, by the key that the root vouched for where it did. The
answer is sealed to the key that stands in the signed header, so who repeats somebody's question learns nothing. Works
in its own transactions; never called from the event loop.
"""

from typing import Any

import msgspec
from msgspec import UNSET
from sqlmodel import Session, select

from xuetan.contracts.limits import HUB_QUESTION_BYTES_MAX, PULL_BYTES_MAX, PULL_BYTES_MIN
from xuetan.contracts.sync import FileHeader, HubAnswer, HubQuestion, Statement
from xuetan.event_log import service as event_log
from xuetan.event_log.service import Wanted
from xuetan.kernel.errors import RequestTooLargeError
from xuetan.kernel.sealing import CannotOpenError, open_sealed
from xuetan.kernel.services import Services
from xuetan.kernel.signing import is_key, key_id_of
from xuetan.relay.holding import Asker, keep_transfers
from xuetan.relay.models import RelayDevice, RelayState, RelayStatement
from xuetan.relay.provisional import list_provisional
from xuetan.relay.state import get_state, hub_key
from xuetan.sync.errors import FileAlteredError, FileForAnotherError, FileMalformedError
from xuetan.sync.service import ReadFile, decode_question, make_file, read_file

KIND = "hub_question"
STATEMENTS_MAX = 64


def answer_question(services: Services, data: bytes) -> bytes:
    """The answer to a question, both as files. Raises an AppError for what is none."""
    if len(data) > HUB_QUESTION_BYTES_MAX:
        raise RequestTooLargeError
    file = read_file(data)
    with services.database.reading() as session:
        get_state(session)
        device = session.get(RelayDevice, file.header.device)
    asker = _asker_of(file, device)
    assert isinstance(file.header.reply, str)
    question, carried = decode_question(_open(services, file))
    now_ms = services.clock.now_ms()
    answer = HubAnswer(1, question.nonce, now_ms, [], [])
    if carried:
        with services.database.transaction() as session:
            answer.held, refused = keep_transfers(session, carried, asker, now_ms)
        if refused is not None:
            answer.refused = refused
    if not asker.is_known or asker.revoked:
        answer.refused = "device_revoked" if asker.revoked else "device_unknown"
    with services.database.reading() as session:
        _tell(session, answer, question, asker)
    reply = file.header.reply
    me = hub_key(services.keys)
    header = FileHeader(1, "hub_answer", key_id_of(reply), file.header.device, "", now_ms, me.spki)
    return make_file(header, msgspec.json.encode(answer), reply, me)


def _asker_of(file: ReadFile, device: RelayDevice | None) -> Asker:
    """Who signed it. FileMalformedError when it is no question, FileAlteredError when another signed it."""
    header = file.header
    if header.kind != KIND or not isinstance(header.reply, str) or not is_key(header.reply):
        raise FileMalformedError
    by = device.public_key if device is not None else header.by
    if not isinstance(by, str) or not file.is_signed_by(by):
        raise FileAlteredError(header.name, header.device)
    if device is None:
        return Asker(header.device, by, "", revoked=False)
    return Asker(device.device_id, by, device.person_id, device.revoked)


def _open(services: Services, file: ReadFile) -> bytes:
    key = services.keys.find_files_key(file.header.key)
    if key is None:
        raise FileForAnotherError(file.header.name, file.header.device)
    try:
        return open_sealed(key, file.sealed, file.open_part)
    except CannotOpenError as error:
        raise FileMalformedError from error


def _tell(session: Session, answer: HubAnswer, question: HubQuestion, asker: Asker) -> None:
    """What the root last said, as far as the asker may hear it."""
    state = get_state(session)
    if state.epoch is not None:
        answer.epoch = state.epoch
    if state.heard_ms is not None:
        answer.root_ms = state.heard_ms
    if not asker.is_known:
        return
    rows = session.exec(
        select(RelayStatement).where(RelayStatement.device_id == asker.device_id).limit(STATEMENTS_MAX)
    ).all()
    answer.statements = [Statement(one.epoch, one.stream, one.next, one.chain, one.sig) for one in rows]
    if not asker.revoked and _stands_in(state, question):
        _pull(session, answer, question, asker)


def _stands_in(state: RelayState, question: HubQuestion) -> bool:
    return state.epoch is not None and question.epoch == state.epoch


def _pull(session: Session, answer: HubAnswer, question: HubQuestion, asker: Asker) -> None:
    cursors = {pair[0]: pair[1] for pair in question.cur}
    asked = question.max if isinstance(question.max, int) else PULL_BYTES_MIN
    bytes_max = min(max(asked, PULL_BYTES_MIN), PULL_BYTES_MAX)
    pulled = event_log.read_new(session, Wanted(asker.person_id, cursors, question.follow, bytes_max, "", frozenset()))
    if pulled.follow is not None:
        answer.follow = list(pulled.follow)
    if pulled.entries:
        entries: Any = pulled.entries
        answer.entries = entries
    if pulled.more:
        answer.more = True
    answer.prov, entries = list_provisional(session, asker)
    if question.prov is UNSET or question.prov != answer.prov:
        answer.provisional = entries
