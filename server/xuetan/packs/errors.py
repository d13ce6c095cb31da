"""Errors of packs. A trainer reads them: each carries where the fault is and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from xuetan.kernel.errors import AppError
from xuetan.packs.findings import Finding


class PackSourceInvalidError(AppError):
    """The source cannot be built; `findings` says why, in reading order."""

    code = "pack_source_invalid"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(details={"findings": [finding.as_json() for finding in findings]})
        self.findings = tuple(findings)


class PackVersionConflictError(AppError):
    """This version was published with other content, or a higher one was: what phones hold never changes under its
    name."""

    code = "pack_version_conflict"

    def __init__(self, slug: str, version: int, newest: int) -> None:
        super().__init__(details={"slug": slug, "version": version, "newest": newest})
