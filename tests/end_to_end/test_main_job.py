"""The main job: ask in Slack and in Discord, watch both answers grow, go on in the same threads after a restart."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.emulators.discord import DiscordEmulator
from tests.emulators.perplexity import PerplexityEmulator
from tests.emulators.slack import SlackEmulator
from tests.end_to_end.asking import ask, discord_answer, heard, slack_answer
from tests.end_to_end.conftest import growing
from tests.end_to_end.process import free_port, running
from tests.end_to_end.reading import check_growth, check_whole, in_discord


@dataclass(frozen=True, slots=True)
class Way:
    """This is one way to run the bot."""

    transport: str
    api: str
    database: str

    def __str__(self) -> str:
        return f"{self.transport}-{self.api}-{self.database}"


WAYS = [Way("socket", "sonar", "sqlite"), Way("http", "agent", "postgresql")]


@pytest.fixture
def settings(
    way: Way,
    slack: SlackEmulator,
    discord: DiscordEmulator,
    perplexity: PerplexityEmulator,
    request: pytest.FixtureRequest,
) -> dict[str, str]:
    found = slack.settings() | discord.settings() | perplexity.settings() | {"PERPLEXITY_API": way.api}
    found["LOG_LEVEL"] = "debug"
    if way.transport == "http":
        port = free_port()
        slack.app.request_url = f"http://127.0.0.1:{port}/slack/events"
        del found["SLACK_APP_TOKEN"]
        found |= {"SLACK_HTTP_HOST": "127.0.0.1", "SLACK_HTTP_PORT": str(port)}
    if way.database == "postgresql":
        found["DATABASE_URL"] = request.getfixturevalue("postgres").create_schema()
    return found


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_answers_grow_and_end_whole_and_a_follow_up_after_a_restart_knows_its_own_thread_alone(
    settings: dict[str, str],
    slack: SlackEmulator,
    discord: DiscordEmulator,
    perplexity: PerplexityEmulator,
    tmp_path: Path,
) -> None:
    perplexity.scripts = growing
    thread = discord.open_thread(discord.general.id, discord.asker, "stars")
    async with running(tmp_path, settings) as bot:
        amber = slack.people.mention(slack.channel, slack.user, "Amber or jade?")
        birch = slack.people.mention(slack.channel, slack.user, "Birch or oak?")
        comet = await ask(discord, "Comet or moon?")
        delta = discord.mention(thread.id, discord.asker, "Delta or bay?")
        in_thread = await slack_answer(slack, amber)
        in_channel = await discord_answer(discord, comet)
        for answer, letter in ((in_thread, "A"), (in_discord(in_channel), "C")):
            check_growth(answer, growing(letter))
            check_whole(answer, growing(letter))
        check_whole(await slack_answer(slack, birch), growing("B"))
        check_whole(in_discord(await discord_answer(discord, delta)), growing("D"))
    assert bot.log.count("answer ended") == 4
    assert not [word for word in ("Amber", "Comet", "Delta", "a1", "c1", "d1", "Source 1") if word in bot.log]

    async with running(tmp_path, settings):
        more_amber = slack.people.mention(slack.channel, slack.user, "Embers of it?", amber.ts)
        more_comet = discord.reply(
            discord.general.id, discord.asker, in_channel.id, f"{discord.world.bot.mark} Far away?"
        )
        more_delta = discord.mention(thread.id, discord.asker, "Grand ones?")
        check_whole(await slack_answer(slack, more_amber), growing("E"))
        check_whole(in_discord(await discord_answer(discord, more_comet)), growing("F"))
        check_whole(in_discord(await discord_answer(discord, more_delta)), growing("G"))

    for earlier, later, letter in (
        ("Amber or jade?", "Embers of it?", "a"),
        ("Comet or moon?", "Far away?", "c"),
        ("Delta or bay?", "Grand ones?", "d"),
    ):
        said = [text for role, text in heard(perplexity, later).prompt if role != "system"]
        assert said[0] == earlier
        assert f"{letter}1 {letter}2" in said[1]
        assert f"{letter}60" in said[1]
        assert said[2].endswith(later)
        assert len(said) == 3
        others = set("abcd") - {letter}
        assert not [other for other in others if f"{other}1 {other}2" in " ".join(said)]
    assert not slack.throttled
    assert discord.throttled == 0


async def test_without_streaming_an_answer_is_one_post_with_the_same_sources(
    slack: SlackEmulator, discord: DiscordEmulator, perplexity: PerplexityEmulator, tmp_path: Path
) -> None:
    perplexity.scripts = growing
    settings = slack.settings() | discord.settings() | perplexity.settings() | {"ANSWER_STREAMING": "off"}
    async with running(tmp_path, settings):
        amber = slack.people.mention(slack.channel, slack.user, "Amber or jade?")
        birch = discord.mention(discord.general.id, discord.asker, "Birch or oak?")
        in_thread = await slack_answer(slack, amber)
        in_channel = in_discord(await discord_answer(discord, birch))

    check_whole(in_thread, growing("A"))
    check_whole(in_channel, growing("B"))
    assert (len(in_thread.versions), len(in_channel.versions)) == (1, 1)
    assert [asked.body["stream"] for asked in perplexity.requests] == [False, False]
