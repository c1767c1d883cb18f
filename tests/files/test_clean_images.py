"""Pictures lose what their camera and their maker left in them, and keep what is to be seen."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.files import samples
from tongbao.files.clean import images


def cleaned(tmp_path: Path, kind: str, content: bytes) -> bytes:
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(content)
    images.CLEANERS[kind](source, target)
    return target.read_bytes()


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("jpeg", samples.jpeg),
        ("png", samples.png),
        ("gif", samples.gif),
        ("webp", samples.webp),
        ("tiff", samples.tiff),
    ],
)
def test_it_leaves_no_metadata_in_a_picture(tmp_path: Path, kind: str, make: Callable[[], bytes]) -> None:
    content = make()
    assert samples.SECRET in content
    clean = cleaned(tmp_path, kind, content)
    assert samples.SECRET not in clean
    with Image.open(BytesIO(clean)) as image:
        assert image.format == kind.upper()
        assert not dict(image.getexif()) or kind == "tiff"
        assert image.info.get("icc_profile") is None


def test_it_turns_a_photograph_upright_before_the_orientation_is_lost(tmp_path: Path) -> None:
    clean = cleaned(tmp_path, "jpeg", samples.jpeg(orientation=6))
    with Image.open(BytesIO(clean)) as image:
        assert image.size == (20, 40)
        top, bottom = image.convert("RGB").getpixel((10, 5)), image.convert("RGB").getpixel((10, 35))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 200 > 60 > top[2]
    assert bottom[2] > 200 > 60 > bottom[0]


@pytest.mark.parametrize("kind", ["gif", "png", "webp", "tiff"])
def test_it_keeps_every_frame(tmp_path: Path, kind: str) -> None:
    clean = cleaned(tmp_path, kind, samples.animation(kind.upper()))
    with Image.open(BytesIO(clean)) as image:
        assert getattr(image, "n_frames", 1) == 3
        image.seek(1)
        image.load()
        assert kind == "tiff" or image.info["duration"] == 70
        assert image.convert("RGB").getpixel((5, 5)) == pytest.approx((0, 128, 0), abs=6)


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_it_keeps_pixels_exact_where_nothing_was_lost_before(tmp_path: Path, kind: str) -> None:
    noise = Image.merge("RGB", [Image.effect_noise((64, 64), 90) for _ in range(3)])
    options = {"lossless": True} if kind == "webp" else {}
    clean = cleaned(tmp_path, kind, samples.saved(noise, kind.upper(), **options))
    with Image.open(BytesIO(clean)) as image:
        assert image.tobytes() == noise.tobytes()


def test_it_keeps_what_is_see_through(tmp_path: Path) -> None:
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([0, 0, 0, 255, 255, 255])
    clean = cleaned(tmp_path, "png", samples.saved(palette, "PNG", transparency=1))
    with Image.open(BytesIO(clean)) as image:
        assert image.convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 0)


def test_it_drops_what_another_format_hides_behind_a_picture(tmp_path: Path) -> None:
    """A polyglot: a good GIF for one reader, a ZIP for another."""
    clean = cleaned(tmp_path, "gif", samples.gif() + samples.zipped({"evil.exe": b"MZ" + b"E" * 50}))
    assert b"evil.exe" not in clean


def test_it_refuses_a_picture_that_would_fill_the_memory(tmp_path: Path) -> None:
    for side in (8_100, 60_000):
        with pytest.raises((Image.DecompressionBombWarning, Image.DecompressionBombError)):
            cleaned(tmp_path, "png", samples.huge_png(side))


def test_it_refuses_a_truncated_picture(tmp_path: Path) -> None:
    whole = samples.saved(Image.effect_noise((200, 200), 50), "PNG")
    with pytest.raises(OSError, match=r"truncated|Truncated"):
        cleaned(tmp_path, "png", whole[: len(whole) // 2])


def test_it_survives_an_orientation_that_makes_no_sense(tmp_path: Path) -> None:
    odd = samples.exif()
    odd[0x0112] = 99
    clean = cleaned(tmp_path, "jpeg", samples.saved(samples.picture(), "JPEG", exif=odd))
    with Image.open(BytesIO(clean)) as image:
        assert image.size == (40, 20)


def test_it_gives_the_same_bytes_each_time(tmp_path: Path) -> None:
    content = samples.jpeg(6)
    assert cleaned(tmp_path, "jpeg", content) == cleaned(tmp_path, "jpeg", content)
