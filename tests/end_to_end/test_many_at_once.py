"""Many questions at the same time, against the limits that the platforms really have: nobody is throttled, nothing is lost."""

from pathlib import Path

from tests.emulators.discord import DiscordEmulator
from tests.emulators.discord import Latency as DiscordLatency
from tests.emulators.perplexity import PerplexityEmulator, Script
from tests.emulators.slack import Latency, SlackEmulator
from tests.end_to_end.asking import discord_answer, slack_answer
from tests.end_to_end.process import running
from tests.end_to_end.reading import check_whole, in_discord

AT_ONCE_IN_SLACK, AT_ONCE_IN_DISCORD = 10, 5
ANSWER = Script(words=150, words_per_second=30, first_word_delay=0.8, marker_every=40)


async def test_ten_answers_in_a_workspace_and_five_in_a_discord_channel_are_whole_and_never_throttled(
    perplexity: PerplexityEmulator, tmp_path: Path
) -> None:
    perplexity.scripts = ANSWER
    async with (
        SlackEmulator(latency=Latency(0.05, 0.05)) as slack,
        DiscordEmulator(latency=DiscordLatency(0.05, 0.05)) as discord,
    ):
        settings = slack.settings() | discord.settings() | perplexity.settings() | {"ENGINE_CONCURRENCY": "20"}
        channels = [slack.channel, *(slack.world.add_channel(name, [slack.user]) for name in ("second", "third"))]
        async with running(tmp_path, settings):
            in_slack = [
                slack.people.mention(channels[number % 3], slack.user, f"What is {number}?")
                for number in range(AT_ONCE_IN_SLACK)
            ]
            there = [
                discord.mention(discord.general.id, discord.asker, f"What is {number}?")
                for number in range(AT_ONCE_IN_DISCORD)
            ]
            for asked in in_slack:
                check_whole(await slack_answer(slack, asked, 40.0), ANSWER)
            for asked in there:
                check_whole(in_discord(await discord_answer(discord, asked, 40.0)), ANSWER)

        assert perplexity.most_in_flight == AT_ONCE_IN_SLACK + AT_ONCE_IN_DISCORD
        assert slack.throttled == []
        assert discord.throttled == 0
