"""What the Discord settings are read as, and every problem with them at once."""

from collections.abc import Mapping

import pytest

from adapters.discord.settings import DiscordSettings, read
from bot.config import Reader

TOKEN = "aaa.bbb.ccc-_1"


def reader(**env: str) -> Reader:
    return Reader(env, lambda path: {"/run/token": f"{TOKEN}\n"}[path])


def test_without_a_token_discord_is_not_configured() -> None:
    assert read(reader(DISCORD_GUILD_IDS="1", DISCORD_MESSAGE_CONTENT="on")) is None


@pytest.mark.parametrize("env", [{"DISCORD_TOKEN": TOKEN}, {"DISCORD_TOKEN_FILE": "/run/token"}])
def test_a_token_is_enough(env: Mapping[str, str]) -> None:
    settings = reader(**env)
    assert read(settings) == DiscordSettings(TOKEN, "https://discord.com/api/v10", (), message_content=False)
    assert settings.problems == []
    assert settings.secrets == [TOKEN]


def test_everything_can_be_set() -> None:
    settings = reader(
        DISCORD_TOKEN=TOKEN,
        DISCORD_API_URL="http://127.0.0.1:1/api/v10/",
        DISCORD_GUILD_IDS="12, 34 12",
        DISCORD_MESSAGE_CONTENT="on",
    )
    assert read(settings) == DiscordSettings(TOKEN, "http://127.0.0.1:1/api/v10", (12, 34), message_content=True)
    assert settings.problems == []


def test_all_problems_are_named_and_no_value_that_may_be_secret() -> None:
    settings = reader(
        DISCORD_TOKEN="Bot hunter2",
        DISCORD_API_URL="discord.com",
        DISCORD_GUILD_IDS="my-server",
        DISCORD_MESSAGE_CONTENT="perhaps",
    )
    read(settings)
    assert [problem.split()[0] for problem in settings.problems] == [
        "DISCORD_TOKEN",
        "DISCORD_API_URL",
        "DISCORD_GUILD_IDS",
        "DISCORD_MESSAGE_CONTENT",
    ]
    assert "hunter2" not in " ".join(settings.problems)


def test_the_token_is_not_shown_by_the_settings() -> None:
    assert TOKEN not in repr(read(reader(DISCORD_TOKEN=TOKEN)))
