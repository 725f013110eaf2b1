"""What somebody sees who asks in a terminal: a real one, as a process has it."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.adapters.terminal.asking import ITEMS
from tests.adapters.terminal.vt import Terminal

ROOT = Path(__file__).parents[3]
ROWS, COLUMNS = 20, 70


@dataclass(frozen=True, slots=True)
class Shown:
    """What came out: `raw` as it was written, `terminal` as it stands at the end, and the exit code."""

    raw: str
    terminal: Terminal
    code: int

    @property
    def lines(self) -> list[str]:
        return self.terminal.text.splitlines()


def asked(name: str, **env: str) -> Shown:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    settings = {"PATH": os.defpath, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **env}
    command = [sys.executable, "-m", "tests.adapters.terminal.asking", name]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=settings) as process:
        os.close(theirs)
        raw = b"".join(iter(lambda: _read(ours), b"")).decode()
    os.close(ours)
    terminal = Terminal(ROWS)
    terminal.read(raw)
    return Shown(raw, terminal, process.returncode)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # how Linux says that the other side is closed
        return b""


@pytest.fixture(scope="module")
def short() -> Shown:
    return asked("short")


def test_the_answer_stands_there_once_with_its_sources(short: Shown) -> None:
    assert short.code == 0
    assert [line for line in short.lines if line] == [
        "Mars has two moons [1]. See the page (https://example.org/a).",
        "[1] Page A  https://example.org/a",
        "[2] Page B  https://example.org/b",
    ]


def test_it_grows_and_says_before_what_is_going_on(short: Shown) -> None:
    beginnings = [
        short.raw.find(words) for words in ("Searching…", "Searching: moons of Mars", "Writing…", "[1] Page A")
    ]
    assert -1 not in beginnings
    assert beginnings == sorted(beginnings)
    assert short.raw.count("Mars has") > 1


def test_a_link_shows_where_it_leads_and_hides_nothing(short: Shown) -> None:
    assert "the page (https://example.org/a)" in short.terminal.text
    assert "\x1b]8" not in short.raw


def test_an_answer_longer_than_the_screen_stands_there_once_when_one_scrolls_back() -> None:
    shown = asked("long")
    assert shown.code == 0
    assert [line.split(" • ")[-1].strip() for line in shown.lines if "item" in line] == [
        f"item number {number}" for number in range(ITEMS)
    ]
    assert "[2] Page B  https://example.org/b" in shown.lines


def test_nothing_that_the_engine_says_moves_the_cursor_or_renames_the_window() -> None:
    shown = asked("hostile")
    assert shown.terminal.unknown == []
    assert "\x1b]" not in shown.raw
    assert "\x1b[2J" not in shown.raw
    assert "\x1b[31m" not in shown.raw
    assert "\u202e" not in shown.raw
    assert "over" in shown.terminal.text


def test_a_broken_answer_keeps_its_text_and_its_sources_and_says_what_happened() -> None:
    shown = asked("broken")
    assert shown.code == 1
    assert [line for line in shown.lines if line] == [
        "Half of the truth [1].",
        "[1] Page A  https://example.org/a",
        "[2] Page B  https://example.org/b",
        "The connection to the answer engine broke, so the answer ends here. Ask again.",
    ]


def test_a_terminal_that_can_do_nothing_gets_the_answer_too() -> None:
    shown = asked("short", TERM="dumb")
    assert shown.code == 0
    assert "\x1b" not in shown.raw
    assert "Mars has two moons [1]." in shown.raw
