"""Seeded bugs of the server: each is one small edit of a source, made in memory while a simulation runs; the server has no
switch for them.

`seeded(name)` compiles the edited source and lends its code to the functions that are loaded already, so that every
module that imported them has the bug, and gives their own code back at the end. The phone's bugs are in
pwa/simulation/bugs.ts; where phone and server each guard a rule, a bug of the same name is in both.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Bug(NamedTuple):
    """`right` must stand in the module exactly once; `wrong` takes its place."""

    breaks: str
    module: str
    right: str
    wrong: str


BUGS = {
    "no_fork_check": Bug(
        "A.5 (stream, seq) without the hash tells what is known",
        "xuetan.event_log.judge",
        "if known.first == first and known.hash == hash_:",
        "if known.first == first:",
    ),
    "reject_drift": Bug(
        "A.5 a phone whose clock is ahead is refused",
        "xuetan.sync.service",
        "        wanted = Wanted(\n",
        "        if header.off is not UNSET and header.off < -300_000:\n"
        "            raise MalformedFrameError\n"
        "        wanted = Wanted(\n",
    ),
    "poison_blocks": Bug(
        "A.5 one malformed event refuses the request",
        "xuetan.event_log.ingest",
        "    set_aside = [(header.first + index, code) for index, code in sorted(permitted.aside.items())]\n",
        "    set_aside = [(header.first + index, code) for index, code in sorted(permitted.aside.items())]\n"
        "    if set_aside:\n        raise QuarantineFullError\n",
    ),
    "no_epoch": Bug(
        "A.5 a root that was put back goes on under its old epoch",
        "xuetan.event_log.log",
        "self._epoch = write_epoch(run_in(session), self._clock.now_ms())",
        "self._epoch = found_epoch(run_in(session), self._clock.now_ms())",
    ),
    "serial_cursor": Bug(
        "A.5 the cursor runs ahead of the entries that were sent",
        "xuetan.event_log.pull",
        "yield _encode(_entry(scope.number, row, wanted))",
        "yield _encode(_entry(scope.number, (scope.head, *row[1:]), wanted))",
    ),
    "recut_known_by_place": Bug(
        "A.5 a segment is known by its place, whatever its cut: the rest of a longer one is passed over",
        "xuetan.event_log.judge",
        '    if known.first == first and known.hash == hash_:\n        return DUP\n    return Place("fork", known.first)',
        "    return DUP",
    ),
    "unbound_stream": Bug(
        "r anybody may continue a stream",
        "xuetan.event_log.judge",
        "if state.person_id is not None and (state.person_id, state.device_id) != (person_id, device_id):",
        "if state.person_id is None and state.next:",
    ),
    "whole_segment_judged": Bug(
        "r one bad event sets its whole segment aside",
        "xuetan.event_log.ingest",
        "    if permitted is None:\n        _quarantine",
        "    if permitted is not None and permitted.aside:\n"
        "        code, permitted = next(iter(permitted.aside.values())), None\n"
        "    if permitted is None:\n        _quarantine",
    ),
    "aside_told_once": Bug(
        "r set-aside codes only in the first answer",
        "xuetan.event_log.ingest",
        'return ["dup", known.set_aside] if known and known.set_aside else ["dup"]',
        'return ["dup"]',
    ),
    "asides_go_down": Bug(
        "r set-aside events are not blank on the way down",
        "xuetan.event_log.pull",
        "if blanks else text",
        "if not text else text",
    ),
    "ended_pair_forbidden": Bug(
        "r after a pair ended, what its mentor wrote is set aside",
        "xuetan.event_log.examine",
        "if not roles.ever & rules.writers.get(letter, frozenset()):",
        "if not roles.current & rules.writers.get(letter, frozenset()):",
    ),
    "server_filters_kinds": Bug(
        "r kinds that nobody here knows do not go down",
        "xuetan.event_log.examine",
        "        if rule is None:\n            continue\n",
        "        if rule is None:\n            aside.update(dict.fromkeys(members, KIND_NOT_PERMITTED))\n            continue\n",
    ),
    # Phone and server each count only what a request proved; both must forget it.
    "ack_server_next": Bug(
        "r `next` is where the server stands, not what the request proved",
        "xuetan.event_log.ingest",
        "            ledger.take(answer, header.first + header.n)\n",
        "            ledger.take(answer, max(state.next, before))\n",
    ),
    "another_proves": Bug(
        "page stream_of_another counts for `next`, and blocks nobody",
        "xuetan.event_log.ingest",
        "        if answer[-1] in (STREAM_OF_ANOTHER, DEVICE_REVOKED) or (push.carried and answer[0] in STOPS):\n"
        "            ledger.keep_aside(answer)\n",
        '        if answer[-1] in (STREAM_OF_ANOTHER, DEVICE_REVOKED):\n            ledger.take(["dup"], header.first + header.n)\n',
    ),
    # As the one below, and the phone takes them for its own because of their place.
    "elided_by_place": Bug(
        "page columns of the phone's own stream are never sent, wherever they stand",
        "xuetan.event_log.pull",
        "if stream == wanted.own_stream and first in wanted.proven_firsts and not released:",
        "if stream == wanted.own_stream:",
    ),
    "elide_own_streams": Bug(
        "page columns of the phone's own stream are never sent",
        "xuetan.event_log.pull",
        "if stream == wanted.own_stream and first in wanted.proven_firsts and not released:",
        "if stream == wanted.own_stream:",
    ),
    "hash_not_checked": Bug(
        "page damaged segments are stored",
        "xuetan.event_log.ingest",
        "    if not is_sealed(stream, header, body):\n",
        "    if not body:\n",
    ),
    "forbidden_blocks": Bug(
        "page a forbidden segment is refused instead of kept aside",
        "xuetan.event_log.ingest",
        "    if permitted is None:\n        _quarantine(run, push, segment, code)\n",
        "    if permitted is None:\n        raise QuarantineFullError\n        _quarantine(run, push, segment, code)\n",
    ),
    "role_does_not_release": Bug(
        "relay roles entered again take nothing back in",
        "xuetan.event_log.letting_in",
        "    looked = _look(run_in(session), scope, person_id, 0, now_ms)\n    if looked.let_in",
        "    looked = _Looked(0, 0, False)\n    if looked.let_in",
    ),
    "aside_not_kept": Bug(
        "page what is set aside is thrown away",
        "xuetan.event_log.ingest",
        "    _note_aside(run, push, segment, code, seq=header.first, n=header.n, body=segment.body)\n",
        '    _note_aside(run, push, segment, code, seq=header.first, n=header.n, body=b"")\n',
    ),
    "ended_roles_read_on": Bug(
        "page who had a role goes on reading",
        "xuetan.event_log.members",
        "LEFT JOIN log_follow f ON f.person_id = r.person_id AND f.ended_ms IS NULL\n",
        "LEFT JOIN log_follow f ON f.person_id = r.person_id\n",
    ),
    "anybody_reads": Bug(
        "page everybody follows what anybody follows",
        "xuetan.event_log.members",
        "LEFT JOIN log_follow f ON f.person_id = r.person_id AND f.ended_ms IS NULL\n",
        "LEFT JOIN log_follow f ON f.person_id <> '' AND f.ended_ms IS NULL\n",
    ),
    "answered_before_commit": Bug(
        "page an answer is given before its COMMIT is on the disk",
        "xuetan.event_log.writer",
        '            run("COMMIT")\n        except BaseException as error:\n',
        '            run("COMMIT")\n'
        "        except Exception:\n"
        '            if connection.in_transaction:\n                run("ROLLBACK")\n'
        "            return outcomes\n"
        "        except BaseException as error:\n",
    ),
    "other_epoch_taken": Bug(
        "page a request of another epoch is taken like any other, and the epoch not told",
        "xuetan.sync.service",
        "        if header.epoch != self._log.epoch:\n",
        "        if header.epoch is UNSET:\n",
    ),
    "too_long_forgives_kind": Bug(
        "page what is too long and of a kind that its writer may not write is let in like any long text",
        "xuetan.event_log.examine",
        "for index in members if aside.get(index) in (None, TOO_LARGE))",
        "for index in members if index not in aside)",
    ),
    "batch_forgets_streams": Bug(
        "page pushes that are written together do not move their streams on",
        "xuetan.event_log.batch",
        "            (SAVE_STREAM, self._new_streams.values()),\n",
        "",
    ),
    "batch_keeps_what_failed": Bug(
        "page a push that could not be written together leaves half of itself there",
        "xuetan.event_log.batch",
        "        for owner, key, old in reversed(self._undo):\n",
        "        for owner, key, old in self._undo[:0]:\n",
    ),
    "safe_is_next": Bug(
        "relay `safe` is said of what no backup holds",
        "xuetan.event_log.safety",
        "SELECT stream, person_id, safe FROM log_stream",
        "SELECT stream, person_id, next FROM log_stream",
    ),
    "release_new_identity": Bug(
        "r a released event gets a new identity",
        "xuetan.event_log.quarantine",
        "            key.stream,\n            kept.first,\n",
        "            key.hash,\n            kept.first,\n",
    ),
    "release_in_place": Bug(
        "r a release fills the old entry",
        "xuetan.event_log.quarantine",
        '    run(\n        """INSERT INTO log_entry',
        "    if not item.is_segment:\n"
        '        run("UPDATE log_entry SET set_aside = NULL WHERE stream = ? AND hash = ?", (key.stream, key.hash))\n'
        '        _settle(run, key, "released_ms = ?, released_by = ?", (now_ms, by))\n'
        "        return len(let_in)\n"
        '    run(\n        """INSERT INTO log_entry',
    ),
    "projected_twice": Bug(
        "page a projector forgets where it was, and what it makes is not idempotent",
        "xuetan.event_log.projectors",
        "            for batch in current:\n                _move_cursor(run, projector.name, batch)\n",
        "            for batch in current:\n                _move_cursor(run, projector.name, batch._replace(end=batch.end + 1))\n",
    ),
}

# Of hubs and of what they bring: noticed by worlds with hubs.
HUB_BUGS = {
    "relay_unsigned": Bug(
        "r what a hub is brought needs no signature of the device that it names",
        "xuetan.relay.answering",
        "    by = device.public_key if device is not None else header.by\n",
        "    by = header.by\n",
    ),
    # And the phone takes it: hub-bugs.ts.
    "pulls_from_other_epoch": Bug(
        "r a hub of another history tells what it has",
        "xuetan.relay.answering",
        "    return state.epoch is not None and question.epoch == state.epoch\n",
        "    return state.epoch is not None and question.epoch is not UNSET\n",
    ),
    "hub_shows_to_all": Bug(
        "relay a hub shows what it holds without asking for roles",
        "xuetan.relay.provisional",
        "    for _number, scope, _role in following.scopes:\n",
        "    for scope in event_log.read_mirrored_heads(session):\n",
    ),
    "provisional_unjudged": Bug(
        "relay a hub shows what the root would set aside",
        "xuetan.event_log.mirror",
        "    blanks = set(permitted.aside)\n",
        "    blanks: set[int] = set()\n",
    ),
    "hub_gives_once": Bug(
        "r what the old history had of a hub's transfers is not brought to the new one",
        "xuetan.relay.mirroring",
        "    session.exec(update(RelayTransfer).values(state=WAITING, try_after_ms=0, given_ms=None))\n",
        "",
    ),
    "relayed_gap_dropped": Bug(
        "relay what comes by hub behind a gap is not kept",
        "xuetan.event_log.ingest",
        '                _quarantine(run, push, left, GAP if place.verdict == "gap" else FORKED)\n',
        '                if place.verdict == "fork":\n                    _quarantine(run, push, left, FORKED)\n',
    ),
    "hub_lets_go_of_forks": Bug(
        "relay a hub lets go of a fork because the other history is in a backup",
        "xuetan.relay.holding",
        "    covered = given & ~exists().where(own, answer.is_(None) | answer.not_in(event_log.PLACED))\n",
        "    covered = given\n",
    ),
    "relayed_fork_dropped": Bug(
        "relay what comes by hub and is a fork is not kept",
        "xuetan.event_log.ingest",
        '                _quarantine(run, push, left, GAP if place.verdict == "gap" else FORKED)\n',
        '                if place.verdict == "gap":\n                    _quarantine(run, push, left, GAP)\n',
    ),
}
BUGS |= HUB_BUGS


@contextmanager
def seeded(name: str) -> Iterator[None]:
    """The server has this bug inside the block."""
    bug = BUGS[name]
    module = import_module(bug.module)
    changed = _changed(module, edited(bug))
    if not changed:
        raise AssertionError(f"the edit of {name} changes nothing")
    kept = [(owner, attribute, getattr(owner, attribute)) for owner, attribute, _ in changed]
    for owner, attribute, value in changed:
        setattr(owner, attribute, value)
    try:
        yield
    finally:
        for owner, attribute, value in kept:
            setattr(owner, attribute, value)


def edited(bug: Bug) -> str:
    """The source with the bug. AssertionError when its place is not there exactly once."""
    path = ROOT / "server" / f"{bug.module.replace('.', '/')}.py"
    source = path.read_text(encoding="utf-8")
    count = source.count(bug.right)
    assert count == 1, f"the place of a seeded bug in {bug.module} was found {count} times: {bug.right!r}"
    return source.replace(bug.right, bug.wrong)


def _changed(module: ModuleType, source: str) -> list[tuple[Any, str, Any]]:
    """What differs between a loaded module and its edited source: (owner, attribute, new value)."""
    fresh = ModuleType(module.__name__)
    fresh.__file__ = module.__file__
    sys.modules[module.__name__] = fresh
    try:
        exec(compile(source, str(module.__file__), "exec"), fresh.__dict__)
    finally:
        sys.modules[module.__name__] = module
    found: list[tuple[Any, str, Any]] = []
    for name, new in vars(fresh).items():
        old = getattr(module, name, None)
        if isinstance(new, FunctionType):
            found += _code_of(old, new)
        elif isinstance(new, type) and isinstance(old, type) and new.__module__ == module.__name__:
            for attribute, method in vars(new).items():
                found += _code_of(vars(old).get(attribute), method)
        elif (
            isinstance(new, str | int | tuple)
            and not name.startswith("__")
            and new != old
            and isinstance(old, type(new))
        ):
            found.append((module, name, new))
    return found


def _code_of(old: Any, new: Any) -> list[tuple[Any, str, Any]]:
    old, new = inspect.unwrap(old) if callable(old) else old, inspect.unwrap(new) if callable(new) else new
    if not isinstance(old, FunctionType) or not isinstance(new, FunctionType):
        return []
    if _without_lines(old.__code__) == _without_lines(new.__code__):
        return []
    return [(old, "__code__", new.__code__)]


def _without_lines(code: Any) -> Any:
    constants = tuple(_without_lines(one) if hasattr(one, "co_code") else one for one in code.co_consts)
    return code.co_code, constants, code.co_names, code.co_varnames
