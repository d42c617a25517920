"""Schemathesis asks the API what its description promises, and what it does not, over HTTP."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

THERE = '[parameters]\n"path.key" = "published0"\n"path.slug" = "town"\n'


@pytest.mark.parametrize("config", ["", THERE], ids=["anything", "things that are there"])
def test_the_api_keeps_its_word(live_server: Any, plans: Any, tmp_path: Path, config: str) -> None:
    (tmp_path / "schemathesis.toml").write_text(config)
    answer = subprocess.run(
        [str(Path(sys.executable).with_name("schemathesis")), "run", f"{live_server.url}/api/v1/openapi.json",
         "--max-examples=8", "--phases=coverage,fuzzing", "--seed=1", "--workers=1", "--no-color"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )
    assert answer.returncode == 0, answer.stdout[-6000:] + answer.stderr[-2000:]
