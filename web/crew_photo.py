"""Photos of crews: opened within bounds, drawn anew, and only the new picture is kept.

So nothing of the file as sent is ever served: no place and no name of a device (EXIF), no second picture, nothing that is a
picture to one reader and a script to another.
"""

from __future__ import annotations

import io
import threading
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from web.problems import Problem

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_BYTES = 2 * 1024 * 1024
MOST_PIXELS = 16_000_000
"""What a phone's camera makes (4032 × 3024) when it could not scale it; decoded, 48 MB."""
LONGEST_SIDE = 1600
QUALITY = 80
AT_ONCE = 2
IN_LINE = 8
"""So many photos are drawn or wait for it; more would hold the threads that answer everybody else."""

_line = threading.BoundedSemaphore(IN_LINE)
_turn = threading.BoundedSemaphore(AT_ONCE)


def drawn_anew(sent: bytes) -> bytes:
    """The picture as a JPEG of at most 1600 px a side, upright, with nothing but its pixels.

    422 for what is no JPEG, PNG or WebP, is damaged, or has more than 16 million pixels; 413 for more than 2 MB. Two pictures are
    drawn at a time and some wait; 503 for whoever comes then.
    """
    if len(sent) > MOST_BYTES:
        raise Problem(413, f"A photo has at most {MOST_BYTES} bytes.")
    if not _line.acquire(blocking=False):
        raise Problem(503, "Many photos are coming in. Please send this one again shortly.", {"Retry-After": "10"})
    try:
        with _turn:
            return _jpeg(sent)
    finally:
        _line.release()


def _jpeg(sent: bytes) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the reader, about what is refused below or does not matter
            picture = Image.open(io.BytesIO(sent), formats=FORMATS)
        if picture.width * picture.height > MOST_PIXELS:  # known from the head of the file, before anything is decoded
            raise Problem(422, f"The photo has more than {MOST_PIXELS} pixels.")
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        return _encoded(upright)
    except UnidentifiedImageError as error:
        raise Problem(422, "The photo is no JPEG, PNG or WebP picture.") from error
    except Image.DecompressionBombError as error:
        raise Problem(422, f"The photo has more than {MOST_PIXELS} pixels.") from error
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError, IndexError, ZeroDivisionError) as error:
        raise Problem(422, "The photo is damaged.") from error  # readers of pictures fail in many ways


def _encoded(picture: Image.Image) -> bytes:
    """The pixels on white, without anything that stood beside them in the file."""
    ground = Image.new("RGB", picture.size, "white")
    flat = picture.convert("RGBA") if "transparency" in picture.info or picture.mode in ("RGBA", "LA", "PA") else None
    ground.paste(picture.convert("RGB") if flat is None else flat, mask=flat)
    out = io.BytesIO()
    ground.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
