"""Build hook: compiles the message catalogues, so that installs need no gettext."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Messages(BuildHookInterface):  # type: ignore[type-arg]
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before every build, an editable install included."""
        compile_all(Path(self.root))


def compile_all(root: Path) -> None:
    """``django.po`` to ``django.mo`` beside it, for every language; fuzzy entries are left out."""
    import polib

    for source in root.glob("src/tongbao/locale/*/LC_MESSAGES/django.po"):
        polib.pofile(str(source)).save_as_mofile(str(source.with_suffix(".mo")))


if __name__ == "__main__":
    compile_all(Path(__file__).parents[1])
