"""Shrinks photographs and screen pictures to what a phone needs, and leaves nothing in them but pixels.

Owns decoding limits and the choice of coding: at most 960 pixels wide, WebP; photographs at quality 60, pictures
that compress better without loss (drawings, slides, screens) without loss. Position, camera, colour profile and
every other note are dropped.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from xuetan.packs import limits

FORMATS = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP"}
PHOTO_QUALITY = 60
LOSSLESS_ALLOWANCE = 1.25


class PictureRefusedError(Exception):
    """The file is no picture that can be taken. `code` is a finding's code."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True)
class SmallPicture:
    data: bytes
    width: int
    height: int


def shrink_picture(data: bytes, suffix: str) -> SmallPicture:
    """`suffix` is the file's; a file that is something else inside is refused. Raises PictureRefusedError."""
    expected = FORMATS[suffix]
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data), formats=[expected]) as opened:
                _check_size(opened)
                opened.load()
                picture = _upright_pixels(opened)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise PictureRefusedError("picture_too_large", limit=limits.PICTURE_PIXELS_MAX) from error
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
            raise PictureRefusedError("picture_malformed", expected=expected) from error
    picture.thumbnail((limits.PICTURE_WIDTH_MAX, limits.PICTURE_HEIGHT_MAX), Image.Resampling.LANCZOS)
    photo = _webp(picture, lossless=False)
    if expected == "PNG":
        exact = _webp(picture, lossless=True)
        if len(exact) <= len(photo) * LOSSLESS_ALLOWANCE:
            photo = exact
    return SmallPicture(photo, picture.width, picture.height)


def _check_size(picture: Image.Image) -> None:
    """The header is read, the pixels are not: a small file that unfolds to gigabytes ends here."""
    if picture.width * picture.height > limits.PICTURE_PIXELS_MAX:
        raise PictureRefusedError("picture_too_large", limit=limits.PICTURE_PIXELS_MAX)
    if getattr(picture, "n_frames", 1) > 1:
        raise PictureRefusedError("picture_animated")


def _upright_pixels(picture: Image.Image) -> Image.Image:
    """A new image of the pixels alone, turned as the camera meant it."""
    turned = ImageOps.exif_transpose(picture)
    has_alpha = turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info
    plain = turned.convert("RGBA" if has_alpha else "RGB")
    clean = Image.new(plain.mode, plain.size)
    clean.paste(plain)
    return clean


def _webp(picture: Image.Image, *, lossless: bool) -> bytes:
    written = io.BytesIO()
    if lossless:
        picture.save(written, "WEBP", lossless=True, quality=100, method=6, exact=False)
    else:
        picture.save(written, "WEBP", quality=PHOTO_QUALITY, method=6)
    return written.getvalue()
