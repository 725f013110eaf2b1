"""Conversations of every kind: direct messages, replies, threads people talked in, long answers, broken ones. One bot for all."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.emulators.discord import DiscordEmulator
from tests.emulators.perplexity import PerplexityEmulator, Script, word_numbers
from tests.emulators.perplexity.faults import Cut
from tests.emulators.slack import Message, SlackEmulator
from tests.end_to_end.asking import ask, discord_answer, heard, slack_answer, slack_answers
from tests.end_to_end.process import eventually, running
from tests.end_to_end.reading import check_whole, in_discord

pytestmark = pytest.mark.asyncio(loop_scope="module")

BRIEF = Script(words=12, words_per_second=0, first_word_delay=0)
LONG = Script(words=3000, words_per_second=1500, first_word_delay=0, marker_every=100)
LONGISH = Script(words=700, words_per_second=350, first_word_delay=0, marker_every=100)
BREAKING = Script(words=60, words_per_second=60, first_word_delay=0, marker_every=5, fault=Cut(30))
HOSTILE = Script(
    text="Hello <!channel> <@U0000000005> @everyone @here[1] and https://elsewhere.example/?q=secret too.",
    words_per_second=0,
    first_word_delay=0,
)
SCRIPTS = {"longish": LONGISH, "long": LONG, "breaking": BREAKING, "hostile": HOSTILE, "": BRIEF}


@dataclass(frozen=True, slots=True)
class World:
    """This is the bot of this file and all that is around it."""

    slack: SlackEmulator
    discord: DiscordEmulator
    perplexity: PerplexityEmulator

    def mention(self, question: str, thread_ts: str = "") -> Message:
        """Mention the bot in a channel of Slack."""
        return self.slack.people.mention(self.slack.channel, self.slack.user, question, thread_ts)

    def engine_heard(self, question: str) -> list[str]:
        """What the engine was given to read, without the instructions."""
        return [text for role, text in heard(self.perplexity, question).prompt if role != "system"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[World]:
    async with (
        SlackEmulator() as slack,
        DiscordEmulator() as discord,
        PerplexityEmulator(scripts=SCRIPTS) as perplexity,
        running(tmp_path_factory.mktemp("bot"), slack.settings() | discord.settings() | perplexity.settings()),
    ):
        yield World(slack, discord, perplexity)


def _remembers(read: list[str], earlier: str, later: str) -> bool:
    return len(read) == 3 and read[0] == earlier and word_numbers(read[1])[:3] == [1, 2, 3] and read[2].endswith(later)


async def test_a_direct_message_in_slack_is_answered_and_its_thread_goes_on_without_a_mention(world: World) -> None:
    first = world.slack.people.direct_message(world.slack.user, "Ant?")
    check_whole(await slack_answer(world.slack, first), BRIEF)
    second = world.slack.people.direct_message(world.slack.user, "Bee?", first.ts)
    check_whole(await slack_answer(world.slack, second), BRIEF)

    assert _remembers(world.engine_heard("Bee?"), "Ant?", "Bee?")


async def test_direct_messages_in_discord_are_one_conversation(world: World) -> None:
    first = world.discord.direct_message(world.discord.asker, "Cat?")
    check_whole(in_discord(await discord_answer(world.discord, first)), BRIEF)
    second = world.discord.direct_message(world.discord.asker, "Dog?")
    check_whole(in_discord(await discord_answer(world.discord, second)), BRIEF)

    assert _remembers(world.engine_heard("Dog?"), "Cat?", "Dog?")


async def test_a_reply_to_an_answer_in_a_discord_channel_goes_on_with_it(world: World) -> None:
    channel = world.discord.world.add_channel(world.discord.guild, "replies")
    first = world.discord.mention(channel.id, world.discord.asker, "Elk?")
    answer = await discord_answer(world.discord, first)
    second = world.discord.reply(channel.id, world.discord.reader, answer.id, "Fox?")
    check_whole(in_discord(await discord_answer(world.discord, second)), BRIEF)

    assert _remembers(world.engine_heard("Fox?"), "Elk?", "Fox?")


async def test_a_thread_people_have_talked_in_is_read_once(world: World) -> None:
    slack = world.slack
    started = slack.people.say(slack.channel, slack.user, "The gnu is ill.")
    slack.people.say(slack.channel, slack.user, "It ate a shoe.", started.ts)
    first = world.mention("Gnu medicine?", started.ts)
    await slack_answer(slack, first)
    second = world.mention("Hippo medicine?", started.ts)
    await eventually(lambda: len([each for each in slack_answers(slack, first) if each.complete]) == 2)

    (read,) = world.engine_heard("Gnu medicine?")
    assert "The gnu is ill." in read
    assert "It ate a shoe." in read
    assert "shoe" not in world.engine_heard("Hippo medicine?")[-1]
    calls = [call for call in slack.calls if call.method == "conversations.replies"]
    assert [call.arguments["ts"] for call in calls].count(started.ts) == 1
    assert second.thread_ts == started.ts


async def test_a_long_answer_is_cut_into_messages_and_nothing_is_lost(world: World) -> None:
    channel = world.discord.world.add_channel(world.discord.guild, "long")
    in_slack = world.mention("A long one?")
    world.discord.mention(channel.id, world.discord.asker, "A longish one?")

    await eventually(lambda: any(each.complete for each in slack_answers(world.slack, in_slack)))
    await eventually(lambda: any(in_discord(each).complete for each in world.discord.answers(channel.id)))
    pages = slack_answers(world.slack, in_slack)
    assert len(pages) >= 2
    check_whole(pages, LONG)
    pages = [in_discord(each) for each in world.discord.answers(channel.id)]
    assert len(pages) >= 2
    check_whole(pages, LONGISH)


async def test_an_answer_whose_engine_breaks_keeps_its_words_and_says_so(world: World) -> None:
    in_slack = world.mention("A breaking one?")
    used = await ask(world.discord, "A breaking one?")

    for answer in (await slack_answer(world.slack, in_slack), in_discord(await discord_answer(world.discord, used))):
        words, _, below = answer.text.partition("The connection to the answer engine broke, so the answer ends here.")
        assert len(word_numbers(words)) >= 30
        assert "Sources" in below
        assert not word_numbers(below)


async def test_an_answer_pings_nobody_links_nothing_of_its_own_and_shows_no_preview(world: World) -> None:
    in_slack = world.mention("A hostile one?")
    used = await ask(world.discord, "A hostile one?")
    answer, there = await slack_answer(world.slack, in_slack), await discord_answer(world.discord, used)

    assert "<!channel>" not in answer.text
    assert "<@U" not in answer.text
    assert there.pings == set()
    assert [version.unfurled for version in there.versions] == [()] * len(there.versions)
    for text in (answer.text, there.content):
        assert "`https://elsewhere.example/?q=secret`" in text
    (posted,) = [each for each in world.slack.answers(in_slack) if each.user == world.slack.workspace.bot.id]
    assert (posted.unfurl_links, posted.unfurl_media, posted.edited) == (False, False, None)
