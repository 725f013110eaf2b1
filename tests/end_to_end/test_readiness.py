"""What `/healthz` and `/readyz` say while the bot starts, runs, and loses its connections."""

from contextlib import AsyncExitStack
from pathlib import Path

from tests.emulators.discord import DiscordEmulator
from tests.emulators.perplexity import PerplexityEmulator
from tests.emulators.slack import DropBefore, SlackEmulator, Slow
from tests.end_to_end.asking import discord_answer, slack_answer
from tests.end_to_end.process import running, started


async def test_the_bot_is_alive_before_it_is_ready(
    slack: SlackEmulator, discord: DiscordEmulator, tmp_path: Path
) -> None:
    slack.faults.plan("apps.connections.open", Slow(1.0, before_effect=True))
    async with started(tmp_path, "run", settings=slack.settings() | discord.settings()) as bot:
        await bot.becomes(200, "/healthz")
        assert await bot.status("/readyz") == 503
        await bot.becomes(200)
        assert await bot.stop() == 0
        bot.check_log()


async def test_a_lost_connection_shows_until_it_is_back_and_questions_are_answered_again(
    slack: SlackEmulator, perplexity: PerplexityEmulator, tmp_path: Path
) -> None:
    async with AsyncExitStack() as later:
        discord = await later.enter_async_context(DiscordEmulator())
        settings = slack.settings() | discord.settings() | perplexity.settings()
        async with running(tmp_path, settings) as bot:
            slack.faults.plan("apps.connections.open", DropBefore(), times=None)
            slack.socket.cut()
            await bot.becomes(503)
            slack.faults.clear()
            await bot.becomes(200)
            await slack_answer(slack, slack.people.mention(slack.channel, slack.user, "Why?"))

            await later.aclose()  # and Discord is gone as a whole
            await bot.becomes(503)
            await later.enter_async_context(discord)
            await bot.becomes(200)
            await discord_answer(discord, discord.mention(discord.general.id, discord.asker, "Why?"))
