"""What becomes of answers that are under way when the bot is told to stop."""

from pathlib import Path

from bot.rendering.wording import INTERRUPTED
from tests.emulators.discord import DiscordEmulator
from tests.emulators.discord.world.world import Interaction
from tests.emulators.perplexity import PerplexityEmulator, Script, word_numbers
from tests.emulators.slack import SlackEmulator, Slow
from tests.end_to_end.asking import ask, discord_answer, discord_answers, slack_answer, slack_answers
from tests.end_to_end.process import eventually, running, started
from tests.end_to_end.reading import Answer, check_whole, in_discord

TWO_SECONDS = Script(words=50, words_per_second=30, first_word_delay=0.3)
A_MINUTE = Script(words=1800, words_per_second=30, first_word_delay=0.1)


async def test_answers_that_can_finish_in_time_are_finished(
    slack: SlackEmulator, discord: DiscordEmulator, perplexity: PerplexityEmulator, tmp_path: Path
) -> None:
    perplexity.scripts = TWO_SECONDS
    async with running(tmp_path, slack.settings() | discord.settings() | perplexity.settings()) as bot:
        said = slack.people.mention(slack.channel, slack.user, "Why?")
        used = await ask(discord, "Why?")
        await eventually(lambda: slack_answers(slack, said) and discord_answers(discord, used))

        assert await bot.stop() == 0

    check_whole(await slack_answer(slack, said), TWO_SECONDS)
    check_whole(in_discord(await discord_answer(discord, used)), TWO_SECONDS)


async def test_answers_that_cannot_are_kept_as_far_as_they_came_and_marked_as_interrupted(
    slack: SlackEmulator, discord: DiscordEmulator, perplexity: PerplexityEmulator, tmp_path: Path
) -> None:
    perplexity.scripts = A_MINUTE
    settings = slack.settings() | discord.settings() | perplexity.settings() | {"DRAIN_SECONDS": "0"}
    async with running(tmp_path, settings) as bot:
        said = slack.people.mention(slack.channel, slack.user, "Why?")
        used = await ask(discord, "Why?")
        for answers in (lambda: slack_answers(slack, said), lambda: _there(discord, used)):
            await eventually(lambda answers=answers: any(word_numbers(answer.text) for answer in answers()))

        assert await bot.stop() == 0

    for (answer,) in (slack_answers(slack, said), _there(discord, used)):
        assert answer.text.count(INTERRUPTED) == 1
        kept, _, under_it = answer.text.partition(INTERRUPTED)
        numbers = word_numbers(kept)
        assert numbers == list(range(1, len(numbers) + 1))
        assert numbers
        assert A_MINUTE.sources[0].url in under_it
    assert all(asked.closed_early for asked in perplexity.requests)


def _there(discord: DiscordEmulator, used: Interaction) -> list[Answer]:
    return [in_discord(each) for each in discord_answers(discord, used)]


async def test_a_bot_that_is_still_connecting_stops_at_once(slack: SlackEmulator, tmp_path: Path) -> None:
    slack.faults.plan("auth.test", Slow(9.0, before_effect=True))
    async with started(tmp_path, "run", settings=slack.settings()) as bot:
        await bot.becomes(200, "/healthz")
        await eventually(lambda: "documents" in bot.log)
        bot.process.terminate()
        assert await bot.exit_code(5.0) == 0
        bot.check_log()


async def test_a_channel_that_closes_is_named_in_the_log_with_its_reason_and_without_a_traceback(
    slack: SlackEmulator, perplexity: PerplexityEmulator, tmp_path: Path
) -> None:
    perplexity.scripts = TWO_SECONDS
    async with running(tmp_path, slack.settings() | perplexity.settings()) as bot:
        said = slack.people.mention(slack.channel, slack.user, "Why?")
        await eventually(lambda: slack_answers(slack, said))
        slack.channel.archived = True
        await eventually(lambda: "answer ended" in bot.log)
        assert "outcome=PlaceClosed" in bot.log
        assert "reason=is_inactive" in bot.log
