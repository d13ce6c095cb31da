"""A medium of a source as the phone gets it: cleaned or shrunk, with its size on the page.

Owns the choice of treatment by kind of file. Does not own the treatments (`svg`, `pictures`) nor where the bytes
are kept.
"""

from __future__ import annotations

from typing import NamedTuple

from xuetan.packs.findings import Findings
from xuetan.packs.pictures import PictureRefusedError, shrink_picture
from xuetan.packs.source import Medium
from xuetan.packs.svg import DrawingRefusedError, clean_svg


class BuiltMedium(NamedTuple):
    data: bytes
    media_type: str
    width: int
    height: int


def build_medium(medium: Medium, findings: Findings) -> BuiltMedium | None:
    """The medium ready to be kept, or None with the reason reported."""
    suffix = medium.file.rsplit(".", 1)[1]
    try:
        if suffix == "svg":
            drawing = clean_svg(medium.data)
            if drawing.removed:
                findings.warn("drawing_cleaned", medium.file, removed=", ".join(drawing.removed[:12]))
            if drawing.has_text:
                findings.warn("drawing_has_text", medium.file)
            return BuiltMedium(drawing.data, "image/svg+xml", drawing.width, drawing.height)
        picture = shrink_picture(medium.data, suffix)
        return BuiltMedium(picture.data, "image/webp", picture.width, picture.height)
    except (DrawingRefusedError, PictureRefusedError) as refused:
        findings.add_error(refused.code, medium.file, 0, refused.params)
        return None
