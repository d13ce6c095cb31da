"""Records of phones that nobody knows, as the operator sees and answers them."""

from __future__ import annotations

import pytest

from tests.console.office import Office, soup, words
from tests.simulation.carrying import give
from tests.simulation.device import DeviceSimulator
from tests.simulation.events import journal_saved
from xuetan.accounts import service as accounts
from xuetan.contracts.sync import FileHeader
from xuetan.kernel.ids import new_id
from xuetan.kernel.signing import SigningKey
from xuetan.sync.files import make_file
from xuetan.sync.frames import encode_transfers
from xuetan.sync.known_strangers import take_some
from xuetan.sync.transfers import take_transfers

PATH = "/console/sync/strangers"
TEXT = "备份之后写的这一段，只有中转站还有。"


def bring(office: Office, person_id: str) -> tuple[str, DeviceSimulator]:
    """What a hub brings of a phone that signed in after the backup; the address of its page."""
    county = office.county
    key = SigningKey.generate()
    phone = DeviceSimulator(county.client, person_id, "", new_id(), now_ms=lambda: county.now_ms, key=key)
    phone.record("journal_saved/1", journal_saved(TEXT))
    for count in range(60):
        phone.record("message_sent/1", {"message": f"{count:016}", "text": "在吗"}, scope=f"u:{new_id()}")
    carried = give(phone)
    for one in carried:
        one.transfer.by = key.spki
    take_transfers(county.services, carried)
    return f"{PATH}/{person_id}.{phone.device_id}.{key.key_id}", phone


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_operator_sees_whose_they_say_they_are_and_what_is_in_them(office: Office, language: str) -> None:
    name = office.someone()
    page, _ = bring(office, office.county.id_of(name))
    mayor = office.browser("mayor", language)
    assert soup(mayor.get("/console/sync")).select_one('[data-testid="strangers"]')
    listed = words(mayor.get(PATH))
    assert name in listed and TEXT not in listed
    shown = mayor.get(page)
    text = words(shown)
    assert TEXT in text and name in text and "61" in text
    assert ("还有 11 条没有显示" if language == "zh-Hans" else "11 more are not shown") in text
    assert len(soup(shown).select('[data-testid="stranger-event"]')) == 50
    assert "mayor" in words(mayor.get(page)), "who opened it is written down"
    mayor.post(f"{page}/throw-away")


def test_what_is_accepted_goes_into_the_persons_record_and_what_is_thrown_away_is_gone(office: Office) -> None:
    # Of a county of their own: this phone's contact would stand among those that other tests look at.
    name = "accepted"
    person_id = office.county.add(name, "west-school", "teacher").id
    page, phone = bring(office, person_id)
    mayor = office.browser("mayor")
    assert mayor.post(f"{page}/accept").headers["location"] == PATH
    assert name in words(mayor.get(PATH))
    assert phone.key is not None
    take_some(office.county.services, person_id, phone.key.key_id, 0)
    office.county.services.log.project_now()
    assert soup(mayor.get(page)).select_one('[data-testid="stranger-state"]')["data-state"] == "accepted"  # type: ignore[index]
    (device,) = office.county.read(
        lambda session: accounts.list_devices(session, office.county.staff("mayor"), person_id)
    )
    assert (device.name, device.records_only) == ("由管理员认领的手机", True)
    assert "没有在这里登录" in words(mayor.get(f"/console/people/{person_id}"))
    # No PIN code is read out for a phone that is lost.
    actor = office.county.staff("mayor")
    services = office.county.services
    office.county.write(lambda session: accounts.reset_pin(session, person_id, actor, services=services))
    codes = office.county.read(lambda session: accounts.pin_reset_codes(session, person_id, actor, services=services))
    assert codes == {}

    other, _ = bring(office, person_id)
    mayor.post(f"{other}/throw-away")
    gone = mayor.get(other)
    assert TEXT not in gone.text
    assert soup(gone).select_one('[data-testid="stranger-state"]')["data-state"] == "refused"  # type: ignore[index]


def test_whom_nobody_here_knows_cannot_be_accepted(office: Office) -> None:
    page, _ = bring(office, new_id())
    mayor = office.browser("mayor")
    shown = mayor.get(page)
    assert soup(shown).select_one('[data-testid="stranger-accept"]') is None
    assert mayor.post(f"{page}/accept").status_code == 404
    mayor.post(f"{page}/throw-away")


def test_a_person_whom_a_restore_forgot_is_added_again_and_gets_all_that_they_wrote(office: Office) -> None:
    county, person_id = office.county, new_id()
    page, phone = bring(office, person_id)
    mayor, trainer = office.browser("mayor"), office.browser("trainer")
    link = soup(mayor.get(page)).select_one('[data-testid="stranger-add-person"]')
    assert link is not None
    form = soup(mayor.get(str(link["href"]))).select_one("form.narrow")
    assert form is not None
    item = page.removeprefix(f"{PATH}/")
    typed = {"name": "赵小兰", "role": "teacher", "organisation": county.places["west"], "language": "zh-Hans"}
    # Whose id somebody has is the operator's word alone.
    assert trainer.post("/console/people/new", {**typed, "again": item}).status_code == 403
    assert mayor.post("/console/people/new", {**typed, "name": "", "again": item}).status_code == 422
    assert mayor.post("/console/people/new", {**typed, "again": item}).headers["location"].startswith(page)
    assert mayor.post("/console/people/new", {**typed, "again": item}).status_code == 422
    assert "是赵小兰的，收进记录" in words(mayor.get(page))
    # The phone signs in with a new slip: it is whose it was, and needs nobody's word.
    person = county.read(lambda session: accounts.describe_person(session, person_id))
    county.people["赵小兰"] = person
    assert phone.key is not None
    again = DeviceSimulator.enrol(county.client, county.code_of("赵小兰"), key=phone.key, now_ms=lambda: county.now_ms)
    assert again.person_id == person_id
    assert take_some(county.services, person_id, phone.key.key_id, 0) == 0
    county.services.log.project_now()
    assert soup(mayor.get(page)).select_one('[data-testid="stranger-state"]')["data-state"] == "known"  # type: ignore[index]


def test_all_that_names_nobody_here_is_thrown_away_by_one_press(office: Office) -> None:
    real, _ = bring(office, office.county.id_of(office.someone()))
    others = [bring(office, new_id())[0] for _ in range(2)]
    mayor = office.browser("mayor")
    assert soup(mayor.get(PATH)).select_one('[data-testid="strangers-throw"]')
    assert mayor.post(f"{PATH}/nobodys/throw-away").headers["location"] == PATH
    assert soup(mayor.get(PATH)).select_one('[data-testid="strangers-throw"]') is None
    states = [
        soup(mayor.get(one)).select_one('[data-testid="stranger-state"]')["data-state"] for one in [real, *others]
    ]  # type: ignore[index]
    assert states == ["open", "refused", "refused"]
    mayor.post(f"{real}/throw-away")


def test_a_desk_that_takes_in_a_file_of_theirs_is_told_that_it_waits(office: Office) -> None:
    county = office.county
    name = office.someone()
    key, reader = SigningKey.generate(), county.services.keys.files
    phone = DeviceSimulator(county.client, county.id_of(name), "", new_id(), now_ms=lambda: county.now_ms, key=key)
    phone.record("journal_saved/1", journal_saved(TEXT))
    header = FileHeader(1, "transfers", reader.key_id, phone.device_id, "李老师", 7, key.spki)
    data = make_file(header, encode_transfers(give(phone)), reader.spki, key)
    answer = office.browser("trainer").post(
        "/console/sync/file", {}, files={"file": ("copy.xtsync", data, "application/octet-stream")}
    )
    taken = soup(answer).select_one('[data-testid="file-taken"]')
    assert taken is not None
    text = " ".join(taken.get_text(" ").split())
    assert "李老师" in text and "还不认识写它的手机" in text
    assert taken.select_one('[data-testid="file-receipt"]') is None and name not in text
    mayor = office.browser("mayor")
    assert "李老师" in words(mayor.get(PATH))
    mayor.post(f"{PATH}/{phone.person_id}.{phone.device_id}.{key.key_id}/throw-away")
    answer = mayor.post("/console/sync/file", {}, files={"file": ("copy.xtsync", data, "application/octet-stream")})
    text = words(answer)
    assert "没有收下" in text and "已经丢弃" in text and "原样留着" not in text
    assert soup(answer).select_one('[data-testid="file-taken"] a[href="/console/sync/strangers"]')
