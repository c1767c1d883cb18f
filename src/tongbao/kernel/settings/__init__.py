"""All settings: one frozen struct, read from the environment and an optional TOML file.

Every setting ``x`` is the variable ``TONGBAO_X`` or the key ``x`` of the file that ``TONGBAO_CONFIG``
names; the environment wins. Texts and lists may come from a file named by ``TONGBAO_X_FILE`` (secrets).
An unknown name, a wrong type or an impossible combination refuses to start and says where.
"""

from tongbao.kernel.settings.fields import Settings
from tongbao.kernel.settings.reading import SettingsError, law_of, load

__all__ = ["Settings", "SettingsError", "law_of", "load"]
