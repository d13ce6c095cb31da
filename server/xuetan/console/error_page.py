"""The page that says what went wrong and where to go on."""

from dataclasses import dataclass
from typing import ClassVar

from xuetan.console.pages import Page


@dataclass(frozen=True)
class ErrorPage(Page):
    template: ClassVar[str] = "error.html.j2"
    title_key: ClassVar[str] = "console.error_title"

    text: str
    code: str
    is_signed_in: bool
