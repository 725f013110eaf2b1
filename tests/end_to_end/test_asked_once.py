"""A question that a platform delivers several times is answered once, also over a restart of the bot and by two of them."""

from pathlib import Path

from tests.emulators.discord import DiscordEmulator
from tests.emulators.perplexity import PerplexityEmulator
from tests.emulators.slack import SlackEmulator
from tests.end_to_end.asking import ask, discord_answer, discord_answers, slack_answer, slack_answers
from tests.end_to_end.process import running
from tests.postgres import Cluster


async def test_a_question_that_comes_again_and_again_is_answered_once(
    slack: SlackEmulator, discord: DiscordEmulator, perplexity: PerplexityEmulator, tmp_path: Path
) -> None:
    settings = slack.settings() | discord.settings() | perplexity.settings()
    async with running(tmp_path, settings):
        said = slack.people.mention(slack.channel, slack.user, "How many moons?")  # as app_mention and as message
        slack.people.redeliver(said)
        slack.people.again_with_other_event_id(said)
        slack.people.again_with_other_ts(said)
        mentioned = discord.mention(discord.general.id, discord.asker, "How many suns?")
        discord.repeat("MESSAGE_CREATE")
        used = await ask(discord, "How many stars?")
        discord.repeat("INTERACTION_CREATE")
        await slack_answer(slack, said)
        await discord_answer(discord, mentioned)
        await discord_answer(discord, used)
        discord.world.emit(next(event for event in discord.world.events if event.name == "MESSAGE_CREATE"))

    async with running(tmp_path, settings):
        slack.people.redeliver(said)
        slack.people.again_with_other_event_id(said)
        await slack.feed.settled()
        discord.world.emit(next(event for event in discord.world.events if event.name == "MESSAGE_CREATE"))
        last = discord.mention(discord.general.id, discord.asker, "What else?")
        await discord_answer(discord, last)

    assert len([each for each in slack.visible(slack.channel, said.ts) if each.user == slack.workspace.bot.id]) == 1
    assert len(slack_answers(slack, said)) == 1
    assert len(discord.answers(discord.general.id)) == 3
    assert len(discord_answers(discord, mentioned)) == 1
    questions = [asked.question.splitlines()[-1] for asked in perplexity.requests]
    assert sorted(questions) == ["How many moons?", "How many stars?", "How many suns?", "What else?"]


async def test_two_bots_on_one_database_answer_each_question_once(
    slack: SlackEmulator, perplexity: PerplexityEmulator, postgres: Cluster, tmp_path: Path
) -> None:
    settings = slack.settings() | perplexity.settings() | {"DATABASE_URL": postgres.create_schema()}
    async with running(tmp_path, settings) as one, running(tmp_path, settings) as other:
        asked = [slack.people.mention(slack.channel, slack.user, f"How many of {number}?") for number in range(6)]
        for said in asked:
            slack.people.redeliver(said)
            slack.people.again_with_other_event_id(said)
        for said in asked:
            await slack_answer(slack, said)
        await slack.feed.settled()

    assert [len(slack_answers(slack, said)) for said in asked] == [1] * 6
    assert len(perplexity.requests) == 6
    assert one.log.count("answer ended") + other.log.count("answer ended") == 6
