"""Makes the demo's data: packs, people, and a month in which they worked. Owns the order and the demo's own clock.

The clock starts a month ago and is moved on by the story, so that what the server notes (received, last contact, assigned) lies where
it would lie had all this happened.
"""

from __future__ import annotations

from xuetan.app import build_services, prepare
from xuetan.demo import facts, people, sources, story
from xuetan.demo.facts import KeptFacts, PersonFacts
from xuetan.demo.people import Everybody
from xuetan.demo.sources import Tell
from xuetan.kernel.clock import FixedClock, SystemClock
from xuetan.kernel.services import Services
from xuetan.programmes import service as programmes
from xuetan.settings import Settings

HISTORY_MS = 33 * 86_400_000


def make(settings: Settings, tell: Tell) -> None:
    """Fill the data folder of these settings, which must be empty."""
    now_ms = SystemClock().now_ms()
    clock = FixedClock(now_ms - HISTORY_MS)
    services = build_services(settings, clock)
    prepare(services)
    with services.database.transaction() as session:
        everybody = people.settle(session, services)
    built = {}
    with sources.jobs_running(services):
        for slug in sources.SLUGS:
            tell("demo.building_pack", slug=slug)
            built[slug] = sources.build(services, slug)
        _give_packs(services, everybody)
        story.play(services, clock, now_ms, everybody)
    clock.advance_ms(now_ms - clock.now_ms())
    facts.write_kept(settings.data_dir, _kept(everybody, built))
    services.database.close()


def _give_packs(services: Services, everybody: Everybody) -> None:
    """Two packs to the class, the last to everybody."""
    now_ms = services.clock.now_ms()
    ethics, multigrade, reading = sources.SLUGS
    with services.database.transaction() as session:
        actor = people.trainer_actor(session, everybody)
        programmes.assign_pack(session, actor, everybody.cohort_id, ethics, note=story.NOTE_ETHICS, now_ms=now_ms)
        programmes.assign_pack(
            session,
            actor,
            everybody.cohort_id,
            multigrade,
            due_day=story.due_day(services, now_ms),
            note=story.NOTE_MULTIGRADE,
            now_ms=now_ms,
        )
        programmes.open_pack(session, actor, reading, now_ms=now_ms)


def _kept(everybody: Everybody, built: dict[str, str]) -> KeptFacts:
    mentor = everybody.mentor
    listed: list[PersonFacts] = [
        {
            "id": one.person.id,
            "role": "teacher",
            "name": one.person.name,
            "code": one.code,
            "mentor_id": mentor.person.id,
        }
        for one in everybody.teachers
    ]
    listed.append({"id": mentor.person.id, "role": "mentor", "name": mentor.person.name, "code": mentor.code})
    return {
        "console": {"sign_in": people.SIGN_IN, "password": everybody.password},
        "people": listed,
        "packs": list(sources.SLUGS),
        "sources": built,
    }
