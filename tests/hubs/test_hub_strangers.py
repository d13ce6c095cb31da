"""What hubs do not tell, do not believe and do not keep; and what the root does not tell a hub."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from tests.county import County
from tests.hubs.site import HubPhone, Site, TestLine, stored_lessons
from tests.security.routes import EVERYTHING_ELSE, routes_of
from tests.simulation.carrying import sign
from tests.simulation.events import lesson_opened, message_sent
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.contracts.limits import HUB_QUESTION_BYTES_MAX
from xuetan.contracts.sync import HubHolds, HubQuestion, HubSyncHeader
from xuetan.event_log import service as event_log
from xuetan.hubs import service as hubs
from xuetan.kernel.ids import new_id
from xuetan.kernel.signing import SigningKey
from xuetan.kernel.sql import run_in
from xuetan.mentoring import service as mentoring
from xuetan.relay import holding
from xuetan.relay.line import NoLineError
from xuetan.relay.mirroring import drop
from xuetan.relay.models import RelayTransfer
from xuetan.relay.state import get_state, hub_key
from xuetan.relay.upstream import RefusedError, Upstream
from xuetan.sync.hub_papers import certify, decode_hub_reply, encode_hub_sync, encode_question, is_certified

# ---- strangers at a hub


def test_a_phone_of_another_county_gives_and_gets_nothing_of_this_one(county: County, site: Site) -> None:
    teacher, stranger = HubPhone.of(county, "teacher"), HubPhone.of(county, "west-teacher")
    site.talk()
    teacher.write("ours")
    teacher.ask(site)
    stranger.write("theirs")
    answer = stranger.ask(site)
    assert answer.refused == "device_unknown"
    assert not isinstance(answer.entries, list) and not isinstance(answer.provisional, list)
    assert answer.statements == [] and not isinstance(answer.follow, list)
    # It is carried all the same: the root knows whose it is.
    assert [one.next for one in answer.held] == [1]
    site.talk()
    assert stored_lessons(county, "west-teacher") == ["theirs"]


def test_a_mentor_reads_no_teacher_at_a_hub_after_the_pair_has_ended(county: County, site: Site) -> None:
    teacher, mentor = HubPhone.of(county, "teacher"), HubPhone.of(county, "mentor")
    scope = teacher.device.own_scope
    site.talk()
    teacher.write("before")
    teacher.ask(site)
    mentor.ask(site)
    assert mentor.provisional_lessons() == ["before"]
    pair = county.read(lambda session: mentoring.list_pairs(session, OPERATOR))[0]
    county.write(lambda session: mentoring.end_pair(session, OPERATOR, pair.id, now_ms=county.now_ms))
    site.talk()
    teacher.write("after")
    teacher.ask(site)
    mentor.ask(site)
    assert scope not in mentor.device.scopes()
    assert mentor.provisional_lessons() == []
    # What the mentor wrote late is marked, not refused.
    mentor.device.record("message_sent/1", message_sent(), scope=scope)
    mentor.ask(site)
    teacher.ask(site)
    assert [entry["after"] for entry in teacher.provisional] == [True]


def test_a_revoked_device_reads_nothing_at_a_hub_and_what_it_gives_is_kept_for_the_operator(
    county: County, site: Site
) -> None:
    teacher, mentor = HubPhone.of(county, "teacher"), HubPhone.of(county, "mentor")
    county.write(
        lambda session: accounts.revoke_device(session, teacher.device.device_id, OPERATOR, services=county.services)
    )
    site.talk()
    teacher.write("too-late")
    answer = teacher.ask(site)
    assert answer.refused == "device_revoked"
    assert len(answer.held) == 1
    assert not isinstance(answer.entries, list) and not isinstance(answer.follow, list)
    mentor.ask(site)
    assert mentor.provisional_lessons() == []
    site.talk()
    assert stored_lessons(county, "teacher") == []
    aside = county.read(lambda session: event_log.list_set_aside(session, county.id_of("teacher")))
    assert [one.code for one in aside] == ["device_revoked"]


def test_who_never_had_a_role_puts_nothing_before_anybody(county: County, site: Site) -> None:
    teacher, colleague = HubPhone.of(county, "teacher"), HubPhone.of(county, "colleague")
    site.talk()
    colleague.device.record("lesson_opened/1", lesson_opened(lesson="planted"), scope=teacher.device.own_scope)
    colleague.ask(site)
    teacher.ask(site)
    assert teacher.provisional == []


def test_nobody_speaks_provisionally_under_the_stream_of_another(county: County, site: Site) -> None:
    teacher, colleague = HubPhone.of(county, "teacher"), HubPhone.of(county, "colleague")
    mentor = HubPhone.of(county, "mentor")
    county.pair("mentor", "colleague")
    site.talk()
    teacher.write("mine")
    teacher.ask(site)
    site.talk()
    colleague.device.streams[0].stream = teacher.device.stream.stream
    colleague.write("planted")
    colleague.ask(site)
    mentor.ask(site)
    assert mentor.provisional_lessons() == []
    site.talk()
    assert stored_lessons(county, "teacher") == ["mine"]


def test_a_device_that_the_hub_does_not_know_yet_is_forwarded_and_known_once_the_hub_has_a_line(
    county: County, site: Site
) -> None:
    mentor = HubPhone.of(county, "mentor")
    site.talk()
    teacher = HubPhone.of(county, "teacher")
    teacher.write("new-phone")
    assert teacher.ask(site).refused == "device_unknown"
    mentor.ask(site)
    assert mentor.provisional_lessons() == []
    site.talk()
    assert stored_lessons(county, "teacher") == ["new-phone"]
    answer = teacher.ask(site)
    assert not isinstance(answer.refused, str)
    assert [one.next for one in answer.statements] == [1]


def test_what_another_key_signed_in_a_devices_name_is_not_taken(county: County, site: Site) -> None:
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    teacher.write("forged")
    teacher.device.key = SigningKey.generate()
    response = site.client.post("/hub/1", content=teacher.question(site))
    assert (response.status_code, response.json()["code"]) == (422, "file_altered")


def test_a_transfer_of_another_device_inside_ones_own_question_is_not_held(county: County, site: Site) -> None:
    teacher, colleague = HubPhone.of(county, "teacher"), HubPhone.of(county, "colleague")
    site.talk()
    teacher.write("mine")
    teacher.device.stream.seal()
    stolen = sign(colleague.device, teacher.device.stream, teacher.device.stream.sealed)
    as_teachers = stolen._replace(
        transfer=msgspec.structs.replace(
            stolen.transfer, person=teacher.device.person_id, device=teacher.device.device_id
        )
    )
    answer = colleague.ask(site, carried=[as_teachers])
    assert (answer.held, answer.refused) == ([], "signature_wrong")
    with site.services.database.reading() as session:
        assert session.get(RelayTransfer, 1) is None


# ---- hubs that are none


def test_a_certificate_that_the_root_did_not_sign_is_believed_by_nobody(county: County, site: Site) -> None:
    root_key = county.services.keys.root.spki
    good = site.certificate
    assert is_certified(good, root_key)
    other = SigningKey.generate()
    assert not is_certified(msgspec.structs.replace(good, key=other.spki), root_key)
    assert not is_certified(msgspec.structs.replace(good, file_key=other.spki), root_key)
    assert not is_certified(msgspec.structs.replace(good, organisation=new_id()), root_key)
    assert not is_certified(msgspec.structs.replace(good, key="no key"), root_key)
    own = certify(
        other, hub=good.hub, name=good.name, organisation=good.organisation, key=good.key, file_key=good.file_key
    )
    assert not is_certified(own, root_key)


def test_a_hub_joins_no_root_but_the_one_that_answered_first(county: County, site: Site) -> None:
    class Impostor(TestLine):
        def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
            status, answer = super().post(path, body, headers)
            if path != "/hubs/1/sync":
                return status, answer
            reply, _bodies = decode_hub_reply(answer)
            reply.certificate.sig = SigningKey.generate().sign(b"something else")
            return status, encode_hub_sync(reply, [])  # type: ignore[arg-type]

    teacher = HubPhone.of(county, "teacher")
    site.talk()
    teacher.write("kept")
    teacher.ask(site)
    with pytest.raises(NoLineError):
        Upstream(site.services, Impostor(county.client)).exchange()
    with site.services.database.reading() as session:
        row = session.get(RelayTransfer, 1)
        assert row is not None and row.state == holding.WAITING


def test_a_code_makes_one_hub_and_a_wrong_one_makes_none(
    county: County, site: Site, make_site: Callable[[str], Site]
) -> None:
    made = county.write(
        lambda session: hubs.make_hub(
            session, county.places["west"], "west hub", actor=OPERATOR, services=county.services
        )
    )
    first, second = make_site("first"), make_site("second")
    first.upstream.enrol(made.code)
    first.upstream.enrol(made.code)
    with pytest.raises(RefusedError, match="wrong_code"):
        second.upstream.enrol(made.code)
    with pytest.raises(RefusedError, match="wrong_code"):
        second.upstream.enrol("00000-00000")
    listed = county.read(lambda session: hubs.list_hubs(session, OPERATOR))
    assert sum(one.enrolled_ms is not None for one in listed) == 2
    assert second.client.get("/hub/1/about").json().get("certificate") is None


def test_guessing_hub_codes_is_stopped_after_some_tries(county: County, make_site: Callable[[str], Site]) -> None:
    site = make_site("guessing")
    codes = [f"00000-0000{number % 10}" for number in range(20)]
    for code in codes:
        with pytest.raises(RefusedError, match="wrong_code"):
            site.upstream.enrol(code)
    with pytest.raises(RefusedError, match="too_many_attempts"):
        site.upstream.enrol(codes[0])


def test_a_revoked_hub_hears_nothing_more_and_phones_are_told(county: County, site: Site) -> None:
    teacher = HubPhone.of(county, "teacher")
    scope = f"o:{county.places['east']}"
    assert teacher.device.rows(scope, "hub")
    (hub,) = county.read(lambda session: hubs.list_hubs(session, OPERATOR))
    county.write(lambda session: hubs.revoke_hub(session, hub.id, OPERATOR, services=county.services))
    with pytest.raises(RefusedError):
        site.upstream.exchange()
    site.upstream._token = None
    with pytest.raises(RefusedError, match="hub_revoked"):
        site.upstream.exchange()
    teacher.device.sync()
    assert not teacher.device.rows(scope, "hub")


def test_staff_make_and_end_hubs_of_places_that_they_administer_alone(county: County, site: Site) -> None:
    (hub,) = county.read(lambda session: hubs.list_hubs(session, OPERATOR))
    for who in ("head", "west-trainer", "trainer"):
        actor = county.staff(who)
        with pytest.raises(Exception, match=r"forbidden|not_found"):
            county.write(lambda session, actor=actor: hubs.revoke_hub(session, hub.id, actor, services=county.services))
        with pytest.raises(Exception, match=r"forbidden|not_found"):
            county.write(
                lambda session, actor=actor: hubs.make_hub(
                    session, county.places["west"], "mine", actor=actor, services=county.services
                )
            )
    assert county.read(lambda session: hubs.list_hubs(session, county.staff("west-trainer"))) == []
    mayor = county.staff("mayor")
    assert [one.id for one in county.read(lambda session: hubs.list_hubs(session, mayor))] == [hub.id]


# ---- the root and a hub's reach


def test_a_hub_gets_nothing_beyond_its_place_whatever_it_names(
    county: County, make_site: Callable[[str], Site]
) -> None:
    west = HubPhone.of(county, "west-teacher")
    west.write("far-away")
    west.device.sync()
    teacher, colleague = HubPhone.of(county, "teacher"), HubPhone.of(county, "colleague")
    for phone in (teacher, colleague):
        phone.write("here")
        phone.device.sync()
    site = make_site("school")
    site.join(county, "east-school-1")
    site.talk()
    asked = [[f"u:{county.id_of(name)}", 0] for name in ("west-teacher", "colleague", "mentor")]
    header = HubSyncHeader(1, asked, [west.device.stream.stream], HubHolds(0, 0, 0), [])
    status, body = site.upstream._as_hub("/hubs/1/sync", encode_hub_sync(header, []))
    assert status == 200
    reply, _bodies = decode_hub_reply(body)
    others = {f"{letter}:{county.id_of(name)}" for letter in "up" for name in ("west-teacher", "colleague", "mentor")}
    assert isinstance(reply.entries, list) and isinstance(reply.reach, object)
    told = msgspec.json.encode(reply)
    assert not others & {one.scope for one in reply.entries}
    assert not others & set(reply.reach.scopes)  # type: ignore[union-attr]
    assert county.id_of("west-teacher").encode() not in told
    assert f"o:{county.places['west']}".encode() not in told
    # The mentor from outside is known by keys and follow list, for she reads and writes here.
    (mentor,) = [one for one in reply.reach.people if one.person == county.id_of("mentor")]  # type: ignore[union-attr]
    assert not mentor.inside
    assert {role[0] for role in reply.reach.roles if role[1] == mentor.person} <= {  # type: ignore[union-attr]
        f"u:{county.id_of('teacher')}",
        "pub",
        f"o:{county.places['east']}",
        f"o:{county.places['city']}",
        *(scope for scope in reply.reach.scopes if scope[0] in "cg"),  # type: ignore[union-attr]
    }


def test_without_a_token_the_root_reads_no_body_of_a_hub(county: County) -> None:
    for path in ("/hubs/1/sync", "/hubs/1/files"):
        for headers in ({}, {"authorization": "Bearer nothing"}):
            answer = county.client.post(path, content=b"x" * 100_000, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_required")
    for path, body in (("nonce", {"hub": new_id()}), ("session", {"hub": new_id(), "nonce": "n", "signature": "s"})):
        assert county.client.post(f"/hubs/1/{path}", json=body).status_code == 401


def test_a_token_of_a_phone_is_none_of_a_hub_and_the_other_way_round(county: County, site: Site) -> None:
    teacher = HubPhone.of(county, "teacher")
    phone = {"authorization": f"Bearer {teacher.device.token}"}
    assert county.client.post("/hubs/1/sync", content=b"", headers=phone).status_code == 401
    hub = {"authorization": f"Bearer {site.upstream._token}"}
    assert county.client.post("/sync/1", content=b"", headers=hub).status_code == 401
    assert county.client.post("/sync/1/files", content=b"", headers=hub).status_code == 401


def test_a_key_of_a_hub_that_signs_as_a_phone_does_opens_no_session(county: County, site: Site) -> None:
    hub = site.certificate.hub
    nonce = county.client.post("/hubs/1/nonce", json={"hub": hub}).json()["nonce"]
    signature = hub_key(site.services.keys).sign(b"xuetan-session/1\n" + nonce.encode())
    answer = county.client.post("/hubs/1/session", json={"hub": hub, "nonce": nonce, "signature": signature})
    assert answer.status_code == 401


# ---- bytes


def test_any_bytes_are_refused_in_words_and_change_nothing(county: County, site: Site) -> None:
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    teacher.write("whole")
    good = teacher.question(site)
    bad = [
        b"",
        b"x",
        b"xuetan-file/1\n",
        b"xuetan-file/9\n" + good[14:],
        good[:-1],
        good + b"x",
        good[: len(good) // 2],
    ]
    bad += [good[:index] + bytes([good[index] ^ 1]) + good[index + 1 :] for index in range(0, len(good), 97)]
    question = HubQuestion(1, "no nonce", 0, [], [])
    bad += [
        teacher.seal(site, b""),
        teacher.seal(site, b"\xff\xff\xff\xff{}"),
        teacher.seal(site, encode_question(question, [])),
        teacher.seal(site, encode_question(msgspec.structs.replace(question, nonce=new_id(), cur=[[1]]), [])),
        teacher.seal(site, encode_question(msgspec.structs.replace(question, nonce=new_id()), []), kind="transfers"),
        teacher.seal(site, encode_question(msgspec.structs.replace(question, nonce=new_id()), []), reply="no key"),
    ]
    for data in bad:
        response = site.client.post("/hub/1", content=data)
        assert 400 <= response.status_code < 500, (response.status_code, data[:40])
    response = site.client.post("/hub/1", content=b"x" * (HUB_QUESTION_BYTES_MAX + 1))
    assert (response.status_code, response.json()["code"]) == (413, "request_too_large")
    with site.services.database.reading() as session:
        assert session.get(RelayTransfer, 1) is None


def test_bodies_that_are_not_what_their_hashes_say_are_not_held(county: County, site: Site) -> None:
    teacher = HubPhone.of(county, "teacher")
    site.talk()
    teacher.write("whole")
    (carried,) = teacher._give(teacher.device.stream)
    damaged = carried._replace(bodies=[body[:-1] + b"x" for body in carried.bodies])
    answer = teacher.ask(site, carried=[damaged])
    assert (answer.held, answer.refused) == ([], "malformed_frame")
    assert teacher.ask(site).held


def test_strangers_together_and_each_device_have_their_measure(
    county: County, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher, stranger = HubPhone.of(county, "teacher"), HubPhone.of(county, "west-teacher")
    site.talk()
    monkeypatch.setattr(holding, "STRANGERS_BYTES_MAX", 450)
    stranger.write("one")
    assert stranger.ask(site).held
    stranger.write("two")
    answer = stranger.ask(site)
    assert answer.held == []
    monkeypatch.setattr(holding, "DEVICE_BYTES_MAX", 450)
    teacher.write("one")
    assert teacher.ask(site).held
    teacher.write("two")
    full = teacher.ask(site)
    assert (full.held, full.refused) == ([], "hub_full")
    # Room comes back with the line: what the root is safe with is let go, and nothing was lost meanwhile.
    monkeypatch.setattr(holding, "DEVICE_BYTES_MAX", 70_000)
    assert teacher.ask(site).held
    site.talk()
    assert stored_lessons(county, "teacher") == ["one", "two"]


def test_questions_of_one_address_have_a_limit(site: Site) -> None:
    codes = {site.client.post("/hub/1", content=b"x").status_code for _ in range(600)}
    assert codes == {400}
    assert site.client.post("/hub/1", content=b"x").status_code == 429


# ---- the hub as a server


def test_a_hub_is_no_root_and_no_console(site: Site) -> None:
    for method, path in (("POST", "/sync/1"), ("POST", "/api/1/enrol"), ("GET", "/console"), ("GET", "/packs/keyring")):
        assert site.client.request(method, path).status_code == 404
    for method, path in (("POST", "/hubs/1/enrol"), ("POST", "/hubs/1/sync"), ("GET", "/index.html")):
        assert site.client.request(method, path).status_code == 404


def test_every_address_of_a_hub_is_one_of_these(site: Site) -> None:
    """Open to anybody in the house: each of them tells names of hubs, numbers and times, or what only the asker can read."""
    assert routes_of(site.app) == {
        EVERYTHING_ELSE,
        ("GET", "/"),
        ("GET", "/api/openapi.json"),
        ("GET", "/healthz"),
        ("GET", "/hub/1/about"),
        ("GET", "/lite"),
        ("GET", "/metrics"),
        ("GET", "/people"),
        ("OPTIONS", "/hub/1"),
        ("OPTIONS", "/hub/1/about"),
        ("POST", "/hub/1"),
        ("POST", "/lite"),
    }


def test_every_page_may_ask_a_hub_and_is_told_so_before(site: Site) -> None:
    for path in ("/hub/1", "/hub/1/about"):
        asked = site.client.options(
            path,
            headers={
                "origin": "https://root.example",
                "access-control-request-method": "POST",
                "access-control-request-private-network": "true",
            },
        )
        assert asked.status_code == 204
        assert asked.headers["access-control-allow-origin"] == "*"
        assert asked.headers["access-control-allow-private-network"] == "true"
        assert "access-control-allow-credentials" not in asked.headers
    about = site.client.get("/hub/1/about", headers={"origin": "https://root.example"})
    assert about.headers["access-control-allow-origin"] == "*"


def test_before_it_has_joined_a_hub_takes_nothing(county: County, site: Site, make_site: Callable[[str], Site]) -> None:
    teacher = HubPhone.of(county, "teacher")
    response = make_site("new").client.post("/hub/1", content=teacher.question(site))
    assert (response.status_code, response.json()["code"]) == (503, "hub_not_ready")


def test_a_mirror_that_does_not_fit_is_made_anew_and_keeps_what_is_held(county: County, site: Site) -> None:
    teacher, mentor = HubPhone.of(county, "teacher"), HubPhone.of(county, "mentor")
    site.talk()
    teacher.write("held")
    teacher.ask(site)
    with site.services.database.transaction() as session:
        run_in(session)("UPDATE log_scope SET head = head - 1 WHERE scope = ?", (teacher.device.own_scope,))
    site.talk()
    mentor.ask(site)
    assert mentor.lessons(teacher.device.own_scope) == ["held"]
    with site.services.database.transaction() as session:
        drop(session, get_state(session))
    site.talk()
    assert stored_lessons(county, "teacher") == ["held"]
