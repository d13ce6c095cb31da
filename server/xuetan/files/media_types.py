"""What bytes are, by themselves: the few kinds of photos and recordings that are taken. Pure.

Owns the allow-list. Never believes a name or a header, and decodes nothing: a picture's size is read where its format
keeps it, so that one that would take a reader's memory is refused before anybody opens it.
"""

import struct

from xuetan.contracts.limits import FILE_SIDE_PIXELS_MAX

_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_WEBP_ANIMATED = 0x02


def media_type_of(data: bytes) -> str | None:
    """The media type to serve these bytes under; None for whatever is not on the list."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg" if _is_fit(_jpeg_size(data)) else None
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp" if _is_fit(_webp_size(data)) else None
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return "audio/webm"
    if data.startswith(b"OggS"):
        return "audio/ogg"
    if data[4:8] == b"ftyp":
        return "audio/mp4"
    return None


def _is_fit(size: tuple[int, int] | None) -> bool:
    return size is not None and min(size) > 0 and max(size) <= FILE_SIDE_PIXELS_MAX


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of the first frame. Segments are stepped over by their length."""
    at = 2
    while at + 9 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _JPEG_ALONE:
            at += 2
        elif marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        else:
            at += 2 + max(2, struct.unpack_from(">H", data, at + 2)[0])
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    if len(data) < 30:
        return None
    match data[12:16]:
        case b"VP8X" if not data[20] & _WEBP_ANIMATED:
            return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
    return None
