"""A lesson as the phone shows it, alone in a frame: page, journal prompt, try-out card, and the quiz with its feedback opened.

Owns the frame's document and its own, stricter policy. The page is what the build sanitised; nothing in the frame runs.
"""

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup
from msgspec import UNSET
from starlette.responses import HTMLResponse, Response

from xuetan.console.pages import Fragment, render, static_url
from xuetan.console.visit import StaffVisit, StaffVisitDep, console_router
from xuetan.contracts.manifest import LessonEdition
from xuetan.contracts.quiz import Choice, Question
from xuetan.kernel.errors import NotFoundError
from xuetan.kernel.text import t
from xuetan.packs import service as packs
from xuetan.packs.service import LessonPreview

# Pictures of a published lesson are our own blobs; those of a checked one stand in the page.
POLICY = (
    "default-src 'none'; img-src {pictures}; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
    "'self'; sandbox allow-same-origin"
)
router = console_router("/console/packs")


@dataclass(frozen=True)
class ChoiceView:
    text: str
    is_right: bool
    feedback: str


@dataclass(frozen=True)
class QuestionView:
    """A question with all that a teacher would see of it, before and after answering. `answers`: what is right, where no
    choice says it."""

    kind: str
    stem: str
    choices: tuple[ChoiceView, ...]
    answers: tuple[str, ...]
    explanation: str


@dataclass(frozen=True)
class PreviewFrame(Fragment):
    template: ClassVar[str] = "preview.html.j2"

    language: str
    stylesheet: str
    edition: LessonEdition
    minutes: int
    body: Markup
    has_try_out: bool
    questions: tuple[QuestionView, ...]


@router.get("/{slug}/preview/{lesson_id}")
def show_preview(slug: str, lesson_id: str, visit: StaffVisitDep, language: str = "zh-Hans") -> Response:
    blobs = visit.services.blobs
    with visit.services.database.reading() as session:
        manifest = packs.get_manifest(session, blobs, slug)
    lesson = next((one for one in manifest.lessons if one.id == lesson_id), None)
    if lesson is None or language not in lesson.editions:
        raise NotFoundError
    page = packs.get_page(blobs, manifest, lesson_id, language)
    quiz = packs.get_quiz(blobs, manifest, lesson_id, language)
    preview = LessonPreview(lesson.editions[language], lesson.minutes, page, quiz)
    return _show(visit, preview, language, pictures="'self'")


@router.get("/builds/{build_id}/preview/{lesson_id}")
def show_checked_preview(build_id: str, lesson_id: str, visit: StaffVisitDep, language: str = "zh-Hans") -> Response:
    """A lesson of a source that was checked and not published."""
    with visit.services.database.reading() as session:
        source = packs.read_checked(session, visit.services, visit.staff, build_id)
    return _show(visit, source.preview(lesson_id, language), language, pictures="data:")


def _show(visit: StaffVisit, preview: LessonPreview, language: str, *, pictures: str) -> Response:
    edition, quiz = preview.edition, preview.quiz
    frame = PreviewFrame(
        language=language,
        stylesheet=static_url("preview.css"),
        edition=edition,
        minutes=preview.minutes,
        # Sanitised by the rendering of packs, for a published lesson and for one that is only checked.
        body=Markup(preview.page),  # noqa: S704
        has_try_out=edition.try_out is not UNSET,
        questions=tuple(_question(one, language) for one in quiz.questions) if quiz else (),
    )
    html = render(visit.services.catalogue, language, visit.formats, frame, None)
    policy = POLICY.format(pictures=pictures)
    return HTMLResponse(html, headers={"content-security-policy": policy, "cache-control": "private, no-cache"})


def _question(question: Question, language: str) -> QuestionView:
    return QuestionView(
        kind=question.kind,
        stem=question.stem,
        choices=tuple(
            ChoiceView(one.text, one.correct is True, one.feedback if isinstance(one.feedback, str) else "")
            for one in _choices(question.choices)
        ),
        answers=_answers(question, language),
        explanation=question.explanation,
    )


def _answers(question: Question, language: str) -> tuple[str, ...]:
    """The right answers, one a line, for kinds without right choices."""
    match question.kind:
        case "numeric":
            unit = question.unit if isinstance(question.unit, str) else ""
            return (f"{question.answer:g} {unit}".strip(),)
        case "short_text":
            return tuple(question.accepted) if isinstance(question.accepted, list) else ()
        case "matching":
            pairs = zip(_choices(question.lefts), _choices(question.rights), strict=True)
            return tuple(f"{left.text} → {right.text}" for left, right in pairs)
        case "true_false":
            return (t(language, "console.answer_true" if question.answer else "console.answer_false"),)
    return ()


def _choices(given: object) -> list[Choice]:
    return given if isinstance(given, list) else []
