"""One journal entry with its thread, its photos and its recordings. Opening it is written down, and the teacher can see who did
(`read_entry`)."""

from dataclasses import dataclass
from typing import ClassVar

from starlette.responses import Response

from xuetan.accounts import service as accounts
from xuetan.accounts.service import PersonView
from xuetan.console.pages import Page
from xuetan.console.person import lesson_titles
from xuetan.console.visit import StaffVisitDep, console_router
from xuetan.files import service as files
from xuetan.kernel.errors import NotFoundError
from xuetan.learning_log import service as learning_log
from xuetan.learning_log.service import EntryView, FeedbackView

router = console_router("/console/people")


@dataclass(frozen=True)
class FeedbackRow:
    feedback: FeedbackView
    by_name: str


@dataclass(frozen=True)
class EntryPage(Page):
    template: ClassVar[str] = "entry.html.j2"
    title_key: ClassVar[str] = "console.entry_title"
    area: ClassVar[str] = "people"

    person: PersonView
    entry: EntryView
    lesson: str
    feedback: tuple[FeedbackRow, ...]
    may_erase: bool
    # (who wrote, when): times that are not to be relied on.
    doubtful: frozenset[tuple[str, int]]

    @property
    def title_params(self) -> dict[str, object]:
        return {"name": self.person.name}


@router.get("/{person_id}/entries/{entry_id}")
def show_entry(person_id: str, entry_id: str, visit: StaffVisitDep) -> Response:
    # A writing session: who of the staff reads an entry is recorded.
    with visit.services.database.transaction() as session:
        person = accounts.get_person(session, visit.staff, person_id)
        entry = learning_log.read_entry(session, visit.staff, person_id, entry_id, now_ms=visit.services.clock.now_ms())
        titles = lesson_titles(session, visit, {entry.pack} if entry.pack else set())
        feedback = tuple(
            FeedbackRow(one, accounts.describe_person(session, one.by_person_id).name) for one in entry.feedback
        )
        may_erase = learning_log.may_erase(session, visit.staff, person_id)
        doubtful = learning_log.list_doubtful_times(session, visit.staff, person_id)
    lesson = titles.get((entry.pack or "", entry.lesson or ""), entry.lesson or "")
    return visit.show(EntryPage(person, entry, lesson, feedback, may_erase, doubtful))


@router.get("/{person_id}/entries/{entry_id}/files/{sha256}")
def show_file(person_id: str, entry_id: str, sha256: str, visit: StaffVisitDep) -> Response:
    """A photo or a recording that the entry names, for whom the entry is readable."""
    with visit.services.database.transaction() as session:
        accounts.get_person(session, visit.staff, person_id)
        entry = learning_log.read_entry(session, visit.staff, person_id, entry_id, now_ms=visit.services.clock.now_ms())
    if not any(blob.sha256 == sha256 for version in entry.versions for blob in version.blobs):
        raise NotFoundError
    store: files.FileStore = visit.request.app.state.files.store
    return files.FileAnswer(store.get(f"u:{person_id}", sha256))
