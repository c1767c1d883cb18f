"""Images, decoded and encoded anew: only pixels pass, turned the way the camera was held."""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, JpegImagePlugin

MOST_PIXELS = 64_000_000
"""Pixels of one picture: 256 MB while it is decoded."""
MOST_FRAMES = 1000
_KEPT = frozenset({"background", "blend", "default_image", "disposal", "duration", "loop", "transparency"})
"""What is carried over beside the pixels: how an animation plays and which colour is see-through."""

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def _open(source: Path, kind: str) -> Image.Image:
    image = Image.open(source, formats=[kind])
    if getattr(image, "n_frames", 1) > MOST_FRAMES:
        raise ValueError("too many frames")
    return image


def _bare(image: Image.Image) -> Image.Image:
    """A copy of the pixels that remembers nothing else."""
    copy = image.copy()
    copy.info = {key: value for key, value in image.info.items() if key in _KEPT}
    return copy


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF orientation says; an unreadable orientation is none."""
    image.load()
    try:
        turned = ImageOps.exif_transpose(image)
    except (ValueError, KeyError, TypeError, SyntaxError, OSError):
        turned = image
    return _bare(turned)


class _Later:
    """All frames but the first, decoded when asked for, each time anew: some encoders pass twice."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image

    def __iter__(self) -> Iterator[Image.Image]:
        for number in range(1, getattr(self.image, "n_frames", 1)):
            self.image.seek(number)
            yield _bare(self.image)


def _all_frames(image: Image.Image, target: Path, kind: str, **options: Any) -> None:
    first = _bare(image)
    first.save(target, kind, save_all=True, append_images=_Later(image), **options)


def jpeg(source: Path, target: Path) -> None:
    """First picture only: depth maps and previews of multi-picture files do not pass."""
    with _open(source, "JPEG") as image:
        sampling = JpegImagePlugin.get_sampling(image)
        upright = _upright(image)
    upright.save(target, "JPEG", quality=92, subsampling=max(sampling, 0))


def png(source: Path, target: Path) -> None:
    with _open(source, "PNG") as image:
        if getattr(image, "is_animated", False):
            _all_frames(image, target, "PNG")
        else:
            _upright(image).save(target, "PNG")


def gif(source: Path, target: Path) -> None:
    with _open(source, "GIF") as image:
        _all_frames(image, target, "GIF")


def webp(source: Path, target: Path) -> None:
    with source.open("rb") as file:
        lossless = b"VP8L" in file.read(4096)
    with _open(source, "WEBP") as image:
        if getattr(image, "is_animated", False):
            _all_frames(image, target, "WEBP", lossless=lossless, quality=90)
        else:
            _upright(image).save(target, "WEBP", lossless=lossless, quality=90)


def tiff(source: Path, target: Path) -> None:
    with _open(source, "TIFF") as image:
        if getattr(image, "n_frames", 1) > 1:
            _all_frames(image, target, "TIFF", compression="tiff_lzw")
        else:
            _upright(image).save(target, "TIFF", compression="tiff_lzw")


CLEANERS: dict[str, Callable[[Path, Path], None]] = {
    "gif": gif,
    "jpeg": jpeg,
    "png": png,
    "tiff": tiff,
    "webp": webp,
}
