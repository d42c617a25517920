"""The first administrator: whoever holds the code that stands in the data folder and on the screen of `serve`."""

from __future__ import annotations

import hmac
import os
from pathlib import Path

from musubime.web.data import DataFolder

from .codes import new_code, plain
from .models import User


def _file(data: DataFolder) -> Path:
    return data.root / "first-run.code"


def is_first_run() -> bool:
    """Whether nobody has an account yet."""
    return not User.objects.exists()


def setup_code(data: DataFolder) -> str | None:
    """The code that the set-up page asks for while nobody has an account; None, and no file any more, afterwards.

    It is made once and stands in DATA/first-run.code, readable by its owner alone.
    """
    path = _file(data)
    if not is_first_run():
        path.unlink(missing_ok=True)
        return None
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    code = new_code()
    with os.fdopen(handle, "w") as file:
        file.write(code)
    return code


def is_setup_code(data: DataFolder, given: str) -> bool:
    code = setup_code(data)
    return code is not None and hmac.compare_digest(plain(code).encode(), plain(given).encode())
