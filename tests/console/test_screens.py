"""What the screens show: true figures, who needs a look, and why."""

from __future__ import annotations

from typing import Any

from tests.console.office import ENTRY_TEXT, OWN_TEXT, Office, soup, words
from tests.county_pack import SLUG
from tests.waiting import wait_until
from xuetan.accounts import service as accounts
from xuetan.accounts.service import OPERATOR


def row(page: Any, test_id: str, person_id: str) -> str:
    found = page.select_one(f'[data-testid="{test_id}"][data-person="{person_id}"]')
    assert found is not None, test_id
    return " ".join(found.get_text(" ").split())


def test_the_list_of_classes_counts_who_waits_and_who_is_silent(office: Office) -> None:
    page = soup(office.browser("trainer").get("/console/classes"))
    line = page.select_one(f'[data-testid="class-row"][data-class="{office.county.cohort_id}"]')
    assert line is not None
    text = " ".join(line.get_text(" ").split())
    assert "一班" in text and "村小同行" in text
    assert "1 位在等回复" in text
    assert "1 位没有动静" in text


def test_the_board_says_of_each_teacher_how_far_since_when_and_what_waits(office: Office) -> None:
    page = soup(office.browser("trainer").get(f"/console/classes/{office.county.cohort_id}"))
    teacher = row(page, "person-row", office.county.id_of("teacher"))
    third = row(page, "person-row", office.county.id_of("third"))
    assert "1 / 2" in teacher and "100%" in teacher and "3 天前" in teacher
    assert "等了 3 天" in teacher and "导师：mentor" in teacher
    assert "23 天没有消息" in third
    assert "手机里还有 2 条没送到" in third and "还没有导师" in third


def test_the_board_shows_the_wrong_choice_and_concludes_nothing_from_three_answers(office: Office) -> None:
    page = soup(office.browser("trainer").get(f"/console/classes/{office.county.cohort_id}"))
    folded = page.select_one('[data-testid="items-unsaid"]')
    assert folded is not None and not folded.has_attr("open")
    lines = [" ".join(one.get_text(" ").split()) for one in folded.select("li")]
    assert folded["data-count"] == str(len(lines))
    assert page.select_one("#questions ~ details table") is None
    single = next(line for line in lines if "问题 q-single" in line)
    assert "3 人答过" in single and "33%" not in single and "选项 c × 2" in single
    reflection = next(line for line in lines if "问题 q-reflection" in line)
    assert "容易误导" not in single + reflection


def test_each_chart_has_its_figures_beneath(office: Office) -> None:
    page = soup(office.browser("trainer").get(f"/console/classes/{office.county.cohort_id}"))
    for figure in page.select("figure.chart"):
        assert figure.find_next("details").select_one("table")  # type: ignore[union-attr]
        for bar in figure.select("svg.bars"):
            assert bar["role"] == "img" and bar["aria-label"]


def test_a_packs_page_has_prices_preflight_lessons_and_the_phone_beside(office: Office) -> None:
    answer = office.browser("trainer").get(f"/console/packs/{SLUG}?lesson=02-second&language=en")
    page = soup(answer)
    text = words(answer)
    assert "KB" in text and "2 课" in text and "9 题" in text
    frame = page.select_one("iframe")
    assert frame is not None
    assert frame["src"] == f"/console/packs/{SLUG}/preview/02-second?language=en"
    assert frame["title"]
    assert page.select_one("#preflight ~ table, #preflight ~ p")


def test_the_preview_lays_lesson_quiz_and_answers_open_and_runs_nothing(office: Office) -> None:
    answer = office.browser("trainer").get(f"/console/packs/{SLUG}/preview/01-first?language=zh-Hans")
    text = words(answer)
    assert "第一声铃" in text and "上课前先想好" in text and "明天试一试" in text
    assert "✓ 选项 a" in text and "12 分钟" in text and "左 1 → 右 1" in text and "复式教学" in text
    policy = answer.headers["content-security-policy"]
    assert "script-src" not in policy and "default-src 'none'" in policy and "sandbox" in policy
    browser = office.browser("trainer")
    assert browser.get(f"/console/packs/{SLUG}/preview/01-first?language=xx").status_code == 404
    assert browser.get(f"/console/packs/{SLUG}/preview/no-lesson").status_code == 404
    assert browser.get("/console/packs/no-pack/preview/01-first").status_code == 404


def test_people_are_found_by_name_school_and_role(office: Office) -> None:
    browser = office.browser("trainer")
    ids = {name: office.county.id_of(name) for name in ("teacher", "colleague", "mentor")}

    def found(query: str) -> set[str]:
        rows = soup(browser.get(f"/console/people?{query}")).select('[data-testid="person-row"]')
        shown = {str(one["data-person"]) for one in rows}
        return {name for name, person_id in ids.items() if person_id in shown}

    assert found("q=colleag") == {"colleague"}
    assert found("q=SCHOOL-1") == {"teacher"}
    assert found("role=mentor") == {"mentor"}
    assert found("role=nonsense") == set(ids)
    assert "没有找到" in words(browser.get("/console/people?q=nobody-like-that"))


def test_a_persons_page_tells_the_study_and_not_the_words(office: Office) -> None:
    person_id = office.county.id_of("teacher")
    answer = office.browser("trainer").get(f"/console/people/{person_id}")
    text = words(answer)
    for told in ("学完一课", "答了 2 题", "写了日志", "做完练习", "1 / 2", "1 / 1", "还没有回复", "自己写的"):
        assert told in text, told
    assert ENTRY_TEXT not in text and OWN_TEXT not in text
    page = soup(answer)
    links = [str(one["href"]) for one in page.select('a[href*="/entries/"]')]
    assert links == [f"/console/people/{person_id}/entries/{office.course_entry}"]


def test_phones_of_one_name_are_told_apart_by_when_each_spoke_last(office: Office) -> None:
    county = office.county
    person_id = county.id_of("third")
    county.write(lambda session: accounts.reset_pin(session, person_id, OPERATOR, services=county.services))
    page = soup(office.browser("trainer").get(f"/console/people/{person_id}"))
    (device,) = page.select("#devices ~ table tbody th")
    assert "最近联网" in device.get_text() and device.select_one("time")
    code = page.select_one('[data-testid="pin-code"]')
    assert code is not None and code.parent is not None
    assert "最近联网" in code.parent.get_text() and code.parent.select_one("time")


def test_a_build_is_named_by_its_packs_title(office: Office) -> None:
    browser = office.browser("trainer")
    build = soup(browser.get(f"/console/packs/builds/{office.build_id}"))
    heading = build.select_one("h1")
    listed = soup(browser.get("/console/packs")).select_one(f'a[href="/console/packs/builds/{office.build_id}"]')
    assert heading is not None and listed is not None
    title = listed.get_text().strip()
    assert title and title != SLUG
    assert heading.get_text().strip() == f"{title}，第 1 版"


def test_an_entry_says_that_its_reading_was_noted(office: Office) -> None:
    path = f"/console/people/{office.county.id_of('teacher')}/entries"
    answer = office.browser("trainer").get(f"{path}/{office.course_entry}")
    assert ENTRY_TEXT in words(answer)
    assert "系统都会记下" in words(answer)
    assert office.browser("trainer").get(f"{path}/{office.own_entry}").status_code == 403
    assert "谁打开过日志" in words(office.browser("trainer").get(path.removesuffix("/entries")))


def test_pairs_stand_in_the_order_of_need_with_the_reason_in_words(office: Office) -> None:
    page = soup(office.browser("trainer").get("/console/pairs"))
    assert "有日志等你看，等了 3 天" in row(page, "pair-row", office.county.id_of("teacher"))
    assert "先把时间排顺。" in row(page, "pair-row", office.county.id_of("teacher"))


def test_sync_health_names_what_never_arrived_and_who_never_spoke(office: Office) -> None:
    answer = office.browser("trainer").get("/console/sync")
    third = row(soup(answer), "sync-row", office.county.id_of("third"))
    assert "手机里还有 2 条没送到 3 天前起" in third
    assert "手机时钟差" not in third
    never = soup(answer).select("#never ~ ul li")
    assert any("mentor" in one.get_text() for one in never)


def test_sync_health_can_be_sorted_by_whoever_asks_and_tells_a_wrong_clock(office: Office) -> None:
    browser, county = office.browser("trainer"), office.county
    colleague = county.device_of("colleague")
    colleague.clock_offset_ms = -3 * 3_600_000
    office.clock.advance_ms(1_000)
    colleague.sync()

    def shown() -> Any:
        return soup(browser.get("/console/sync?order=contact"))

    # Nobody waits for a contact to be written.
    wait_until(lambda: "手机时钟差 3 小时" in shown().get_text(), 20, what="the contact is noted")

    def people(order: str) -> list[str]:
        rows = soup(browser.get(f"/console/sync?order={order}")).select('[data-testid="sync-row"]')
        return [str(one["data-person"]) for one in rows]

    everybody = set(people("need"))
    assert people("need")[0] == county.id_of("third"), "who has something missing comes first"
    assert people("contact")[-1] == county.id_of("colleague"), "who spoke last comes last"
    for order in ("name", "app", "no such column"):
        assert set(people(order)) == everybody

    assert [one.get_text() for one in shown().select("th[aria-sort]")] == ["最近联网"]
