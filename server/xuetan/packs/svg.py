"""Cleans drawings: what is left of an SVG draws, and does nothing else.

Owns the list of elements and attributes that may stay. Nothing that runs (scripts, handlers, animation), nothing
that refers outside the file (images, links, style sheets, foreign content) survives; the XML parser resolves no
entity and opens no address. Pure and deterministic: the same bytes give the same bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from xuetan.packs import limits

SVG = "http://www.w3.org/2000/svg"
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


ELEMENTS = _names(
    "svg g defs title desc path rect circle ellipse line polyline polygon text tspan linearGradient "
    "radialGradient stop clipPath mask marker"
)
# A few of these nested in each other unfold to millions of shapes on a phone; so `use` and `pattern` do not stay
# at all, and what these hold may not refer to more of them.
UNFOLDING = frozenset(("clipPath", "mask", "marker"))
UNFOLDS = frozenset(("clip-path", "mask", "marker-start", "marker-mid", "marker-end"))
ATTRIBUTES = _names(
    "id class x y x1 y1 x2 y2 cx cy r rx ry fx fy dx dy d points width height viewBox preserveAspectRatio "
    "transform pathLength fill fill-opacity fill-rule stroke stroke-width stroke-linecap stroke-linejoin "
    "stroke-miterlimit stroke-dasharray stroke-dashoffset stroke-opacity opacity color display visibility "
    "overflow vector-effect paint-order shape-rendering clip-path clip-rule mask marker-start marker-mid "
    "marker-end markerWidth markerHeight markerUnits refX refY orient offset stop-color stop-opacity "
    "gradientUnits gradientTransform spreadMethod maskUnits maskContentUnits clipPathUnits font-size "
    "font-weight font-style font-family text-anchor dominant-baseline letter-spacing rotate textLength "
    "lengthAdjust"
)
_LOCAL_REFERENCE = re.compile(r"#[A-Za-z_][\w.-]*\Z")
_LOCAL_PAINT = re.compile(r"\s*url\(\s*['\"]?#[A-Za-z_][\w.-]*['\"]?\s*\)\s*[A-Za-z#0-9]*\s*\Z")
_SPEAKS_OF_ELSEWHERE = re.compile(r"url\s*\(|expression|script|import|[\\<>]|//|data:", re.IGNORECASE)


class DrawingRefusedError(Exception):
    """The file is no drawing that can be cleaned. `code` is a finding's code."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True)
class CleanDrawing:
    """`removed` names what was taken out, for the report."""

    data: bytes
    width: int
    height: int
    removed: tuple[str, ...]
    has_text: bool


def clean_svg(data: bytes) -> CleanDrawing:
    """Raises DrawingRefusedError for what is not a plain SVG file."""
    if len(data) > limits.SVG_BYTES_MAX:
        raise DrawingRefusedError("drawing_too_large", limit=limits.SVG_BYTES_MAX)
    if b"<!DOCTYPE" in data.upper() or b"<!ENTITY" in data.upper():
        raise DrawingRefusedError("drawing_has_doctype")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DrawingRefusedError("drawing_malformed", problem=str(error)[:200]) from error
    if root.getroottree().docinfo.doctype:
        raise DrawingRefusedError("drawing_has_doctype")
    if root.tag != f"{{{SVG}}}svg":
        raise DrawingRefusedError("drawing_malformed", problem="<svg xmlns=…>")
    if sum(1 for _ in root.iter()) > limits.SVG_ELEMENTS_MAX:
        raise DrawingRefusedError("drawing_too_large", limit=limits.SVG_ELEMENTS_MAX)
    removed: set[str] = set()
    clean = _copy(root, removed, is_unfolded=False)
    if clean is None:
        raise DrawingRefusedError("drawing_malformed", problem="<svg>")
    width, height = _size(clean)
    has_text = any(element.tag in (f"{{{SVG}}}text", f"{{{SVG}}}tspan") for element in clean.iter())
    return CleanDrawing(etree.tostring(clean, encoding="utf-8"), width, height, tuple(sorted(removed)), has_text)


def _copy(element: etree._Element, removed: set[str], *, is_unfolded: bool) -> etree._Element | None:
    """A new tree of what is known to be harmless, rather than the old one with what is known to be harmful cut out.
    `is_unfolded`: inside something that other elements draw again."""
    if not isinstance(element.tag, str):
        return None
    name = etree.QName(element)
    if name.namespace != SVG or name.localname not in ELEMENTS:
        removed.add(f"<{name.localname}>")
        return None
    nsmap = {None: SVG} if element.getparent() is None else None
    copy = etree.Element(element.tag, nsmap=nsmap)
    for attribute, value in sorted(element.attrib.items()):
        kept = _kept_attribute(name.localname, str(attribute), str(value))
        if kept is None or (is_unfolded and attribute in UNFOLDS):
            removed.add(f"{etree.QName(attribute).localname}=")
        else:
            copy.set(*kept)
    copy.text = element.text if name.localname in ("text", "tspan", "title", "desc") else None
    for child in element:
        child_copy = _copy(child, removed, is_unfolded=is_unfolded or name.localname in UNFOLDING)
        if child_copy is not None:
            child_copy.tail = child.tail if name.localname in ("text", "tspan") else None
            copy.append(child_copy)
    return copy


def _kept_attribute(element: str, attribute: str, value: str) -> tuple[str, str] | None:
    if attribute in ("href", XLINK_HREF):
        is_local = element in ("linearGradient", "radialGradient") and _LOCAL_REFERENCE.match(value)
        return ("href", value) if is_local else None
    if attribute not in ATTRIBUTES:
        return None
    if _SPEAKS_OF_ELSEWHERE.search(value) and not _LOCAL_PAINT.match(value):
        return None
    return attribute, value


def _size(root: etree._Element) -> tuple[int, int]:
    """Width and height in CSS pixels, from the viewBox, for the place that a page keeps free."""
    box = re.split(r"[\s,]+", (root.get("viewBox") or "").strip())
    try:
        sizes = [float(box[2]), float(box[3])] if len(box) == 4 else [_pixels(root, "width"), _pixels(root, "height")]
    except ValueError as error:
        raise DrawingRefusedError("drawing_without_size") from error
    if not all(0 < size <= 10_000 for size in sizes):
        raise DrawingRefusedError("drawing_without_size")
    if len(box) != 4:
        root.set("viewBox", f"0 0 {sizes[0]:g} {sizes[1]:g}")
    return max(1, round(sizes[0])), max(1, round(sizes[1]))


def _pixels(root: etree._Element, name: str) -> float:
    return float((root.get(name) or "").removesuffix("px"))
