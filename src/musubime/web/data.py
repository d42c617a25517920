"""The folder in which a site keeps all that it has: database, regions, plans, uploads and its secrets."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import platformdirs

VARIABLE = "MUSUBIME_DATA"


@dataclass(frozen=True)
class DataFolder:
    """Where things stand in the folder of a site. Nothing is made before `prepare`."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "site.sqlite3"

    @property
    def regions(self) -> Path:
        """One region folder (region.toml, region.gpkg …) for each region of the site."""
        return self.root / "regions"

    @property
    def plans(self) -> Path:
        """One folder of a published plan (plan.json, plan.html …) for each plan of the site."""
        return self.root / "plans"

    @property
    def uploads(self) -> Path:
        """Files as they were given (returns, tables), never served as they are."""
        return self.root / "uploads"

    @property
    def secret_key(self) -> Path:
        return self.root / "secret.key"

    def prepare(self) -> None:
        """Make what is missing. The secret is made once and is readable by its owner alone.

        Raises OSError where the folder cannot be written.
        """
        for folder in (self.root, self.regions, self.plans, self.uploads):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.secret_key.exists():
            handle = os.open(self.secret_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(64))

    def read_secret(self) -> str:
        """The secret of this site; before `prepare` one for this process alone, so that nothing can be forged with
        a value that stands in the code."""
        try:
            return self.secret_key.read_text("ascii").strip()
        except FileNotFoundError:
            return secrets.token_urlsafe(64)


def data_folder() -> DataFolder:
    """The folder named by MUSUBIME_DATA, else the user's own (~/.local/share/musubime on Linux)."""
    return DataFolder(Path(os.environ.get(VARIABLE) or platformdirs.user_data_dir("musubime", False)).resolve())


def use_data(folder: Path | None = None) -> DataFolder:
    """Choose the folder and the settings for this process; call it before Django is touched."""
    if folder is not None:
        os.environ[VARIABLE] = str(folder.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "musubime.web.settings")
    return data_folder()
