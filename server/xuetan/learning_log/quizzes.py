"""The questions of published packs, for grading again and for reports.

Owns a cache of manifests and quizzes, which never change once published. A version that is not here yet is looked for
again next time.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from sqlmodel import Session

from xuetan.contracts.manifest import Manifest
from xuetan.kernel.errors import NotFoundError
from xuetan.kernel.storage import BlobStore
from xuetan.packs import service as packs

CACHED_MAX = 512
Question = Mapping[str, Any]


class Looked(NamedTuple):
    """`state` is found, pack_unknown or question_unknown."""

    state: str
    question: Question | None


class QuizShelf:
    """Finds questions of versions of packs."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._manifests: dict[tuple[str, int], Manifest] = {}
        self._quizzes: dict[tuple[str, int, str, str], dict[str, Question]] = {}

    def find_question(
        self, session: Session, *, pack: str, version: int, lesson: str, question: str, language: str | None
    ) -> Looked:
        """The question in the language that was answered, else in the pack's first one."""
        manifest = self.find_manifest(session, pack, version)
        if manifest is None:
            return Looked("pack_unknown", None)
        found = self.questions_of(manifest, lesson, language).get(question)
        return Looked("found", found) if found else Looked("question_unknown", None)

    def questions_of(self, manifest: Manifest, lesson_id: str, language: str | None) -> dict[str, Question]:
        """The questions of a lesson by id, in their order; empty for a lesson without a quiz."""
        lesson = next((one for one in manifest.lessons if one.id == lesson_id), None)
        if lesson is None:
            return {}
        chosen = language if language in lesson.editions else manifest.languages[0]
        key = (manifest.slug, manifest.version, lesson_id, chosen)
        if key not in self._quizzes:
            _keep(self._quizzes, key, self._read_quiz(manifest, lesson_id, chosen))
        return self._quizzes[key]

    def find_manifest(self, session: Session, pack: str, version: int | None = None) -> Manifest | None:
        """The manifest of a published version, of the newest when none is named; None when it is not here."""
        key = (pack, version or 0)
        if version is not None and key in self._manifests:
            return self._manifests[key]
        try:
            manifest = packs.get_manifest(session, self._blobs, pack, version)
        except NotFoundError:
            return None
        _keep(self._manifests, (pack, manifest.version), manifest)
        return manifest

    def _read_quiz(self, manifest: Manifest, lesson_id: str, language: str) -> dict[str, Question]:
        try:
            quiz = packs.get_quiz(self._blobs, manifest, lesson_id, language)
        except NotFoundError:
            return {}
        return {one.id: msgspec.to_builtins(one) for one in quiz.questions} if quiz else {}


def _keep(cache: dict[Any, Any], key: Any, value: Any) -> None:
    if len(cache) >= CACHED_MAX:
        cache.pop(next(iter(cache)))
    cache[key] = value
