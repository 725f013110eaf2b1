"""The command line: what it prints, with which exit code it ends, and what it says when it cannot start."""

from pathlib import Path

import pytest

from tests.emulators.discord import DiscordEmulator, Terms
from tests.emulators.perplexity import PerplexityEmulator
from tests.emulators.perplexity.faults import Cut, Status
from tests.emulators.slack import SlackEmulator
from tests.end_to_end.process import Bot, free_port, running, started

SECRETS = {
    "SLACK_BOT_TOKEN": "xoxp-1111-wrong-kind",
    "SLACK_APP_TOKEN": "no-app-token-2222",
    "SLACK_SIGNING_SECRET": "signed-3333",
    "DISCORD_TOKEN": "discord-4444",
    "PERPLEXITY_API_KEY": "pplx 5555",
    "DATABASE_URL": "mysql://user:word-6666@host/base",
}


async def ended(folder: Path, *arguments: str, **settings: str) -> tuple[int, Bot]:
    """Run a command to its end; its log is clean."""
    async with started(folder, *arguments, settings=settings) as bot:
        code = await bot.exit_code()
    bot.check_log()
    return code, bot


# ask --------------------------------------------------------------------------------------------------------


async def test_ask_prints_the_answer_and_its_sources(perplexity: PerplexityEmulator, tmp_path: Path) -> None:
    code, bot = await ended(tmp_path, "ask", "How", "many", "moons?", **perplexity.settings())

    assert code == 0
    assert perplexity.requests[0].question == "How many moons?"
    assert "w1 w2 w3 w4 w5 w6 w7 w8 w9 w10.[1] w11 w12." in bot.printed
    assert "[1] Source 1: a page about it  https://source1.example/pages/1" in bot.printed.splitlines()
    assert not bot.log


async def test_ask_without_any_setting_answers_from_the_projects_own_pages(tmp_path: Path) -> None:
    code, bot = await ended(tmp_path, "ask", "How do I connect Slack?")

    assert code == 0
    assert "[1]" in bot.printed
    assert "slack.md" in bot.printed


async def test_ask_keeps_what_was_said_before_the_engine_failed_and_exits_with_1(
    perplexity: PerplexityEmulator, tmp_path: Path
) -> None:
    perplexity.fail(Cut(after=5))

    code, bot = await ended(tmp_path, "ask", "Why?", **perplexity.settings())

    assert code == 1
    assert "w1 w2 w3 w4 w5" in bot.printed
    assert "The connection to the answer engine broke" in bot.log


async def test_ask_says_in_our_words_that_the_key_is_refused(perplexity: PerplexityEmulator, tmp_path: Path) -> None:
    perplexity.fail(Status(401))

    code, bot = await ended(tmp_path, "ask", "Why?", **perplexity.settings())

    assert code == 1
    assert "did not accept its key" in bot.log
    assert "html" not in bot.log.lower()


async def test_ask_without_a_question_exits_with_2(tmp_path: Path) -> None:
    code, bot = await ended(tmp_path, "ask", " ")

    assert code == 2
    assert "Nothing was asked" in bot.log


# settings ---------------------------------------------------------------------------------------------------


async def test_run_names_every_wrong_setting_at_once_and_shows_no_secret(tmp_path: Path) -> None:
    wrong = {
        "ENGINE": "oracle",
        "ENGINE_CONCURRENCY": "none",
        "ANSWER_STREAMING": "maybe",
        "LOG_LEVEL": "loud",
        "HTTP_PORT": "http",
        "PERPLEXITY_API": "chat",
        "SLACK_API_URL": "slack.example",
        "DISCORD_GUILD_IDS": "here",
        "DISCORD_MESSAGE_CONTENT": "sometimes",
        "DOCUMENTS_DIR": str(tmp_path / "nowhere"),
    }

    code, bot = await ended(tmp_path, "run", **SECRETS, **wrong)

    assert code == 2
    lines = [line for line in bot.log.splitlines() if line.startswith("  - ")]
    named = {name for name in (*SECRETS, *wrong) for line in lines if name in line}
    assert named == {*SECRETS, *wrong} - {"SLACK_SIGNING_SECRET"}
    for part in ("1111", "2222", "3333", "4444", "5555", "6666"):
        assert part not in bot.log + bot.printed


async def test_run_without_a_platform_says_what_to_set_and_exits_with_2(tmp_path: Path) -> None:
    code, bot = await ended(tmp_path, "run")

    assert code == 2
    assert "SLACK_BOT_TOKEN" in bot.log
    assert "DISCORD_TOKEN" in bot.log


async def test_the_perplexity_engine_without_a_key_cannot_be_chosen(tmp_path: Path) -> None:
    code, bot = await ended(tmp_path, "ask", "Why?", ENGINE="perplexity")

    assert code == 2
    assert "PERPLEXITY_API_KEY is not set" in bot.log


async def test_settings_come_from_the_file_env_and_secrets_from_files_and_the_environment_wins(
    perplexity: PerplexityEmulator, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(f"{perplexity.key}\n")
    (tmp_path / ".env").write_text(
        f"PERPLEXITY_BASE_URL={perplexity.url}\nPERPLEXITY_API_KEY_FILE={tmp_path / 'key'}\nPERPLEXITY_MODEL=sonar-pro\n"
    )

    code, _ = await ended(tmp_path, "ask", "Why?")
    again, _ = await ended(tmp_path, "ask", "Why?", PERPLEXITY_MODEL="sonar")

    assert (code, again) == (0, 0)
    assert [asked.body["model"] for asked in perplexity.requests] == ["sonar-pro", "sonar"]


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-0-revoked", "OAuth & Permissions"),
        ("SLACK_APP_TOKEN", "xapp-0-revoked", "Basic Information"),
        ("DISCORD_TOKEN", "a.revoked.token", "Reset Token"),
    ],
)
async def test_a_token_that_a_platform_refuses_is_named_with_where_to_get_another(
    slack: SlackEmulator, discord: DiscordEmulator, tmp_path: Path, name: str, value: str, advice: str
) -> None:
    settings = slack.settings() | discord.settings() | {name: value}

    code, bot = await ended(tmp_path, "run", **settings)

    assert code == 2
    assert f"{name} was refused" in bot.log
    assert advice in bot.log


async def test_an_intent_that_discord_does_not_allow_is_named_with_what_to_do(tmp_path: Path) -> None:
    async with DiscordEmulator(terms=Terms(message_content=False)) as discord:
        code, bot = await ended(tmp_path, "run", **discord.settings(), DISCORD_MESSAGE_CONTENT="on")

    assert code == 2
    assert "Message Content Intent" in bot.log


async def test_a_platform_that_cannot_be_reached_ends_the_start_with_1(tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/api/"

    code, bot = await ended(
        tmp_path, "run", SLACK_BOT_TOKEN="xoxb-1-emulated", SLACK_APP_TOKEN="xapp-1-emulated", SLACK_API_URL=nobody
    )

    assert code == 1
    assert "Footnote cannot start: Slack cannot be reached" in bot.log


async def test_a_port_that_is_taken_is_named(slack: SlackEmulator, tmp_path: Path) -> None:
    taken = slack.url.rpartition(":")[2]

    code, bot = await ended(tmp_path, "run", **slack.settings(), HTTP_PORT=taken)

    assert code == 2
    assert f"HTTP_PORT {taken}" in bot.log


async def test_a_database_that_cannot_be_opened_ends_the_start_with_1(slack: SlackEmulator, tmp_path: Path) -> None:
    code, bot = await ended(tmp_path, "run", **slack.settings(), DATABASE_URL="postgresql://user@127.0.0.1:1/none")

    assert code == 1
    assert "the database cannot be used" in bot.log


# health -----------------------------------------------------------------------------------------------------


async def test_health_is_0_while_the_bot_runs_and_1_when_it_does_not(slack: SlackEmulator, tmp_path: Path) -> None:
    port = str(free_port())
    without, _ = await ended(tmp_path, "health", HTTP_PORT=port)
    async with running(tmp_path, slack.settings() | {"HTTP_PORT": port}):
        during, _ = await ended(tmp_path, "health", HTTP_PORT=port)

    assert (without, during) == (1, 0)
