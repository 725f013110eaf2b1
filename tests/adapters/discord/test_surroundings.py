"""What we can tell of the talk before a question."""

import pytest

from adapters.discord.connection import DiscordConnection, connect
from bot.clock import SystemClock
from bot.errors import ChatFailed
from bot.model import Page, Utterance
from bot.ports import Surroundings
from tests.adapters.discord.conftest import Core, place_of, settings_of
from tests.emulators.discord import DiscordEmulator, Throttle


@pytest.fixture
async def surroundings(connection: DiscordConnection, core: Core) -> Surroundings:
    await core.listen(connection)
    return connection.platform.surroundings


async def test_a_mention_in_a_thread_knows_what_was_said_there(discord: DiscordEmulator, core: Core) -> None:
    async with connect(settings_of(discord, content=True), SystemClock()) as connection:
        await core.listen(connection)
        starter = discord.say(discord.general.id, discord.reader, "Mars is great")
        thread = discord.open_thread(discord.general.id, discord.asker, "moons", starter.id)
        discord.say(thread.id, discord.reader, f"it has moons, {discord.asker.mark}")
        await connection.platform.messenger.post(place_of(thread), Page("Two.", summary=""))
        discord.mention(thread.id, discord.asker, "which ones?")
        discord.say(thread.id, discord.reader, "said afterwards")
        before = await connection.platform.surroundings.before(await core.asked())
    assert before[-2:] == (Utterance("reader", "it has moons, @asker"), Utterance("footnote", "Two.", bot=True))


async def test_without_the_intent_only_what_was_meant_for_us_is_known(
    discord: DiscordEmulator, core: Core, surroundings: Surroundings
) -> None:
    thread = discord.open_thread(discord.general.id, discord.asker, "moons")
    discord.say(thread.id, discord.reader, "Mars is great")
    discord.mention(thread.id, discord.reader, "do you know Mars?")
    await core.asked()
    discord.mention(thread.id, discord.asker, "how many moons?")
    assert await surroundings.before(await core.asked()) == (Utterance("reader", "do you know Mars?"),)


async def test_a_reply_to_somebody_knows_what_they_said(discord: DiscordEmulator, core: Core) -> None:
    async with connect(settings_of(discord, content=True), SystemClock()) as connection:
        await core.listen(connection)
        said = discord.say(discord.general.id, discord.reader, "Mars has two moons")
        discord.reply(discord.general.id, discord.asker, said.id, f"{discord.world.bot.mark} is that so?")
        question = await core.asked()
        before = await connection.platform.surroundings.before(question)
        assert before == (Utterance("reader", "Mars has two moons"),)
        discord.delete(said.id)
        assert await connection.platform.surroundings.before(question) == ()


async def test_a_command_in_a_thread_knows_the_thread(
    discord: DiscordEmulator, core: Core, surroundings: Surroundings
) -> None:
    thread = discord.open_thread(discord.general.id, discord.asker, "moons")
    discord.mention(thread.id, discord.reader, "do you know Mars?")
    await core.asked()
    await discord.until(lambda: discord.world.commands.commands)
    discord.slash(thread.id, discord.asker, "ask", {"question": "how many moons?"})
    assert await surroundings.before(await core.asked()) == (Utterance("reader", "do you know Mars?"),)


async def test_a_question_without_surroundings_asks_discord_for_nothing(
    discord: DiscordEmulator, core: Core, surroundings: Surroundings
) -> None:
    discord.mention(discord.general.id, discord.asker, "how many moons?")
    question = await core.asked()
    asked = len(discord.calls)
    assert await surroundings.before(question) == ()
    assert all(call.method != "GET" or "commands" in call.route for call in discord.calls[asked:])


async def test_surroundings_that_cannot_be_read_say_so(
    discord: DiscordEmulator, core: Core, surroundings: Surroundings
) -> None:
    thread = discord.open_thread(discord.general.id, discord.asker, "moons")
    discord.mention(thread.id, discord.asker, "how many moons?")
    question = await core.asked()
    discord.fail("GET /channels/{channel}/messages", Throttle(9.0))
    with pytest.raises(ChatFailed):
        await surroundings.before(question)
