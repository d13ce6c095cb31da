"""Forms: what was typed, kept as it was typed, and what is wrong with it in words.

Owns reading and bounding of form bodies. Does not decide what is right: a screen checks its fields and calls `Form.reject`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from xuetan.kernel.errors import InvalidRequestError
from xuetan.kernel.text import well_formed

FORM_FIELDS_MAX = 400
FORM_FILES_MAX = 1
FORM_FIELD_BYTES_MAX = 64 * 1024
TEXT_CHARACTERS_MAX = 4000


@dataclass(frozen=True)
class Typed:
    """The values a form shows: what was typed last, or what it starts with; and the faults by field, as message keys."""

    values: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def fault(self, name: str) -> str:
        """The message key of what is wrong with a field; empty when nothing is."""
        return self.faults.get(name, "")


class Form:
    """A form as it came. Texts are trimmed, well formed and bounded."""

    def __init__(self, data: FormData) -> None:
        self._data = data
        self._faults: dict[str, str] = {}

    def text(self, name: str, *, characters_max: int = TEXT_CHARACTERS_MAX) -> str:
        value = self._data.get(name, "")
        return well_formed(value).strip()[:characters_max] if isinstance(value, str) else ""

    def secret(self, name: str) -> str:
        """A password: neither trimmed nor cut here."""
        value = self._data.get(name, "")
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        return [value.strip() for value in self._data.getlist(name) if isinstance(value, str) and value.strip()]

    def file(self, name: str) -> UploadFile | None:
        value = self._data.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def reject(self, name: str, fault_key: str) -> None:
        """Say what is wrong with a field."""
        self._faults.setdefault(name, fault_key)

    def require(self, *names: str) -> None:
        for name in names:
            if not self.text(name):
                self.reject(name, "console.fault_required")

    @property
    def has_faults(self) -> bool:
        return bool(self._faults)

    def typed(self, *names: str) -> Typed:
        """What was typed into these fields, to show the form again. Never ask for a password."""
        return Typed({name: self.text(name) for name in names}, dict(self._faults))


async def read_form(request: Request) -> Form:
    """The body of a POST. InvalidRequestError for anything that is no form."""
    if not request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        raise InvalidRequestError
    data = await request.form(max_files=FORM_FILES_MAX, max_fields=FORM_FIELDS_MAX, max_part_size=FORM_FIELD_BYTES_MAX)
    return Form(data)
