"""The shape of the project: every adapter has its names, every setting its line, no file outgrows its room."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CHATS = ("slack", "discord", "playground")
ENGINES = ("perplexity", "documents")
LONGEST = 400


def python_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split() if (ROOT / name).is_file()]


@pytest.mark.parametrize("chat", CHATS)
def test_every_chat_platform_has_the_same_six_names(chat: str) -> None:
    for name in ("__init__", "settings", "listener", "translate", "messenger", "dialect"):
        assert (ROOT / "adapters" / chat / f"{name}.py").is_file(), name


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_has_the_same_three_names(engine: str) -> None:
    for name in ("__init__", "settings", "engine"):
        assert (ROOT / "adapters" / engine / f"{name}.py").is_file(), name


def test_no_file_outgrows_its_room() -> None:
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in python_files()}
    assert {name: lines for name, lines in long.items() if lines > LONGEST} == {}


def test_every_module_of_the_product_opens_with_a_docstring() -> None:
    parts = {"bot", "adapters", "storage"}
    files = [path for path in python_files() if path.relative_to(ROOT).parts[0] in parts]
    bare = [str(path.relative_to(ROOT)) for path in files if not ast.get_docstring(ast.parse(path.read_text()))]
    assert bare == []


def test_the_example_lists_every_setting_that_is_read() -> None:
    read = re.compile(r'reader\.(?:text|secret|choice|switch|integer|seconds|number|listing|url)\(\s*"([A-Z_]+)"')
    names = {name for path in python_files() if "tests" not in path.parts for name in read.findall(path.read_text())}
    example = set(re.findall(r"^#?\s?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert names
    assert {name for name in names if not name.endswith("_FILE")} - example == set()


def test_the_lock_files_have_hashes_and_no_addresses() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
        assert "--index" not in text
