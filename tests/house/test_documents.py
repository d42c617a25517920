"""What the documents promise exists, and what exists is documented."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"```.*?```|`[^`\n]*`|^    .*$", "", page.read_text("utf-8"), flags=re.S | re.M)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", prose):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_both_readmes_have_the_same_parts() -> None:
    english = (ROOT / "README.md").read_text("utf-8")
    japanese = (ROOT / "README.ja.md").read_text("utf-8")
    for pattern in (r"(?m)^#+ ", r"(?m)^```", r"(?m)^\|", r"(?m)^[-*] ", r"(?m)^\d+\. "):
        assert len(re.findall(pattern, english)) == len(re.findall(pattern, japanese)), pattern
    for block in re.findall(r"```\w*\n(.*?)```", english, flags=re.S):
        for line in block.splitlines():
            words = line.split("#")[0].strip()
            assert words in japanese, f"README.ja.md lacks: {words}"


def test_every_command_of_the_readme_exists() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    named = set(re.findall(r"(?m)^\s*(?:\.venv/bin/)?musubime ([\w-]+)", readme))
    assert {"sample", "build", "check", "plan"} <= named
    for name in named:
        command = [Path(sys.executable).parent / "musubime", name, "--help"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        assert answer.returncode == 0, f"musubime {name} --help: {answer.stderr}"


def test_every_parameter_is_documented() -> None:
    from musubime import parameters

    page = (ROOT / "docs" / "parameters.md").read_text("utf-8")
    assert not [name for name in parameters.load() if f"`{name}`" not in page], "run python docs/make_parameters.py"


def test_nothing_names_one_machine() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in tracked.splitlines():
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".yaml", ".po", ".html", ""} and path.is_file():
            words = path.read_text("utf-8", errors="ignore")
            assert not re.search(r"/(?:work|root|home)/[a-z]", words), name
