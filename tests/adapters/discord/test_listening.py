"""What we hear over a real gateway: which messages become questions, and what Discord lets us read of them."""

import pytest

from adapters.discord.connection import DiscordConnection, connect
from bot.clock import SystemClock
from bot.errors import StoreUnavailable, TakingNoQuestions
from bot.model import Page
from tests.adapters.discord.conftest import Core, place_of, settings_of, slash
from tests.emulators.discord import DiscordEmulator

PAGE = Page("two", summary="two")


@pytest.fixture
async def listening(connection: DiscordConnection, core: Core) -> DiscordConnection:
    await core.listen(connection)
    return connection


async def test_a_mention_is_heard_and_its_marks_are_spelled_out(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    message = discord.mention(discord.general.id, discord.asker, f"ask {discord.reader.mark} in <#{discord.other.id}>")
    question = await core.asked()
    assert question.text == "ask @reader in #other"
    assert question.place == place_of(discord.general, message)
    assert (question.asker, question.message) == (str(discord.asker.id), str(message.id))
    assert not question.unreadable


async def test_people_who_talk_to_each_other_are_left_alone(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    said = discord.say(discord.general.id, discord.asker, "@everyone lunch?")
    discord.reply(discord.general.id, discord.reader, said.id, "yes")
    thread = discord.open_thread(discord.general.id, discord.asker, "lunch")
    discord.say(thread.id, discord.reader, "noon?")
    discord.mention(discord.general.id, discord.asker, "the only question")
    assert (await core.asked()).text == "the only question"


async def test_our_own_messages_and_those_of_other_bots_are_no_questions(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    await listening.platform.messenger.post(place_of(discord.general), Page(f"{discord.world.bot.mark}", summary=""))
    robot = discord.world.add_user("robot")
    robot.bot = True
    discord.mention(discord.general.id, robot, "beep")
    discord.direct_message(discord.asker, "the only question")
    assert (await core.asked()).text == "the only question"


async def test_a_direct_message_needs_no_mention(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    discord.direct_message(discord.asker, "how many?")
    question = await core.asked()
    place = discord.world.direct_channel(discord.asker)
    assert (question.text, question.conversation) == ("how many?", f"discord:{place.id}")
    assert question.place.workspace == "@me"
    await listening.platform.messenger.post(question.place, PAGE)
    assert [answer.content for answer in discord.answers(place.id)] == ["two"]


async def test_a_mention_in_a_thread_belongs_to_the_thread(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    thread = discord.open_thread(discord.general.id, discord.asker, "moons")
    discord.mention(thread.id, discord.asker, "how many?")
    question = await core.asked()
    assert (question.conversation, question.has_surroundings) == (f"discord:{thread.id}", True)
    assert question.place.channel == str(thread.id)


@pytest.mark.parametrize("ping", [True, False])
async def test_a_reply_to_our_answer_names_it_and_is_read_as_far_as_discord_allows(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection, ping: bool
) -> None:
    answer = await listening.platform.messenger.post(place_of(discord.general), PAGE)
    discord.reply(discord.general.id, discord.asker, answer.id, "and Venus?", ping=ping)
    question = await core.asked()
    assert question.replies_to == answer.id
    assert (question.text, question.unreadable) == (("and Venus?", False) if ping else ("", True))


async def test_a_reply_to_an_answer_of_the_command_is_unreadable_unless_it_mentions_us(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    answer = await listening.platform.messenger.post((await slash(discord, core)).place, PAGE)
    discord.reply(discord.general.id, discord.asker, answer.id, "and Venus?")
    question = await core.asked()
    assert (question.text, question.unreadable, question.replies_to) == ("", True, answer.id)
    discord.reply(discord.general.id, discord.asker, answer.id, f"{discord.world.bot.mark} and Venus?")
    question = await core.asked()
    assert (question.text, question.unreadable, question.replies_to) == ("and Venus?", False, answer.id)


async def test_with_the_intent_every_reply_to_us_can_be_read(discord: DiscordEmulator, core: Core) -> None:
    async with connect(settings_of(discord, content=True), SystemClock()) as connection:
        await core.listen(connection)
        answer = await connection.platform.messenger.post((await slash(discord, core)).place, PAGE)
        discord.reply(discord.general.id, discord.asker, answer.id, "and Venus?", ping=False)
        question = await core.asked()
    assert (question.text, question.unreadable) == ("and Venus?", False)


async def test_an_empty_mention_is_a_question_without_words(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    discord.mention(discord.general.id, discord.asker, "")
    question = await core.asked()
    assert (question.text, question.unreadable) == ("", False)


async def test_a_message_that_comes_twice_has_the_same_claims_and_its_edit_is_no_new_question(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    message = discord.mention(discord.general.id, discord.asker, "how many?")
    discord.repeat("MESSAGE_CREATE")
    assert (await core.asked()).claims == (await core.asked()).claims
    discord.edit(message.id, f"{discord.world.bot.mark} how many moons?")
    discord.direct_message(discord.asker, "next")
    assert (await core.asked()).text == "next"


async def test_a_store_that_is_away_for_a_moment_loses_no_question(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    core.failures.append(StoreUnavailable("locked"))
    discord.mention(discord.general.id, discord.asker, "how many?")
    assert (await core.asked()).text == "how many?"


async def test_a_question_that_nobody_takes_is_let_go(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    core.failures.append(TakingNoQuestions())
    discord.mention(discord.general.id, discord.asker, "how many?")
    discord.mention(discord.general.id, discord.asker, "and now?")
    assert (await core.asked()).text == "and now?"


async def test_deletions_are_heard_one_by_one_and_in_bulk(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    message = await listening.platform.messenger.post(place_of(discord.general), PAGE)
    discord.delete(message.id)
    assert await core.gone.get() == message
    bulk = {"ids": ["1", "2"], "channel_id": str(discord.general.id), "guild_id": str(discord.guild.id)}
    discord.world.tell("MESSAGE_DELETE_BULK", discord.general, lambda _: bulk)
    assert {(await core.gone.get()).id for _ in range(2)} == {"1", "2"}
