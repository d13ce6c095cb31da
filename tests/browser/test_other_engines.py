"""Firefox and WebKit: the second start with the server dead, work without a line, and its arrival; nobody has to have Chrome."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.demo_server import DemoServer
from tests.browser.engines import Engine, open_engine
from tests.browser.hand import Hand, place
from tests.browser.ledger import Ledger

JOURNAL = "停电的晚上，我们点着蜡烛把生字又认了一遍。"

OpenHand = Callable[[str], Hand]


@pytest.fixture
def open_hand(demo: DemoServer, tmp_path: Path) -> Iterator[OpenHand]:
    """Starts an engine on its one profile; the same name finds the profile again."""
    opened: list[Engine] = []

    def open_one(name: str) -> Hand:
        opened.append(open_engine(name, tmp_path / f"profile-{name}"))
        return Hand(opened[-1], demo.base_url)

    yield open_one
    for engine in opened:
        engine.kill()


@pytest.mark.parametrize("engine", ["firefox", "webkit"])
def test_a_second_start_with_the_server_dead_works_and_what_was_done_arrives(
    demo: DemoServer, open_hand: OpenHand, engine: str
) -> None:
    ledger = Ledger(demo)
    slug = demo.facts["packs"][0]
    person = demo.person("teacher")["id"]
    first = open_hand(engine)
    first.sign_in(demo.person("teacher")["code"])
    first.install(slug)
    first.wait_for_service_worker()
    first.sync()
    first.engine.close()
    demo.kill()

    second = open_hand(engine)
    second.go()
    second.wait(place("nav-today"))
    second.wait(place("sync-chip", state="offline"))
    lesson = second.finish_next_lesson(slug)
    second.write_entry(JOURNAL)
    second.engine.kill()

    third = open_hand(engine)
    third.go("/journal")
    third.wait(place("journal-entry", state="waiting"))
    demo.start()
    third.sync()

    assert ledger.journal_texts(person) == [JOURNAL]
    assert ledger.lessons_finished(person) == [lesson]
    ledger.check_every_event_once(person)
