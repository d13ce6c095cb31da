"""The organisation tree, people, roles, and who sees whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.county import County
from xuetan.accounts import service as accounts
from xuetan.accounts.errors import NotForYourselfError
from xuetan.accounts.service import OPERATOR
from xuetan.event_log import service as event_log
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.errors import AppError, ForbiddenError, InvalidRequestError, NotFoundError


def names(people: list[accounts.PersonView]) -> set[str]:
    return {person.name for person in people}


def test_a_role_holds_where_it_was_given_and_below(county: County) -> None:
    east = {county.places[name] for name in ("east", "east-school-1", "east-school-2")}
    assert county.staff("trainer").subtree == east
    assert county.staff("head").subtree == {county.places["east-school-1"]}
    assert county.staff("mayor").subtree == set(county.places.values())


def test_a_school_that_is_added_later_is_in_the_subtree(county: County) -> None:
    county.write(
        lambda session: accounts.create_organisation(
            session, county.places["east"], "school", "新村小", actor=county.staff("mayor"), now_ms=county.now_ms
        )
    )
    assert len(county.staff("trainer").subtree) == 4


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("head", {"head", "teacher"}),
        ("trainer", {"head", "trainer", "mentor", "teacher", "colleague"}),
        ("west-trainer", {"west-trainer", "west-mentor", "west-teacher"}),
    ],
)
def test_staff_see_the_people_of_their_subtree_and_nobody_else(county: County, who: str, seen: set[str]) -> None:
    assert names(county.read(lambda session: accounts.list_people(session, county.staff(who)))) == seen


def test_people_are_listed_by_role(county: County) -> None:
    found = county.read(lambda session: accounts.list_people(session, county.staff("trainer"), role="teacher"))
    assert names(found) == {"teacher", "colleague"}
    ids = [county.id_of("teacher"), county.id_of("west-teacher")]
    found = county.read(lambda session: accounts.list_people(session, county.staff("trainer"), person_ids=ids))
    assert names(found) == {"teacher"}


def test_organisations_are_listed_as_the_subtree_they_are(county: County) -> None:
    listed = county.read(lambda session: accounts.list_organisations(session, county.staff("trainer")))
    assert [(one.name, one.depth) for one in listed] == [("east", 0), ("east-school-1", 1), ("east-school-2", 1)]
    whole = county.read(lambda session: accounts.list_organisations(session, OPERATOR))
    assert [one.depth for one in whole] == [0, 1, 2, 2, 1, 2]
    root_id = county.read(accounts.find_root_id)
    assert root_id == county.places["city"]


def _stranger_calls(county: County) -> dict[str, Callable[[Any], object]]:
    stranger, services = county.staff("west-trainer"), county.services
    person, place = county.id_of("teacher"), county.places["east"]
    device = county.device_of("teacher").device_id
    grant = county.read(lambda session: accounts.list_grants(session, OPERATOR, person))[0].id
    return {
        "get_organisation": lambda s: accounts.get_organisation(s, stranger, place),
        "get_person": lambda s: accounts.get_person(s, stranger, person),
        "list_grants": lambda s: accounts.list_grants(s, stranger, person),
        "list_devices": lambda s: accounts.list_devices(s, stranger, person),
        "create_organisation": lambda s: accounts.create_organisation(
            s, place, "school", "x", actor=stranger, now_ms=1
        ),
        "create_person": lambda s: accounts.create_person(
            s, place, "x", "en", ["teacher"], actor=stranger, services=services
        ),
        "grant_role": lambda s: accounts.grant_role(s, person, "mentor", place, actor=stranger, services=services),
        "end_role": lambda s: accounts.end_role(s, grant, actor=stranger, services=services),
        "issue_sign_in_code": lambda s: accounts.issue_sign_in_code(s, person, stranger, services=services),
        "find_sign_in_code": lambda s: accounts.find_sign_in_code(s, person, stranger, services=services),
        "revoke_sign_in_code": lambda s: accounts.revoke_sign_in_code(s, person, stranger, services=services),
        "revoke_device": lambda s: accounts.revoke_device(s, device, stranger, services=services),
        "set_password": lambda s: accounts.set_password(
            s, person, "x", "long enough", actor=stranger, services=services
        ),
    }


def test_for_a_stranger_there_is_nobody_to_see_or_to_change(county: County) -> None:
    for name, call in _stranger_calls(county).items():
        with pytest.raises(NotFoundError):
            county.write(call)
            pytest.fail(name)


@pytest.mark.parametrize("role", ["trainer", "administrator"])
def test_a_trainer_makes_no_staff(county: County, role: str) -> None:
    with pytest.raises(ForbiddenError):
        county.write(
            lambda session: accounts.create_person(
                session,
                county.places["east"],
                "x",
                "en",
                [role],
                actor=county.staff("trainer"),
                services=county.services,
            )
        )


def test_nobody_raises_themselves(county: County) -> None:
    head = county.staff("head")
    for place, error in (("east", NotFoundError), ("city", NotFoundError)):
        with pytest.raises(error):
            county.write(
                lambda session, place=place: accounts.grant_role(
                    session, head.person_id, "administrator", county.places[place], actor=head, services=county.services
                )
            )


def test_a_code_of_somebody_with_more_power_is_not_handed_out(county: County) -> None:
    """A teacher of the head's school who is also an administrator of the county must not be opened by the head."""
    county.write(
        lambda session: accounts.grant_role(
            session,
            county.id_of("teacher"),
            "administrator",
            county.places["east"],
            actor=county.staff("mayor"),
            services=county.services,
        )
    )
    for who in ("head", "trainer"):
        with pytest.raises(ForbiddenError):
            county.write(
                lambda session, who=who: accounts.issue_sign_in_code(
                    session, county.id_of("teacher"), county.staff(who), services=county.services
                )
            )


def test_there_is_one_root_and_only_the_operator_makes_it(county: County) -> None:
    for actor in (OPERATOR, county.staff("mayor")):
        with pytest.raises(ForbiddenError):
            county.write(
                lambda session, actor=actor: accounts.create_organisation(
                    session, None, "city", "second", actor=actor, now_ms=1
                )
            )


@pytest.mark.parametrize(
    ("name", "language", "roles", "error"),
    [
        ("", "en", [], InvalidRequestError),
        (" \0 ", "en", [], InvalidRequestError),
        ("x" * 61, "en", [], InvalidRequestError),
        ("x", "tlh", [], InvalidRequestError),
        ("x", "en", ["emperor"], InvalidRequestError),
    ],
)
def test_people_have_a_name_a_language_and_known_roles(
    county: County, name: str, language: str, roles: list[str], error: type[AppError]
) -> None:
    with pytest.raises(error):
        county.write(
            lambda session: accounts.create_person(
                session, county.places["east"], name, language, roles, actor=OPERATOR, services=county.services
            )
        )


def test_a_new_person_follows_their_own_scopes_the_places_above_and_the_catalogue(county: County) -> None:
    phone = county.device_of("west-teacher")
    phone.sync()
    person = county.id_of("west-teacher")
    places = {f"o:{county.places[name]}" for name in ("west-school", "west", "city")}
    assert phone.scopes() == {f"u:{person}", f"p:{person}", "pub"} | places
    profile = phone.rows(f"p:{person}", "profile")["profile", person]
    assert profile == {
        "person": person,
        "name": "west-teacher",
        "roles": ["teacher"],
        "organisation": "west-school",
        "language": "zh-Hans",
        "time_zone": "Asia/Shanghai",
    }
    card = phone.rows(f"u:{person}", "person_card")["person_card", person]
    assert card == {"person": person, "name": "west-teacher", "organisation": "west-school"}


def test_a_changed_role_reaches_the_phone(county: County, clock: FixedClock) -> None:
    phone = county.device_of("teacher")
    clock.advance_ms(1)
    person, own = county.id_of("teacher"), f"p:{county.id_of('teacher')}"
    for _ in range(2):
        county.write(
            lambda session: accounts.grant_role(
                session,
                person,
                "mentor",
                county.places["east"],
                actor=county.staff("trainer"),
                services=county.services,
            )
        )
    phone.sync()
    assert phone.rows(own, "profile")["profile", person]["roles"] == ["teacher", "mentor"]
    grants = county.read(lambda session: accounts.list_grants(session, county.staff("trainer"), person))
    assert [grant.role for grant in grants] == ["teacher", "mentor"]
    for _ in range(2):
        county.write(
            lambda session: accounts.end_role(
                session, grants[1].id, actor=county.staff("trainer"), services=county.services
            )
        )
    phone.sync()
    assert phone.rows(own, "profile")["profile", person]["roles"] == ["teacher"]


def test_a_person_owns_their_scopes_and_nobody_elses(county: County) -> None:
    person, other = county.id_of("teacher"), county.id_of("colleague")
    roles = county.read(lambda session: event_log.roles_in(session, f"u:{other}", person))
    assert roles.ever == frozenset()


def test_nobody_makes_themselves_a_mentor(county: County) -> None:
    me = county.staff("trainer")
    with pytest.raises(NotForYourselfError):
        county.write(
            lambda s: accounts.grant_role(
                s, me.person_id, "mentor", me.organisation_id, actor=me, services=county.services
            )
        )
