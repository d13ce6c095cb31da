"""Hostile drawings and pictures: what is left draws, carries no note of where it was taken, and never costs memory."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

from xuetan.packs import limits
from xuetan.packs.pictures import PictureRefusedError, shrink_picture
from xuetan.packs.svg import DrawingRefusedError, clean_svg

BOX = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 480 300">{}</svg>'
)


def cleaned(inside: str) -> str:
    return clean_svg(BOX.format(inside).encode()).data.decode()


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<rect width="1" height="1" onload="alert(1)"/>',
        '<a xlink:href="javascript:alert(1)"><rect width="1" height="1"/></a>',
        '<image href="https://example.org/spy.png"/>',
        '<image xlink:href="data:image/png;base64,AAAA"/>',
        '<use href="https://example.org/a.svg#b"/>',
        '<use xlink:href="data:image/svg+xml,x#b"/>',
        "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'><script>1</script></body></foreignObject>",
        "<style>@import 'https://example.org/a.css'; rect {fill: url(https://example.org/b)}</style>",
        '<rect style="fill:url(https://example.org/b)"/>',
        '<rect fill="url(https://example.org/b)"/>',
        '<rect fill="u&#x72;l(https://example.org/b)"/>',
        '<rect fill="url(#a) url(//example.org/b)"/>',
        '<animate attributeName="href" to="javascript:alert(1)"/>',
        '<set attributeName="onclick" to="alert(1)"/>',
        '<rect xml:base="https://example.org/"/>',
        '<linearGradient xlink:href="https://example.org/a#b"/>',
        '<filter id="f"><feImage href="https://example.org/spy.png"/></filter>',
        '<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script>',
        '<handler xmlns="http://www.w3.org/2001/xml-events">alert(1)</handler>',
    ],
)
def test_nothing_that_runs_or_refers_outside_survives(hostile: str) -> None:
    left = cleaned(hostile)
    for word in (
        "script",
        "alert",
        "example.org",
        "javascript",
        "data:",
        "onload",
        "import",
        "style",
        "<use",
        "<image",
    ):
        assert word not in left
    assert clean_svg(BOX.format(hostile).encode()).removed


def test_a_plain_drawing_stays_as_it_was_drawn() -> None:
    inside = '<defs><linearGradient id="g"><stop offset="0" stop-color="#fff"/></linearGradient></defs>' + (
        '<rect fill="url(#g)" height="10" width="10"/><text x="1">上 <tspan dy="2">火</tspan> 了</text>'
    )
    drawing = clean_svg(BOX.format(inside).encode())
    assert drawing.data.decode() == f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 300">{inside}</svg>'
    assert (drawing.width, drawing.height, drawing.removed, drawing.has_text) == (480, 300, (), True)


def test_cleaning_twice_is_cleaning_once() -> None:
    once = clean_svg(BOX.format('<g><rect width="1" height="1" onclick="x"/></g><script/>').encode())
    again = clean_svg(once.data)
    assert (again.data, again.removed) == (once.data, ())


def test_elements_that_unfold_into_millions_are_taken_out() -> None:
    """The laughs of SVG: ten uses of ten uses of ten uses …, and markers, masks and clips inside each other."""
    uses = "".join(f'<g id="g{n + 1}">' + f'<use href="#g{n}"/>' * 10 + "</g>" for n in range(9))
    assert "use" not in cleaned(f'<g id="g0"><rect width="1" height="1"/></g>{uses}')
    nested = '<marker id="a"><path d="M0 0" marker-end="url(#b)"/></marker><mask id="m"><rect mask="url(#n)"/></mask>'
    assert "url(" not in cleaned(nested)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "drawing_malformed"),
        (b"<svg", "drawing_malformed"),
        (b"<html/>", "drawing_malformed"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "drawing_has_doctype"),
        ('<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg/>'.encode("utf-16"), "drawing_has_doctype"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "drawing_without_size"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 inf 1"/>', "drawing_without_size"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 0 1"/>', "drawing_without_size"),
        (BOX.format("<g/>" * (limits.SVG_ELEMENTS_MAX + 1)).encode(), "drawing_too_large"),
        (BOX.format(" " * limits.SVG_BYTES_MAX).encode(), "drawing_too_large"),
        (BOX.format("<g>" * 3000 + "</g>" * 3000).encode(), "drawing_malformed"),
    ],
)
def test_what_is_no_plain_drawing_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(DrawingRefusedError) as refused:
        clean_svg(data)
    assert refused.value.code == code


def test_comments_and_instructions_do_not_survive() -> None:
    data = b'<?xml-stylesheet href="https://example.org/a.css"?>' + BOX.format("<!-- me --><g/>").encode()
    left = clean_svg(data).data
    assert b"me" not in left
    assert b"stylesheet" not in left
    etree.fromstring(left)


def picture(kind: str, width: int, height: int, **options: object) -> bytes:
    written = io.BytesIO()
    Image.effect_noise((width, height), 40).convert("RGB").save(written, kind, **options)
    return written.getvalue()


def test_a_photograph_is_shrunk_turned_upright_and_stripped_of_notes() -> None:
    notes = Image.Exif()
    notes[0x0112] = 6
    notes[0x010E] = "taken at the school gate"
    notes.get_ifd(0x8825)[1] = "N"
    small = shrink_picture(picture("JPEG", 1200, 900, exif=notes, comment=b"a child's name"), "jpg")
    with Image.open(io.BytesIO(small.data)) as opened:
        assert (opened.format, opened.size, dict(opened.getexif())) == ("WEBP", (900, 1200), {})
    assert (small.width, small.height) == (900, 1200)
    for note in (b"EXIF", b"ICCP", b"XMP", b"gate", b"child"):
        assert note not in small.data


def test_a_flat_picture_is_kept_without_loss_and_a_small_one_is_not_blown_up() -> None:
    flat = Image.new("RGB", (300, 200), (194, 65, 12))
    written = io.BytesIO()
    flat.save(written, "PNG")
    small = shrink_picture(written.getvalue(), "png")
    with Image.open(io.BytesIO(small.data)) as opened:
        assert opened.size == (300, 200)
        assert opened.convert("RGB").getpixel((150, 100)) == (194, 65, 12)


def test_the_same_picture_gives_the_same_bytes() -> None:
    photo = picture("JPEG", 700, 500)
    assert shrink_picture(photo, "jpeg") == shrink_picture(photo, "jpeg")


def png_that_unfolds(width: int, height: int) -> bytes:
    """A few hundred bytes that say they are a very large picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "suffix", "code"),
    [
        (png_that_unfolds(60_000, 60_000), "png", "picture_too_large"),
        (png_that_unfolds(8_000, 6_000), "png", "picture_too_large"),
        (png_that_unfolds(100, 100), "png", "picture_malformed"),
        (b"", "png", "picture_malformed"),
        (b"<svg/>", "jpg", "picture_malformed"),
        (picture("JPEG", 8, 8), "png", "picture_malformed"),
        (picture("GIF", 8, 8), "png", "picture_malformed"),
        (picture("JPEG", 64, 64)[:300], "jpg", "picture_malformed"),
    ],
)
def test_what_is_no_picture_of_its_kind_is_refused(data: bytes, suffix: str, code: str) -> None:
    with pytest.raises(PictureRefusedError) as refused:
        shrink_picture(data, suffix)
    assert refused.value.code == code


def test_an_animation_is_refused() -> None:
    frames = [Image.new("RGB", (9, 9), color) for color in ((1, 2, 3), (200, 2, 3))]
    written = io.BytesIO()
    frames[0].save(written, "WEBP", save_all=True, append_images=frames[1:])
    with pytest.raises(PictureRefusedError) as refused:
        shrink_picture(written.getvalue(), "webp")
    assert refused.value.code == "picture_animated"


def test_every_drawing_that_comes_with_the_product_is_clean() -> None:
    drawings = sorted((Path(__file__).parents[2] / "content_packs").glob("*/media/*.svg"))
    assert drawings
    for drawing in drawings:
        assert clean_svg(drawing.read_bytes()).removed == (), drawing.name
