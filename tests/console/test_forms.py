"""Forms: what is right is done and said; what is wrong keeps every word that was typed and says where the fault is."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.console.office import PASSWORD, Office, soup, words
from tests.county_pack import SLUG, write_pack
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR
from xuetan.mentoring import service as mentoring
from xuetan.packs import service as packs
from xuetan.programmes import service as programmes

SMALL_PACK = Path(__file__).parent.parent / "data" / "small-pack"


def value(page: Any, name: str) -> str:
    """What a field shows: an input's value, the chosen option, a text area's text."""
    entry = page.select_one(f'[name="{name}"]')
    if entry.name == "select":
        chosen = entry.select_one("option[selected]") or entry.select_one("option")
        return str(chosen["value"])
    return str(entry.get_text() if entry.name == "textarea" else entry.get("value", ""))


def fault(page: Any, name: str) -> str:
    """What the page says is wrong with a field, found the way a screen reader finds it."""
    entry = page.select_one(f'[name="{name}"][aria-invalid="true"]')
    assert entry is not None, f"{name} is not marked"
    said = page.select_one(f"#{entry['aria-describedby']}")
    return str(said.get_text().strip())


def place(office: Office) -> str:
    return office.county.places["east-school-2"]


# ------------------------------------------------------------ giving a pack to a class


@pytest.mark.parametrize(
    ("due_day", "says"),
    [("2026-13-40", "请按 2026-11-30 的样子写日期。"), ("next week", "请按"), ("2020-01-01", "这一天已经过去了。")],
)
def test_a_day_that_is_none_keeps_note_and_class(office: Office, due_day: str, says: str) -> None:
    form = {"cohort": office.county.cohort_id, "due_day": due_day, "note": "写给老师们的 <话>"}
    answer = office.browser("trainer").post(f"/console/packs/{SLUG}/publish", form)
    page = soup(answer)
    assert answer.status_code == 422
    assert {name: value(page, name) for name in form} == form
    assert fault(page, "due_day").startswith(says)


def test_a_pack_is_not_given_to_a_class_that_is_not_ones_own(office: Office) -> None:
    form = {"cohort": "A" * 22, "due_day": "", "note": "话"}
    answer = office.browser("trainer").post(f"/console/packs/{SLUG}/publish", form)
    page = soup(answer)
    assert answer.status_code == 422
    assert value(page, "note") == "话"
    assert fault(page, "cohort") == "这一项已经不在了，请重新选。"


def test_giving_a_pack_is_told_once(office: Office) -> None:
    browser = office.browser("trainer")
    form = {"cohort": office.county.cohort_id, "due_day": "2026-12-24", "note": "先看第一课。"}
    answer = browser.post(f"/console/packs/{SLUG}/publish", form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/console/packs/{SLUG}")
    first, second = soup(browser.get(f"/console/packs/{SLUG}")), soup(browser.get(f"/console/packs/{SLUG}"))
    notice = first.select_one('[data-testid="notice"][role="status"]')
    assert notice is not None and notice.get_text().startswith("已布置给“一班”")
    assert second.select_one('[data-testid="notice"]') is None


def test_a_pack_is_opened_to_everybody_by_who_stands_at_the_root_alone(office: Office) -> None:
    assert office.browser("trainer").post(f"/console/packs/{SLUG}/open").status_code == 403
    page = soup(office.browser("trainer").get(f"/console/packs/{SLUG}"))
    assert page.select_one(f'form[action="/console/packs/{SLUG}/open"]') is None
    assert office.browser("mayor").post(f"/console/packs/{SLUG}/open").status_code == 303
    assert office.county.read(programmes.list_open_packs) == [SLUG]


# ------------------------------------------------------------ building


def test_a_folder_is_built_and_a_stranger_folder_is_not(office: Office) -> None:
    write_pack(office.sources / "another-pack", slug="another-pack")
    browser = office.browser("trainer")
    answer = browser.post("/console/packs/build", {"folder": "another-pack"})
    assert answer.status_code == 303
    build_id = answer.headers["location"].rsplit("/", 1)[1]
    build = office.county.read(lambda session: packs.get_build(session, OPERATOR, build_id))
    assert (build.slug, build.state) == ("another-pack", "checked")
    page = soup(browser.get(answer.headers["location"]))
    begin = page.select_one('[data-testid="begin-form"]')
    assert begin is not None and page.select_one("#progress") is None
    assert browser.post(str(begin["action"])).status_code == 303
    build = office.county.read(lambda session: packs.get_build(session, OPERATOR, build_id))
    assert build.state == "waiting"
    for folder in ("../sources", "/etc", "no-such-folder"):
        assert browser.post("/console/packs/build", {"folder": folder}).status_code == 404
    assert browser.post("/console/packs/build", {}).status_code == 422


def test_what_was_checked_is_seen_as_a_phone_will_show_it_before_anything_is_published(office: Office) -> None:
    shutil.copytree(SMALL_PACK, office.sources / "small-pack")
    browser = office.browser("trainer")
    address = browser.post("/console/packs/build", {"folder": "small-pack"}).headers["location"]
    chosen = soup(browser.get(f"{address}?lesson=02-ash&language=en")).select_one("#preview iframe")
    assert chosen is not None and chosen["src"] == f"{address}/preview/02-ash?language=en"
    frame = browser.get(f"{address}/preview/01-stove?language=zh-Hans")
    picture = soup(frame).select_one("main img")
    assert picture is not None and str(picture["src"]).startswith("data:image/svg+xml;base64,")
    assert "img-src data:" in frame.headers["content-security-policy"]
    assert len(soup(frame).select(".questions > li")) == len(soup(frame).select(".stem")) > 0
    assert browser.get(f"{address}/preview/no-such-lesson").status_code == 404
    assert browser.get(f"{address}/preview/01-stove?language=fr").status_code == 404
    assert "small-pack" not in {view.slug for view in office.county.read(lambda s: packs.list_packs(s, OPERATOR))}
    assert browser.post(f"{address}/begin").status_code == 303
    assert browser.get(f"{address}/preview/01-stove").status_code == 404


def test_an_archive_with_a_fault_is_told_line_by_line_and_nothing_is_built(office: Office) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("pack.toml", "format = 'xuetan-source/1'\nslug = 3\n")
    before = office.county.read(lambda session: len(packs.list_builds(session, OPERATOR)))
    files = {"archive": ("pack.zip", archive.getvalue(), "application/zip")}
    answer = office.browser("trainer").post("/console/packs/build", files=files)
    assert answer.status_code == 422
    assert "pack.toml" in words(answer)
    assert office.county.read(lambda session: len(packs.list_builds(session, OPERATOR))) == before


def test_a_source_that_is_published_already_is_not_offered_for_publication(office: Office) -> None:
    browser = office.browser("trainer")
    answer = browser.post("/console/packs/build", {"folder": SLUG})
    page = browser.get(answer.headers["location"])
    assert "没有要发布的" in words(page)
    assert soup(page).select_one('[data-testid="begin-form"]') is None


def test_nothing_chosen_is_said_beside_the_field_that_was_left_empty(office: Office) -> None:
    page = soup(office.browser("trainer").post("/console/packs/build", {"by": "archive"}))
    assert page.select_one("#fault-archive") is not None and page.select_one("#fault-folder") is None


def test_a_build_that_runs_is_asked_about_again_and_one_that_ended_is_not(office: Office) -> None:
    browser = office.browser("trainer")
    write_pack(office.sources / "third-pack", slug="third-pack")
    page_of = browser.post("/console/packs/build", {"folder": "third-pack"}).headers["location"]
    browser.post(f"{page_of}/begin")
    running = soup(browser.get(f"{page_of}/progress")).select_one("#progress")
    assert running is not None and running["hx-get"] == f"{page_of}/progress"
    ended = soup(browser.get(f"/console/packs/builds/{office.build_id}/progress")).select_one("#progress")
    assert ended is not None and not ended.has_attr("hx-get")


# ------------------------------------------------------------ classes


def test_a_class_without_a_name_keeps_what_was_typed(office: Office) -> None:
    form = {
        "name": "",
        "name_en": "Class 3",
        "programme": "new",
        "programme_name": "新项目",
        "organisation": place(office),
    }
    answer = office.browser("trainer").post("/console/classes/new", form)
    page = soup(answer)
    assert answer.status_code == 422
    assert {name: value(page, name) for name in form} == form
    assert fault(page, "name") == "这里还没有填。"


@pytest.mark.parametrize("faulty", ["programme", "organisation", "programme_name"])
def test_a_new_class_needs_a_programme_that_is_there_or_whole(office: Office, faulty: str) -> None:
    form = {"name": "三班", "programme": "new", "programme_name": "新项目", "organisation": place(office), faulty: ""}
    page = soup(office.browser("trainer").post("/console/classes/new", form))
    assert fault(page, faulty)
    assert value(page, "name") == "三班"


def test_a_new_class_is_there_and_people_come_and_go(office: Office) -> None:
    browser, name = office.browser("trainer"), office.someone()
    form = {"name": "四班", "programme": "new", "programme_name": "另一个项目", "organisation": place(office)}
    path = browser.post("/console/classes/new", form).headers["location"]
    person_id = office.county.id_of(name)
    assert browser.post(f"{path}/members", {"person": f"member:{person_id}"}).status_code == 303
    assert name in words(browser.get(path))
    assert browser.post(f"{path}/members/{person_id}/remove", {"role": "member"}).status_code == 303
    row = soup(browser.get(path)).select_one(f'[data-testid="person-row"][data-person="{person_id}"]')
    assert row is None


@pytest.mark.parametrize("person", ["", "member", "owner:{}", "trainer:{}"])
def test_nobody_joins_a_class_as_what_they_are_not(office: Office, person: str) -> None:
    teacher = office.county.id_of(office.someone())
    path = f"/console/classes/{office.county.cohort_id}/members"
    assert office.browser("trainer").post(path, {"person": person.format(teacher)}).status_code in (403, 404, 422)


# ------------------------------------------------------------ people


@pytest.mark.parametrize(
    ("faulty", "given"), [("name", ""), ("name", "很" * 61), ("organisation", "A" * 22), ("role", "owner")]
)
def test_a_person_with_a_fault_keeps_what_was_typed(office: Office, faulty: str, given: str) -> None:
    form = {
        "name": "新来的老师",
        "role": "mentor",
        "organisation": place(office),
        "language": "en",
        faulty: given,
    }
    answer = office.browser("trainer").post("/console/people/new", form)
    page = soup(answer)
    assert answer.status_code == 422
    assert fault(page, faulty)
    kept = {name: text for name, text in form.items() if name != faulty or name == "name"}
    assert {name: value(page, name) for name in kept} == kept


def test_a_trainer_adds_a_teacher_and_no_administrator(office: Office) -> None:
    browser = office.browser("trainer")
    form = {"name": "赵老师", "role": "teacher", "organisation": place(office), "language": "zh-Hans"}
    answer = browser.post("/console/people/new", form)
    assert answer.status_code == 303
    assert "赵老师" in words(browser.get(answer.headers["location"]))
    assert browser.post("/console/people/new", {**form, "role": "administrator"}).status_code == 422


def test_a_slip_holds_the_code_and_its_qr_and_is_the_same_the_second_time(office: Office) -> None:
    browser, person_id = office.browser("trainer"), office.county.id_of(office.someone())
    first, second = (browser.post("/console/people/slips", {"person": person_id}) for _ in range(2))
    codes = [one.get_text() for answer in (first, second) for one in soup(answer).select('[data-testid="slip-code"]')]
    assert len(codes) == 2 and codes[0] == codes[1] and len(codes[0]) == 11
    assert soup(first).select_one(f'[data-person="{person_id}"] svg path')
    assert first.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("chosen", [[], [f"{number:022d}" for number in range(101)]])
def test_slips_are_printed_for_some_and_not_for_none_or_all_the_world(office: Office, chosen: list[str]) -> None:
    assert office.browser("trainer").post("/console/people/slips", {"person": chosen}).status_code == 422


def test_slips_leave_out_whose_role_reaches_further_and_say_so(office: Office) -> None:
    browser, teacher, head = office.browser("trainer"), office.someone(), office.county.id_of("head")
    answer = browser.post("/console/people/slips", {"person": [office.county.id_of(teacher), head]})
    assert answer.status_code == 200
    assert len(soup(answer).select('[data-testid="slip-code"]')) == 1
    assert "head的身份超出您的权限" in words(answer)
    assert browser.post("/console/people/slips", {"person": head}).status_code == 403


def test_forms_offer_only_what_the_actor_can_do(office: Office) -> None:
    def offered(name: str) -> list[str]:
        page = soup(office.browser(name).get("/console/people/new"))
        return [str(one["value"]) for one in page.select('[name="role"] option')]

    assert offered("trainer") == ["teacher", "mentor"]
    assert offered("mayor") == ["teacher", "mentor", "trainer", "administrator"]
    head = f"/console/people/{office.county.id_of('head')}"
    assert "/end" not in office.browser("trainer").get(head).text
    assert "/end" in office.browser("mayor").get(head).text


def test_a_code_is_renewed_and_withdrawn(office: Office) -> None:
    browser, name = office.browser("trainer"), office.someone()
    person_id, first = office.county.id_of(name), office.county.code_of(name)
    assert browser.post(f"/console/people/{person_id}/code/renew").status_code == 303
    assert office.county.code_of(name) != first
    assert browser.post(f"/console/people/{person_id}/code/revoke").status_code == 303
    found = office.county.read(
        lambda session: accounts.find_sign_in_code(session, person_id, OPERATOR, services=office.county.services)
    )
    assert found is None
    assert "没有" in words(browser.get(f"/console/people/{person_id}"))


def test_a_phone_is_revoked_only_from_the_page_of_its_person(office: Office) -> None:
    browser, name, other = office.browser("trainer"), office.someone(), office.someone()
    phone = office.county.device_of(name)
    path = f"/devices/{phone.device_id}/revoke"
    assert browser.post(f"/console/people/{office.county.id_of(other)}{path}").status_code == 404
    assert browser.post(f"/console/people/{phone.person_id}{path}").status_code == 303
    assert "停用" in words(browser.get(f"/console/people/{phone.person_id}"))


@pytest.mark.parametrize(
    ("name", "password", "faulty"), [("new-name", "short", "password"), ("mayor", PASSWORD, "sign_in_name")]
)
def test_an_account_with_a_fault_keeps_the_name_and_never_the_password(
    office: Office, name: str, password: str, faulty: str
) -> None:
    person_id = office.county.id_of(office.someone("trainer"))
    form = {"sign_in_name": name, "password": password}
    answer = office.browser("mayor").post(f"/console/people/{person_id}/password", form)
    page = soup(answer)
    assert answer.status_code == 422
    assert value(page, "sign_in_name") == name
    assert password not in answer.text
    assert fault(page, faulty)


def test_a_role_is_given_and_ended(office: Office) -> None:
    browser, person_id = office.browser("trainer"), office.county.id_of(office.someone())
    form = {"role": "mentor", "organisation": place(office)}
    assert browser.post(f"/console/people/{person_id}/roles", form).status_code == 303
    grants = office.county.read(lambda session: accounts.list_grants(session, OPERATOR, person_id))
    mentor = next(one for one in grants if one.role == "mentor")
    elsewhere = office.county.id_of(office.someone())
    assert browser.post(f"/console/people/{elsewhere}/roles/{mentor.id}/end").status_code == 404
    assert browser.post(f"/console/people/{person_id}/roles/{mentor.id}/end").status_code == 303
    assert browser.post(f"/console/people/{person_id}/roles", {**form, "role": "trainer"}).status_code == 403


# ------------------------------------------------------------ pairs


@pytest.mark.parametrize("faulty", ["mentor", "teacher"])
def test_a_pair_with_a_fault_keeps_the_goals(office: Office, faulty: str) -> None:
    form = {"mentor": office.county.id_of("mentor"), "teacher": office.county.id_of("colleague"), "goals": "一起看课"}
    answer = office.browser("trainer").post("/console/pairs", {**form, faulty: "A" * 22})
    page = soup(answer)
    assert answer.status_code == 422
    assert value(page, "goals") == "一起看课"
    assert fault(page, faulty)


def test_a_pair_is_made_once_and_ended(office: Office) -> None:
    browser, name = office.browser("trainer"), office.someone()
    form = {"mentor": office.county.id_of("mentor"), "teacher": office.county.id_of(name), "goals": "看课"}
    assert browser.post("/console/pairs", form).status_code == 303
    again = browser.post("/console/pairs", form)
    assert again.status_code == 422
    assert fault(soup(again), "teacher") == "这两位已经结对。"
    pairs = office.county.read(lambda session: mentoring.list_pairs(session, OPERATOR, active_only=True))
    pair = next(one for one in pairs if one.teacher.name == name)
    assert browser.post(f"/console/pairs/{pair.id}/end").status_code == 303
    row = soup(browser.get("/console/pairs")).select_one(f'[data-testid="pair-row"][data-person="{form["teacher"]}"]')
    assert row is None
