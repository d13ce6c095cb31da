"""Which hubs are believed, by phones and by the root, and what the root does not tell a hub."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import msgspec
import pytest

from tests.county import County
from tests.hubs.hub_phone import HubPhone
from tests.hubs.site import Site, TestLine
from xuetan.accounts.service import OPERATOR
from xuetan.contracts.sync import HubHolds, HubSyncHeader
from xuetan.hubs import service as hubs
from xuetan.kernel.ids import new_id
from xuetan.kernel.signing import SigningKey
from xuetan.relay import holding
from xuetan.relay.line import NoLineError
from xuetan.relay.models import RelayTransfer
from xuetan.relay.state import hub_key
from xuetan.relay.upstream import RefusedError, Upstream
from xuetan.sync.hub_papers import certify, decode_hub_reply, encode_hub_sync, is_certified


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
    teacher, stranger = (HubPhone.of(county, name) for name in ("teacher", "west-mentor"))
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
    # Whoever was told of it by hand hears that its certificate is worth nothing any more.
    stranger.device.sync()
    assert [row["hub"] for row in stranger.device.rows("pub", "hub_revoked").values()] == [hub.id]


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
    for path in ("/hubs/1/sync", "/hubs/1/files", f"/hubs/1/files/{'0' * 64}"):
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


def test_the_root_says_which_answer_is_its_own(county: County, site: Site) -> None:
    frame = encode_hub_sync(HubSyncHeader(1, [], [], HubHolds(0, 0, 0), []), [])
    headers = {"authorization": f"Bearer {site.upstream._open_session()}"}
    answer = county.client.post("/hubs/1/sync", content=frame, headers=headers)
    assert answer.headers["xuetan-sha256"] == hashlib.sha256(answer.content).hexdigest()
