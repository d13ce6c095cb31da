"""Classes, enrolment, and what a class is given."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.county import County
from tests.county_pack import SLUG, write_pack
from xuetan.accounts.service import OPERATOR
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.errors import ForbiddenError, InvalidRequestError, NotFoundError
from xuetan.programmes import service as programmes
from xuetan.programmes.events import PackAssigned, PackUpdated
from xuetan.programmes.rules import is_day, may_join_as


def assign(county: County, *, slug: str = SLUG, **more: Any) -> programmes.AssignmentView:
    return county.write(
        lambda session: programmes.assign_pack(
            session, county.staff("trainer"), county.cohort_id, slug, now_ms=county.now_ms, **more
        )
    )


def test_a_class_reaches_its_members_phones(county: County) -> None:
    phone = county.device_of("teacher")
    phone.sync()
    cohort = phone.rows(f"c:{county.cohort_id}", "cohort")["cohort", county.cohort_id]
    assert cohort == {"cohort": county.cohort_id, "name": {"zh-Hans": "一班"}, "programme": {"zh-Hans": "村小同行"}}
    assert [scope[:2] for scope in sorted(phone.scopes())].count("g:") == 1


def test_a_pack_that_is_assigned_reaches_every_member_with_card_and_day(county: County) -> None:
    told: list[PackAssigned] = []
    county.services.database.handlers.register(PackAssigned, lambda _session, event: told.append(event))
    view = assign(county, due_day="2026-12-01", note=" 先读第一课 ")
    phone = county.device_of("colleague")
    phone.sync()
    scope = f"c:{county.cohort_id}"
    card = phone.rows(scope, "pack")["pack", SLUG]
    assert (card["version"], card["title"]["en"], card["lessons"]) == (1, "Two grades, one room", 2)
    assert phone.rows(scope, "assignment")["assignment", SLUG] == {
        "slug": SLUG,
        "version": 1,
        "assigned_ms": county.now_ms,
        "due_day": "2026-12-01",
        "by_name": "trainer",
        "note": "先读第一课",
    }
    assert (view.version, view.due_day) == (1, "2026-12-01")
    assert [set(event.person_ids) for event in told] == [{county.id_of("teacher"), county.id_of("colleague")}]
    assert told[0].by_name == "trainer"


def test_assigning_again_changes_the_day_and_tells_nobody_twice(county: County) -> None:
    told: list[PackAssigned] = []
    county.services.database.handlers.register(PackAssigned, lambda _session, event: told.append(event))
    assign(county, due_day="2026-12-01")
    assign(county, due_day="2026-12-08")
    phone = county.device_of("teacher")
    phone.sync()
    assert phone.rows(f"c:{county.cohort_id}", "assignment")["assignment", SLUG]["due_day"] == "2026-12-08"
    assert len(told) == 1
    assert len(county.read(lambda s: programmes.list_assignments(s, county.staff("trainer"), county.cohort_id))) == 1


def test_a_new_version_reaches_the_classes_that_have_the_pack(county: County, tmp_path: Path) -> None:
    told: list[PackUpdated] = []
    county.services.database.handlers.register(PackUpdated, lambda _session, event: told.append(event))
    assign(county)
    county.write(lambda session: programmes.open_pack(session, county.staff("mayor"), SLUG, now_ms=county.now_ms))
    county.publish(write_pack(tmp_path / "v2", version=2, single_right="b"))
    phone = county.device_of("teacher")
    phone.sync()
    assert phone.rows(f"c:{county.cohort_id}", "pack")["pack", SLUG]["version"] == 2
    assert phone.rows("pub", "pack")["pack", SLUG]["version"] == 2
    assert [(event.version, len(event.person_ids)) for event in told] == [(2, 2)]


def test_an_older_card_never_follows_a_newer_one(county: County, tmp_path: Path) -> None:
    assign(county)
    # It is there for every version: to who comes later only the newest goes down.
    phone = county.device_of("teacher")
    phone.sync()
    county.publish(write_pack(tmp_path / "v2", version=2, single_right="b"))
    for _ in range(2):
        county.write(lambda session: programmes.refresh_pack_rows(session, SLUG, now_ms=county.now_ms))
        phone.sync()
    versions = [entry["b"]["version"] for _, entry in sorted(phone.entries.items()) if entry.get("k") == "pack"]
    assert versions == [1, 2]


def test_an_open_pack_reaches_everybody(county: County) -> None:
    county.write(lambda session: programmes.open_pack(session, county.staff("mayor"), SLUG, now_ms=county.now_ms))
    phone = county.device_of("west-teacher")
    phone.sync()
    assert phone.rows("pub", "pack")["pack", SLUG]["slug"] == SLUG
    assert county.read(programmes.list_open_packs) == [SLUG]


@pytest.mark.parametrize("who", ["trainer", "head", "west-trainer"])
def test_only_staff_of_the_whole_installation_open_a_pack_to_everybody(county: County, who: str) -> None:
    with pytest.raises(ForbiddenError):
        county.write(lambda session: programmes.open_pack(session, county.staff(who), SLUG, now_ms=1))


def test_a_class_is_not_read_by_who_is_not_in_it(county: County) -> None:
    assign(county)
    phone = county.device_of("west-teacher")
    phone.sync()
    assert f"c:{county.cohort_id}" not in phone.scopes()
    assert not phone.rows(f"c:{county.cohort_id}")


def _stranger_calls(county: County) -> dict[str, Callable[[Any], object]]:
    stranger, cohort, person = county.staff("west-trainer"), county.cohort_id, county.id_of("west-teacher")
    member = county.id_of("teacher")
    programme = county.read(lambda s: programmes.list_programmes(s, OPERATOR))[0].id
    return {
        "create_programme": lambda s: programmes.create_programme(
            s, stranger, county.places["east"], {"en": "x"}, now_ms=1
        ),
        "create_cohort": lambda s: programmes.create_cohort(s, stranger, programme, {"en": "x"}, now_ms=1),
        "enrol_person": lambda s: programmes.enrol_person(s, stranger, cohort, person, "member", now_ms=1),
        "remove_person": lambda s: programmes.remove_person(s, stranger, cohort, member, "member", now_ms=1),
        "get_cohort": lambda s: programmes.get_cohort(s, stranger, cohort),
        "list_members": lambda s: programmes.list_members(s, stranger, cohort),
        "list_assignments": lambda s: programmes.list_assignments(s, stranger, cohort),
        "assign_pack": lambda s: programmes.assign_pack(s, stranger, cohort, SLUG, now_ms=1),
    }


def test_for_a_stranger_there_is_no_such_class(county: County) -> None:
    for name, call in _stranger_calls(county).items():
        with pytest.raises(NotFoundError):
            county.write(call)
            pytest.fail(name)
    stranger = county.staff("west-trainer")
    assert county.read(lambda s: programmes.list_cohorts(s, stranger)) == []
    assert county.read(lambda s: programmes.list_programmes(s, stranger)) == []
    assert county.read(lambda s: programmes.list_cohorts_of(s, stranger, county.id_of("teacher"))) == []


def test_a_trainer_enrols_only_people_of_their_own_subtree(county: County) -> None:
    with pytest.raises(NotFoundError):
        county.write(
            lambda session: programmes.enrol_person(
                session, county.staff("trainer"), county.cohort_id, county.id_of("west-teacher"), "member", now_ms=1
            )
        )


def test_members_from_elsewhere_are_not_shown_beyond_the_subtree(county: County) -> None:
    county.enrol("west-teacher")
    seen = county.read(lambda s: programmes.list_members(s, county.staff("trainer"), county.cohort_id))
    assert {member.person.name for member in seen} == {"teacher", "colleague"}
    everybody = county.read(lambda s: programmes.list_members(s, county.staff("mayor"), county.cohort_id))
    assert len(everybody) == 3


def test_the_class_says_how_many_it_has(county: County) -> None:
    county.enrol("mentor", "mentor")
    cohort = county.read(lambda s: programmes.list_cohorts(s, county.staff("trainer")))[0]
    assert (cohort.id, cohort.members) == (county.cohort_id, 2)
    assert county.read(lambda s: programmes.get_cohort(s, county.staff("trainer"), cohort.id)) == cohort


def test_who_leaves_a_class_reads_it_no_more_and_may_come_back(county: County, clock: FixedClock) -> None:
    assign(county)
    phone, scope = county.device_of("teacher"), f"c:{county.cohort_id}"
    phone.sync()
    assert phone.rows(scope)
    for _ in range(2):
        county.write(
            lambda session: programmes.remove_person(
                session, OPERATOR, county.cohort_id, county.id_of("teacher"), "member", now_ms=county.now_ms
            )
        )
    phone.sync()
    assert not phone.rows(scope)
    assert not [one for one in phone.scopes() if one.startswith(("c:", "g:"))]
    clock.advance_ms(1)
    county.enrol("teacher")
    phone.sync()
    assert phone.rows(scope)


def test_leaving_one_of_two_classes_keeps_the_programme(county: County) -> None:
    programme = county.read(lambda s: programmes.list_programmes(s, OPERATOR))[0]
    first = county.cohort_id
    second = county.write(
        lambda s: programmes.create_cohort(s, county.staff("trainer"), programme.id, {"zh-Hans": "二班"}, now_ms=1)
    )
    county.cohort_id = second.id
    county.enrol("teacher")
    county.write(
        lambda s: programmes.remove_person(s, OPERATOR, first, county.id_of("teacher"), "member", now_ms=county.now_ms)
    )
    phone = county.device_of("teacher")
    phone.sync()
    assert {f"c:{second.id}", f"g:{programme.id}"} <= phone.scopes()
    assert f"c:{first}" not in phone.scopes()


def test_nobody_joins_as_what_they_are_not(county: County) -> None:
    for who, role in (("teacher", "mentor"), ("teacher", "trainer"), ("mentor", "member"), ("teacher", "owner")):
        with pytest.raises(ForbiddenError):
            county.enrol(who, role)


@pytest.mark.parametrize("due_day", ["2026-2-1", "2026-02-30", "tomorrow", "", "２０２６-01-01", "2026-01-01T00:00"])
def test_a_day_is_a_day_of_the_calendar(county: County, due_day: str) -> None:
    assert not is_day(due_day)
    with pytest.raises(InvalidRequestError):
        assign(county, due_day=due_day)


def test_a_pack_that_is_not_published_is_not_assigned(county: County) -> None:
    with pytest.raises(NotFoundError):
        assign(county, slug="no-such-pack")


@pytest.mark.parametrize("name", [{}, {"en": ""}, {"en": "x" * 81}, {"zh-Hans": "好", "en": " "}])
def test_a_class_has_a_name(county: County, name: dict[str, str]) -> None:
    with pytest.raises(InvalidRequestError):
        county.write(
            lambda session: programmes.create_programme(session, OPERATOR, county.places["east"], name, now_ms=1)
        )


def test_joining_needs_the_role_that_one_has_elsewhere() -> None:
    assert may_join_as("member", {"teacher"})
    assert not may_join_as("member", set())
    assert not may_join_as("owner", {"teacher", "mentor", "trainer", "administrator"})
