"""What people are told who ask nothing, too much, too often, or take back what they asked. One bot for all of this file."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from itertools import count
from typing import Protocol

import pytest
import pytest_asyncio
from typing_extensions import override

from bot.rendering.wording import HOW_TO_ASK, HOW_TO_ASK_AGAIN
from tests.emulators.discord import Channel, DiscordEmulator
from tests.emulators.discord import Message as DiscordMessage
from tests.emulators.perplexity import Asked, PerplexityEmulator, Script
from tests.emulators.slack import Message, SlackEmulator
from tests.end_to_end.asking import ask, discord_answer, discord_answers, slack_answers
from tests.end_to_end.process import eventually, running
from tests.end_to_end.reading import Answer, check_whole, in_discord

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMITS = {
    "QUESTION_CHARACTERS": "100",
    "QUEUE_PER_CONVERSATION": "1",
    "QUEUE_FOR_ENGINE": "3",
    "ENGINE_CONCURRENCY": "1",
}
BRIEF = Script(words=12, words_per_second=0, first_word_delay=0)
SLOW = Script(words=60, words_per_second=40, first_word_delay=0.1)
SLOWER = Script(words=180, words_per_second=40, first_word_delay=0.1)
NUMBERS = count(1)


class Asker(Protocol):
    """Somebody who asks in a new thread of one platform."""

    def ask(self, text: str) -> None:
        """Mention the bot with these words."""
        ...

    def answers(self) -> list[Answer]:
        """What the bot has written here."""
        ...

    def edit_question(self, text: str) -> None:
        """Change what was asked first."""
        ...

    def delete_question(self) -> None:
        """Delete what was asked last."""
        ...

    def delete_answer(self) -> None:
        """Delete the bot's first message."""
        ...


@dataclass
class InSlack(Asker):
    slack: SlackEmulator

    def __post_init__(self) -> None:
        self.channel = self.slack.world.add_channel(f"channel-{next(NUMBERS)}", [self.slack.user])
        self.asked: list[Message] = []

    @override
    def ask(self, text: str) -> None:
        thread = self.asked[0].ts if self.asked else ""
        self.asked.append(self.slack.people.mention(self.channel, self.slack.user, text, thread))

    @override
    def answers(self) -> list[Answer]:
        return slack_answers(self.slack, self.asked[0])

    @override
    def edit_question(self, text: str) -> None:
        self.slack.people.edit(self.asked[0], f"<@{self.slack.workspace.bot.id}> {text}")

    @override
    def delete_question(self) -> None:
        self.slack.people.delete(self.asked[-1])

    @override
    def delete_answer(self) -> None:
        self.slack.people.delete(self.slack.answers(self.asked[0])[0])


@dataclass
class InDiscord(Asker):
    discord: DiscordEmulator

    def __post_init__(self) -> None:
        general = self.discord.general.id
        self.thread: Channel = self.discord.open_thread(general, self.discord.asker, f"thread {next(NUMBERS)}")
        self.asked: list[DiscordMessage] = []

    @override
    def ask(self, text: str) -> None:
        self.asked.append(self.discord.mention(self.thread.id, self.discord.asker, text))

    @override
    def answers(self) -> list[Answer]:
        return [in_discord(each) for each in self.discord.answers(self.thread.id)]

    @override
    def edit_question(self, text: str) -> None:
        self.discord.edit(self.asked[0].id, f"{self.discord.world.bot.mark} {text}")

    @override
    def delete_question(self) -> None:
        self.discord.delete(self.asked[-1].id)

    @override
    def delete_answer(self) -> None:
        self.discord.delete(self.discord.answers(self.thread.id)[0].id)


@dataclass
class World:
    """This is the bot of this file and all that is around it."""

    slack: SlackEmulator
    discord: DiscordEmulator
    perplexity: PerplexityEmulator

    async def told(self, asker: Asker, sentence: str) -> None:
        """Wait until one of the bot's messages says nothing but this."""
        await eventually(lambda: any(sentence in answer.text for answer in asker.answers()))
        (found,) = [answer for answer in asker.answers() if sentence in answer.text]
        assert found.text.strip() == sentence

    async def begun(self, question: str) -> Asked:
        """Wait until the engine says its first words to this question."""
        return await eventually(
            lambda: next(
                (each for each in self.perplexity.requests if question in each.question and each.word_times), None
            )
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[World]:
    scripts = {"slower": SLOWER, "slow": SLOW, "": BRIEF}
    async with (
        SlackEmulator() as slack,
        DiscordEmulator() as discord,
        PerplexityEmulator(scripts=scripts) as perplexity,
        running(tmp_path_factory.mktemp("bot"), slack.settings() | discord.settings() | perplexity.settings() | LIMITS),
    ):
        yield World(slack, discord, perplexity)


@pytest.fixture(params=["slack", "discord"])
def asker(request: pytest.FixtureRequest, world: World) -> Asker:
    return InSlack(world.slack) if request.param == "slack" else InDiscord(world.discord)


async def test_an_empty_mention_gets_a_hint_how_to_ask(world: World, asker: Asker) -> None:
    asker.ask("")

    await world.told(asker, HOW_TO_ASK)


async def test_too_long_a_question_is_told_how_long_it_is_and_may_be(world: World, asker: Asker) -> None:
    asker.ask("why? " * 40)

    await world.told(asker, "Your question has 199 characters; I can take 100. Please shorten it.")


async def test_more_questions_than_a_thread_may_hold_are_refused_with_the_number_before_them(
    world: World, asker: Asker
) -> None:
    asker.ask("slow one")
    asker.ask("next one")
    asker.ask("one too many")

    await world.told(asker, "2 questions are waiting in this thread already. Ask again when they are answered.")
    await eventually(lambda: len([answer for answer in asker.answers() if answer.complete]) == 2)
    first, second = (answer for answer in asker.answers() if answer.complete)
    check_whole(first, SLOW)
    check_whole(second, BRIEF)


async def test_more_questions_than_the_engine_may_hold_are_refused_with_the_number_before_them(world: World) -> None:
    askers = [InSlack(world.slack) for _ in range(5)]
    for number, asker in enumerate(askers):
        asker.ask(f"slow number {number}" if number == 0 else f"number {number}")

    await world.told(askers[4], "4 questions are waiting for an answer already. Ask again in a few minutes.")
    for asker in askers[:4]:
        await eventually(lambda asker=asker: any(answer.complete for answer in asker.answers()))


async def test_who_waits_for_the_engine_sees_how_many_are_before(world: World) -> None:
    askers = [InSlack(world.slack) for _ in range(3)]
    for number, asker in enumerate(askers):
        asker.ask(f"slower turn {number}" if number == 0 else f"turn {number}")
    for asker in askers:
        await eventually(lambda asker=asker: any(answer.complete for answer in asker.answers()))

    assert [asker.answers()[0].versions[0] for asker in askers[1:]] == [
        "*Waiting: your question is next*",
        "*Waiting: 1 question is before yours*",
    ]


async def test_an_answer_goes_on_when_its_question_is_edited_or_deleted(world: World, asker: Asker) -> None:
    asker.ask("slow and taken back")
    await world.begun("slow and taken back")
    await eventually(asker.answers)
    asker.edit_question("slow and changed")
    asker.delete_question()

    await eventually(lambda: any(answer.complete for answer in asker.answers()))
    (answer,) = asker.answers()
    check_whole(answer, SLOW)


async def test_an_answer_stops_when_it_is_deleted_and_the_engine_is_not_asked_on(world: World, asker: Asker) -> None:
    asker.ask("slow and unwanted")
    asked = await world.begun("slow and unwanted")
    await eventually(asker.answers)
    asker.delete_answer()

    await eventually(asked.ended.is_set)
    assert asked.closed_early
    asker.ask("still there?")
    await eventually(lambda: any(answer.complete for answer in asker.answers()))
    standing = [answer for answer in asker.answers() if answer.text]
    assert len(standing) == 1
    check_whole(standing[0], BRIEF)


async def test_a_reply_without_a_mention_to_an_answer_of_ask_is_told_that_it_cannot_be_read(world: World) -> None:
    used = await ask(world.discord, "how many?")
    answer = await discord_answer(world.discord, used)
    reply = world.discord.reply(world.discord.general.id, world.discord.asker, answer.id, "and why?")

    await eventually(lambda: discord_answers(world.discord, reply))
    (told,) = discord_answers(world.discord, reply)
    assert told.content == HOW_TO_ASK_AGAIN


async def test_too_long_a_question_to_ask_is_told_so_as_its_answer(world: World) -> None:
    used = await ask(world.discord, "x" * 101)

    await eventually(lambda: any("101 characters" in each.content for each in discord_answers(world.discord, used)))
    (told,) = discord_answers(world.discord, used)
    assert told.content == "Your question has 101 characters; I can take 100. Please shorten it."
