"""The settings of the store."""

import pytest

from bot.config import Reader
from storage.settings import DEFAULT_URL, StorageSettings, read


def reader(files: dict[str, str] | None = None, **env: str) -> Reader:
    return Reader(env, lambda path: (files or {})[path])


def test_without_a_setting_it_is_a_file_under_data() -> None:
    assert read(reader()) == StorageSettings("sqlite:///data/footnote.db")


def test_the_address_may_come_from_a_file() -> None:
    files = {"/run/secrets/db": "postgres://u:p@db/f\n"}
    assert read(reader(files, DATABASE_URL_FILE="/run/secrets/db")).database_url == "postgres://u:p@db/f"


def test_an_address_that_cannot_be_used_is_one_problem_among_others() -> None:
    settings = reader(DATABASE_URL="mysql://u:h8nter2@db/f")
    settings.problems.append("Another one.")
    assert read(settings).database_url == DEFAULT_URL
    assert len(settings.problems) == 2
    assert "DATABASE_URL" in settings.problems[1]
    assert "h8nter2" not in settings.problems[1]


@pytest.mark.parametrize("url", ["postgres://u:h8nter2@db/f", "data/footnote.db"])
def test_the_settings_can_be_printed_without_the_address(url: str) -> None:
    assert "h8nter2" not in repr(read(reader(DATABASE_URL=url)))
