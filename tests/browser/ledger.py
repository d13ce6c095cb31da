"""What the server durably has, read from the demo's database file through the product's own event log."""

from __future__ import annotations

from collections import Counter

from tests.browser.demo_server import DemoServer
from xuetan.event_log import service as event_log
from xuetan.event_log.service import EventRecord
from xuetan.kernel.database import Database
from xuetan.settings import Settings

EVENTS_MAX = 100_000


class Ledger:
    """Reads beside the running server, as WAL allows. Opened before the browsers, it knows the demo's own history."""

    def __init__(self, demo: DemoServer) -> None:
        self.database = Database(Settings(data_dir=demo.folder, database_url=f"sqlite:///{demo.facts['database']}"))
        people = [person["id"] for person in demo.facts["people"]]
        self.seeded_streams = {event.stream for person in people for event in self.events(person)}

    def events(self, scope_person: str) -> list[EventRecord]:
        with self.database.reading() as session:
            return list(event_log.list_events(session, f"u:{scope_person}", limit=EVENTS_MAX))

    def written_by(self, person: str, scope_person: str | None = None) -> list[EventRecord]:
        return [event for event in self.events(scope_person or person) if event.person_id == person]

    def kinds(self, person: str) -> Counter[str]:
        """How often each kind was written by this person since the ledger was opened."""
        return Counter(event.kind for event in self.news(person))

    def news(self, person: str) -> list[EventRecord]:
        return [event for event in self.written_by(person) if event.stream not in self.seeded_streams]

    def check_every_event_once(self, person: str) -> None:
        seen = Counter((event.stream, event.seq) for event in self.events(person))
        assert all(count == 1 for count in seen.values()), seen.most_common(3)
        for stream in {stream for stream, _ in seen}:
            numbers = sorted(seq for of, seq in seen if of == stream)
            if all(event.person_id == person for event in self.events(person) if event.stream == stream):
                assert numbers == list(range(numbers[-1] + 1)), f"{stream} is not dense: {numbers}"

    def journal_texts(self, person: str) -> list[str]:
        return [str(event.payload["text"]) for event in self.news(person) if event.kind == "journal_saved/1"]

    def lessons_finished(self, person: str) -> list[str]:
        return [str(event.payload["lesson"]) for event in self.news(person) if event.kind == "lesson_finished/1"]
