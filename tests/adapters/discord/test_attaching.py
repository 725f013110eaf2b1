"""What a file of ours looks like in Discord, through the channel and through a token, and where it is refused."""

import pytest

from adapters.discord.connection import DiscordConnection
from bot.errors import PlaceClosed, Refused, Throttled, Unreachable
from bot.model import MessageRef, Page, Place
from bot.ports import Messenger
from tests.adapters.discord.conftest import Core, place_of, slash
from tests.emulators.discord import CutOff, DiscordEmulator, MessageFlag, Permission, Refuse, Throttle
from tests.emulators.discord.rules import refusals

POST = "POST /channels/{channel}/messages"
PAGE = Page("Mars has two moons.", summary="Mars has two moons")


@pytest.fixture
def place(discord: DiscordEmulator) -> Place:
    return place_of(discord.general, discord.mention(discord.general.id, discord.asker, "how many moons has Mars?"))


@pytest.fixture
def messenger(connection: DiscordConnection) -> Messenger:
    return connection.platform.messenger


@pytest.fixture
async def message(place: Place, messenger: Messenger) -> MessageRef:
    return await messenger.post(place, PAGE)


async def test_a_file_stands_below_the_answer_and_pings_nobody(
    discord: DiscordEmulator, message: MessageRef, messenger: Messenger
) -> None:
    await messenger.attach(message, "answer.md", "@everyone half \ud83c")
    _, file = discord.answers(message.place.channel)
    assert [(each.filename, each.content) for each in file.attachments] == [("answer.md", b"@everyone half ?")]
    assert (file.content, file.reply_to, file.pings) == ("", None, set())
    assert MessageFlag.SUPPRESS_NOTIFICATIONS not in file.flags


async def test_the_answer_to_a_command_gets_its_file_through_the_token(
    discord: DiscordEmulator, core: Core, connection: DiscordConnection
) -> None:
    await core.listen(connection)
    messenger = connection.platform.messenger
    place = (await slash(discord, core)).place
    message = await messenger.post(place, PAGE)
    await messenger.attach(message, "answer.md", "the rest")
    _, file = discord.answers(place.channel)
    assert [each.content for each in file.attachments] == [b"the rest"]
    assert discord.calls[-1].route == "/webhooks/{application}/{token}"


async def test_where_the_bot_may_not_attach_files_it_may_go_on_writing(
    discord: DiscordEmulator, message: MessageRef, messenger: Messenger
) -> None:
    discord.general.denied |= Permission.ATTACH_FILES
    with pytest.raises(Refused) as refused:
        await messenger.attach(message, "answer.md", "the rest")
    assert refused.value.reason == "50013"
    await messenger.edit(message, Page("edited", summary="edited"))
    assert [each.content for each in discord.answers(message.place.channel)] == ["edited"]


async def test_what_is_refused_to_a_file_is_said_in_our_terms(
    discord: DiscordEmulator, message: MessageRef, messenger: Messenger
) -> None:
    discord.fail(POST, Throttle(7.0))
    with pytest.raises(Throttled):
        await messenger.attach(message, "answer.md", "the rest")
    discord.fail(POST, Refuse(refusals.UNKNOWN_CHANNEL))
    with pytest.raises(PlaceClosed):
        await messenger.attach(message, "answer.md", "the rest")
    discord.fail(POST, CutOff(after_effect=True))
    with pytest.raises(Unreachable) as lost:
        await messenger.attach(message, "answer.md", "the rest")
    assert lost.value.uncertain
