"""Long lists in pages. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True)
class Slice(Generic[Item]):
    """One page of a list; numbers count from 1. `path` is the list's address with its filters, ending in ? or &."""

    items: tuple[Item, ...]
    number: int
    pages: int
    total: int
    path: str

    @property
    def before(self) -> str:
        return f"{self.path}page={self.number - 1}" if self.number > 1 else ""

    @property
    def after(self) -> str:
        return f"{self.path}page={self.number + 1}" if self.number < self.pages else ""


def cut(items: Sequence[Item], number: int, per_page: int, path: str) -> Slice[Item]:
    """The page with this number; the nearest one there is."""
    pages = max(1, -(-len(items) // per_page))
    number = min(max(1, number), pages)
    start = (number - 1) * per_page
    return Slice(tuple(items[start : start + per_page]), number, pages, len(items), path)
