"""`/ask` from the command to the last edit: through the token, and through the channel once the token is dead."""

import asyncio

import pytest

from adapters.discord.connection import DiscordConnection, connect
from bot.clock import SystemClock
from bot.errors import (
    FootnoteError,
    MessageGone,
    PlaceClosed,
    Refused,
    StoreUnavailable,
    TakingNoQuestions,
    Throttled,
    Unreachable,
)
from bot.model import MessageRef, Page
from tests.adapters.discord.conftest import Core, settings_of, slash
from tests.emulators.discord import CutOff, DiscordEmulator, Limit, Limits, MessageFlag, Refuse, Terms, Throttle
from tests.emulators.discord.rules import refusals

CALLBACK = "POST /interactions/{interaction}/{token}/callback"
EDIT = "PATCH /webhooks/{application}/{token}/messages/{message}"
FOLLOW_UP = "POST /webhooks/{application}/{token}"


def page(body: str) -> Page:
    return Page(body, summary=body[:100])


@pytest.fixture
async def listening(connection: DiscordConnection, core: Core) -> DiscordConnection:
    await core.listen(connection)
    return connection


def routes_of(discord: DiscordEmulator, method: str) -> list[str]:
    return [
        call.route.split("/")[1] for call in discord.calls if call.method == method and "commands" not in call.route
    ]


async def test_a_command_is_a_question_that_must_be_answered_in_three_seconds(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    question = await slash(discord, core, "  how many moons? ")
    assert (question.text, question.deadline, question.unreadable) == ("how many moons?", 3.0, False)
    assert question.claims == (f"discord:interaction:{question.place.interaction}",)
    assert question.asker == str(discord.asker.id)
    assert question.conversation == f"discord:{discord.general.id}:{question.place.interaction}"
    assert (question.place.workspace, question.place.channel) == (str(discord.guild.id), str(discord.general.id))


async def test_an_answer_grows_through_the_token_with_cards_suppressed_and_nobody_pinged(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    messenger = listening.platform.messenger
    place = (await slash(discord, core)).place
    first = await messenger.post(place, page("Searching…"))
    hostile = f"https://a.example @everyone {discord.asker.mark}"
    await messenger.edit(first, page(hostile))
    second = await messenger.post(place, page(hostile))
    await messenger.edit(second, page(hostile + "!"))
    one, two = discord.answers(discord.general.id)
    assert (one.content, two.content) == (hostile, hostile + "!")
    assert [version.unfurled for version in (*one.versions, *two.versions)] == [()] * 4
    assert one.pings == two.pings == set()
    assert set(routes_of(discord, "POST") + routes_of(discord, "PATCH")) == {"interactions", "webhooks"}


async def test_a_token_that_dies_early_is_survived_and_the_answer_goes_on_in_the_same_message(core: Core) -> None:
    discord = DiscordEmulator(terms=Terms(interaction_life=0.0))
    async with discord, connect(settings_of(discord), SystemClock()) as connection:
        await core.listen(connection)
        messenger, budget = connection.platform.messenger, connection.platform.budget
        place = (await slash(discord, core)).place
        message = await messenger.post(place, page("a"))
        assert budget.edit(message)[0].name.startswith("discord:token:")
        with pytest.raises(Unreachable) as dead:
            await messenger.edit(message, page("a b https://a.example"))
        assert not dead.value.uncertain
        assert budget.edit(message)[0].name == f"discord:edit:{place.channel}"
        await messenger.edit(message, page("a b https://a.example"))
        await messenger.post(place, page("the next page"))
    first, second = discord.answers(discord.general.id)
    assert first.content == "a b https://a.example"
    assert (first.unfurled, second.content) == ((), "the next page")


async def test_a_token_is_left_before_it_dies(discord: DiscordEmulator, core: Core) -> None:
    async with connect(settings_of(discord), SystemClock(), token_seconds=0.05) as connection:
        await core.listen(connection)
        messenger = connection.platform.messenger
        place = (await slash(discord, core)).place
        message = await messenger.post(place, page("a"))
        await SystemClock().sleep(0.05)
        await messenger.edit(message, page("a b"))
    assert routes_of(discord, "PATCH") == ["channels"]
    assert discord.message(message.id).content == "a b"


async def test_after_a_restart_the_answer_is_edited_through_the_channel(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    place = (await slash(discord, core)).place
    message = await listening.platform.messenger.post(place, page("a"))
    async with connect(settings_of(discord), SystemClock()) as restarted:
        await restarted.platform.messenger.edit(MessageRef(place, message.id), page("interrupted"))
    assert discord.message(message.id).content == "interrupted"


async def test_an_answer_that_comes_too_late_for_its_interaction_comes_as_a_message(core: Core) -> None:
    discord = DiscordEmulator(terms=Terms(interaction_deadline=0.0))
    async with discord, connect(settings_of(discord), SystemClock()) as connection:
        await core.listen(connection)
        place = (await slash(discord, core)).place
        with pytest.raises(Unreachable):
            await connection.platform.messenger.post(place, page("late"))
        await connection.platform.messenger.post(place, page("late"))
    assert [answer.content for answer in discord.answers(discord.general.id)] == ["late"]


async def test_a_first_answer_whose_acknowledgement_was_lost_is_found_and_goes_on(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    messenger = listening.platform.messenger
    place = (await slash(discord, core)).place
    assert await messenger.find(place, page("a")) is None
    discord.fail(CALLBACK, CutOff(after_effect=True))
    with pytest.raises(Unreachable) as lost:
        await messenger.post(place, page("a"))
    assert lost.value.uncertain
    found = await messenger.find(place, page("a"))
    assert found is not None
    await messenger.edit(found, page("a b"))
    await messenger.post(place, page("next"))
    assert [answer.content for answer in discord.answers(place.channel)] == ["a b", "next"]
    assert routes_of(discord, "PATCH") == ["webhooks"]


async def test_a_follow_up_whose_acknowledgement_was_lost_is_found(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    messenger = listening.platform.messenger
    place = (await slash(discord, core)).place
    await messenger.post(place, page("one"))
    discord.fail(FOLLOW_UP, CutOff(after_effect=True))
    with pytest.raises(Unreachable):
        await messenger.post(place, page("two"))
    found = await messenger.find(place, page("two"))
    assert found is not None
    await messenger.edit(found, page("two!"))
    assert [answer.content for answer in discord.answers(place.channel)] == ["one", "two!"]


async def test_an_answer_in_an_archived_thread_opens_it(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    thread = discord.open_thread(discord.general.id, discord.asker, "moons")
    await discord.until(lambda: discord.world.commands.commands)
    discord.slash(thread.id, discord.asker, "ask", {"question": "why?"})
    question = await core.asked()
    assert question.conversation == f"discord:{thread.id}"
    assert question.has_surroundings
    discord.archive(thread.id)
    with pytest.raises(Unreachable):
        await listening.platform.messenger.post(question.place, page("because"))
    await listening.platform.messenger.post(question.place, page("because"))
    assert [answer.content for answer in discord.answers(thread.id)] == ["because"]


async def test_refusals_on_the_way_of_the_token_are_said_in_our_terms(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    messenger = listening.platform.messenger
    message = await messenger.post((await slash(discord, core)).place, page("a"))
    for fault, failure in (
        (Throttle(7.0, "shared"), Throttled),
        (Refuse(refusals.BLOCKED_BY_AUTOMOD), Refused),
        (Refuse(refusals.MISSING_PERMISSIONS), PlaceClosed),
        (CutOff(), Unreachable),
    ):
        discord.fail(EDIT, fault)
        with pytest.raises(failure):
            await messenger.edit(message, page("a b"))
    discord.delete(message.id)
    with pytest.raises(MessageGone):
        await messenger.edit(message, page("a b"))


async def test_typing_is_not_shown_where_discord_says_itself_that_we_are_thinking(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    messenger = listening.platform.messenger
    place = (await slash(discord, core)).place
    await messenger.status(place, "Searching")
    assert discord.world.typing == []
    await messenger.post(place, page("Searching…"))
    await messenger.status(place, "Waiting: 1 question is before yours")
    assert [channel for _, channel in discord.world.typing] == [discord.general]


async def test_an_edit_that_spends_the_last_token_of_an_interaction_holds_up_nobody_else(core: Core) -> None:
    discord = DiscordEmulator(limits=Limits(interaction=Limit(1, 300.0)))
    async with discord, connect(settings_of(discord), SystemClock()) as connection:
        await core.listen(connection)
        messenger = connection.platform.messenger
        first, second = (await slash(discord, core)).place, (await slash(discord, core)).place
        slow = await messenger.post(first, page("a"))
        waiting = asyncio.create_task(messenger.edit(slow, page("a b")))
        await discord.until(lambda: discord.message(slow.id).content == "a b")
        await messenger.post(second, page("another"))
        assert not waiting.done()  # the library holds it back; its lane says the same
        waiting.cancel()
    assert [news.remaining for news in core.news if news.name.startswith("discord:token:")] == [0]


# What an asker gets who cannot be answered ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "words"), [(TakingNoQuestions(), "restarted"), (StoreUnavailable(), "Please ask again")]
)
async def test_a_question_that_is_not_taken_is_declined_to_the_asker_alone(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection, error: FootnoteError, words: str
) -> None:
    core.failures.append(error)
    await discord.until(lambda: discord.world.commands.commands)
    discord.slash(discord.general.id, discord.asker, "ask", {"question": "why?"})
    await discord.until(lambda: discord.visible(discord.general.id, discord.asker))
    (notice,) = discord.visible(discord.general.id, discord.asker)
    assert words in notice.content
    assert MessageFlag.EPHEMERAL in notice.flags


async def test_a_question_that_takes_too_long_to_store_is_declined_and_answered_in_the_channel_after_all(
    discord: DiscordEmulator, core: Core
) -> None:
    core.open.clear()
    async with connect(settings_of(discord), SystemClock(), patience=0.02) as connection:
        await core.listen(connection)
        await discord.until(lambda: discord.world.commands.commands)
        discord.slash(discord.general.id, discord.asker, "ask", {"question": "why?"})
        await discord.until(lambda: discord.visible(discord.general.id, discord.asker))
        core.open.set()
        await connection.platform.messenger.post((await core.asked()).place, page("because"))
    assert [answer.content for answer in discord.answers(discord.general.id)] == ["because"]


async def test_a_bot_that_stops_listening_says_so_and_finishes_what_it_writes(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    messenger = listening.platform.messenger
    message = await messenger.post((await slash(discord, core)).place, page("a"))
    await listening.stop_listening()
    assert not listening.connected()
    discord.slash(discord.general.id, discord.asker, "ask", {"question": "and Venus?"})
    discord.mention(discord.general.id, discord.asker, "and Venus?")
    await discord.until(lambda: len(discord.visible(discord.general.id, discord.asker)) == 3)
    await messenger.edit(message, page("a b"))
    assert core.taken.empty()
    assert [answer.content for answer in discord.answers(discord.general.id)] == ["a b"]
    discord.delete(message.id)
    assert (await core.gone.get()).id == message.id


async def test_an_interaction_that_comes_twice_is_answered_once(
    discord: DiscordEmulator, core: Core, listening: DiscordConnection
) -> None:
    first = await slash(discord, core)
    discord.repeat("INTERACTION_CREATE")
    again = await core.asked()
    assert first.claims == again.claims
    await listening.platform.messenger.post(first.place, page("because"))
    assert len(discord.answers(discord.general.id)) == 1
