"""What our writes look like in Discord through the channel, and what its refusals mean to us."""

import asyncio
from collections.abc import Callable

import pytest
from discord.http import HTTPClient
from typing_extensions import override

from adapters.discord.client import wait_before_and_never_after
from adapters.discord.connection import DiscordConnection, connect
from bot.clock import SystemClock
from bot.errors import ChatFailed, MessageGone, PlaceClosed, Refused, Throttled, TokenRefused, Unreachable
from bot.model import MessageRef, Page, Place
from bot.ports import Messenger
from tests.adapters.discord.conftest import place_of, settings_of
from tests.contracts.messenger import MessengerContract, MessengerStage
from tests.emulators.discord import (
    Broken,
    CutOff,
    DiscordEmulator,
    Limit,
    Limits,
    MessageFlag,
    Permission,
    Refuse,
    Terms,
    Throttle,
)
from tests.emulators.discord.faults import Fault
from tests.emulators.discord.rules import refusals

POST = "POST /channels/{channel}/messages"
EDIT = "PATCH /channels/{channel}/messages/{message}"
TYPING = "POST /channels/{channel}/typing"
LIST = "GET /channels/{channel}/messages"

PAGE = Page("**Mars** has [two moons](https://mars.example).", summary="Mars has two moons")


@pytest.fixture
def place(discord: DiscordEmulator) -> Place:
    question = discord.mention(discord.general.id, discord.asker, "how many moons has Mars?")
    return place_of(discord.general, question)


@pytest.fixture
def messenger(connection: DiscordConnection) -> Messenger:
    return connection.platform.messenger


class DiscordStage(MessengerStage):
    """A channel with a question in the emulated Discord."""

    def __init__(self, discord: DiscordEmulator, place: Place, messenger: Messenger) -> None:
        self.discord = discord
        self.messenger = messenger
        self.place = place
        self.longest = 2000

    @override
    def shown(self) -> list[str]:
        return [message.content for message in self.discord.answers(self.place.channel)]

    @override
    def files(self) -> list[tuple[str, str]]:
        answers = self.discord.answers(self.place.channel)
        return [(file.filename, file.content.decode()) for message in answers for file in message.attachments]

    @override
    async def delete(self, message: MessageRef) -> None:
        self.discord.delete(message.id)

    @override
    async def throttle(self, seconds: int) -> None:
        for route in (POST, EDIT):
            self.discord.fail(route, Throttle(float(seconds)))

    @override
    async def lose_answer(self) -> None:
        self.discord.fail(POST, CutOff(after_effect=True))


class TestDiscordMessenger(MessengerContract):
    @override
    @pytest.fixture
    async def stage(self, discord: DiscordEmulator, place: Place, messenger: Messenger) -> MessengerStage:
        return DiscordStage(discord, place, messenger)


async def test_the_first_message_replies_to_the_question_and_the_next_ones_do_not(
    discord: DiscordEmulator, place: Place, messenger: Messenger
) -> None:
    await messenger.post(place, PAGE)
    await messenger.post(place, PAGE)
    first, second = discord.answers(place.channel)
    assert first.reply_to is discord.message(place.reply_to)
    assert second.reply_to is None


async def test_links_show_no_cards_and_nobody_is_pinged_by_any_write(
    discord: DiscordEmulator, place: Place, messenger: Messenger
) -> None:
    hostile = Page(f"@everyone {discord.asker.mark} <@&1> https://a.example", summary="hostile")
    message = await messenger.post(place, hostile)
    for body in ("https://b.example @here", f"https://c.example {discord.asker.mark}"):
        await messenger.edit(message, Page(body, summary=body))
    (answer,) = discord.answers(place.channel)
    assert len(answer.versions) == 3
    assert answer.pings == set()
    assert [version.unfurled for version in answer.versions] == [(), (), ()]
    assert MessageFlag.SUPPRESS_NOTIFICATIONS not in answer.flags


async def test_an_answer_whose_question_was_deleted_is_posted_all_the_same(
    discord: DiscordEmulator, place: Place, messenger: Messenger
) -> None:
    discord.delete(place.reply_to)
    await messenger.post(place, PAGE)
    assert [message.content for message in discord.answers(place.channel)] == [PAGE.body]


async def test_where_replies_are_not_allowed_the_answer_comes_without(
    discord: DiscordEmulator, place: Place, messenger: Messenger
) -> None:
    discord.deny(place.channel, Permission.READ_MESSAGE_HISTORY)
    with pytest.raises(Unreachable) as first:
        await messenger.post(place, PAGE)
    assert not first.value.uncertain
    await messenger.post(place, PAGE)
    (answer,) = discord.answers(place.channel)
    assert answer.reply_to is None


async def test_typing_is_shown_once_per_status_and_ends_by_itself(
    discord: DiscordEmulator, place: Place, messenger: Messenger
) -> None:
    await messenger.status(place, "Searching")
    await messenger.status(place, "")
    assert [channel for _, channel in discord.world.typing] == [discord.general]


async def test_an_answer_in_an_archived_thread_opens_it_and_in_a_locked_one_has_no_place(
    discord: DiscordEmulator, messenger: Messenger
) -> None:
    thread = discord.open_thread(discord.general.id, discord.asker, "moons")
    place = place_of(thread)
    message = await messenger.post(place, PAGE)
    discord.archive(thread.id)
    with pytest.raises(Refused):
        await messenger.edit(message, PAGE)  # so that the core posts it anew
    await messenger.post(place, PAGE)
    await messenger.edit(message, PAGE)
    discord.archive(thread.id, locked=True)
    with pytest.raises(PlaceClosed):
        await messenger.post(place, PAGE)


# What refusals mean -----------------------------------------------------------------------------------------


REFUSALS: list[tuple[Fault, Callable[[ChatFailed], bool]]] = [
    (Throttle(17.5), lambda error: isinstance(error, Throttled) and (error.retry_after, error.everywhere) == (17.5, False)),
    (Throttle(0.4, "shared"), lambda error: isinstance(error, Throttled) and not error.everywhere),
    (Throttle(3.0, "global"), lambda error: isinstance(error, Throttled) and error.everywhere),
    (Throttle(via=False), lambda error: isinstance(error, Throttled) and (error.retry_after, error.everywhere) == (60.0, True)),
    (Throttle(body=False), lambda error: isinstance(error, Throttled) and error.retry_after == 60.0),
    (Refuse(refusals.OLD_EDITS), lambda error: isinstance(error, Throttled)),
    (Refuse(refusals.UNKNOWN_MESSAGE), lambda error: isinstance(error, MessageGone)),
    (Refuse(refusals.UNKNOWN_CHANNEL), lambda error: isinstance(error, PlaceClosed) and error.reason == "10003"),
    (Refuse(refusals.MISSING_ACCESS), lambda error: isinstance(error, PlaceClosed) and error.reason == "50001"),
    (Refuse(refusals.MISSING_PERMISSIONS), lambda error: isinstance(error, PlaceClosed) and error.reason == "50013"),
    (Refuse(refusals.CLOSED_TO_MESSAGES), lambda error: isinstance(error, PlaceClosed)),
    (Refuse(refusals.LOCKED), lambda error: isinstance(error, PlaceClosed)),
    (Refuse(refusals.ARCHIVED), lambda error: isinstance(error, Refused) and error.reason == "50083"),
    (Refuse(refusals.BLOCKED_BY_AUTOMOD), lambda error: isinstance(error, Refused) and error.reason == "200000"),
    (Refuse(refusals.INVALID_FORM), lambda error: isinstance(error, Refused) and error.reason == "50035"),
    (Refuse(refusals.NOT_THE_AUTHOR), lambda error: isinstance(error, Refused) and error.reason == "50005"),
    (Refuse(refusals.NO_ROUTE), lambda error: isinstance(error, Refused) and error.reason == "404"),
    (Refuse(refusals.UNAUTHORIZED), lambda error: isinstance(error, TokenRefused)),
    (Broken(500), lambda error: isinstance(error, Unreachable) and error.uncertain),
    (Broken(502, after_effect=True), lambda error: isinstance(error, Unreachable) and error.uncertain),
    (Broken(503), lambda error: isinstance(error, Unreachable) and error.uncertain),
    (CutOff(), lambda error: isinstance(error, Unreachable) and error.uncertain),
    (CutOff(after_effect=True), lambda error: isinstance(error, Unreachable) and error.uncertain),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "is_meant"), REFUSALS, ids=[str(fault) for fault, _ in REFUSALS])
async def test_every_refusal_is_said_in_our_terms_and_nothing_is_tried_twice(
    discord: DiscordEmulator,
    place: Place,
    messenger: Messenger,
    fault: Fault,
    is_meant: Callable[[ChatFailed], bool],
) -> None:
    message = await messenger.post(place, PAGE)
    discord.fail(EDIT, fault)
    with pytest.raises(ChatFailed) as failed:
        await messenger.edit(message, PAGE)
    assert is_meant(failed.value), failed.value
    assert sum(call.method == "PATCH" for call in discord.calls) == 1


async def test_a_server_that_is_away_has_certainly_not_written(
    discord: DiscordEmulator, place: Place, messenger: Messenger
) -> None:
    message = await messenger.post(place, PAGE)
    await discord.__aexit__()
    with pytest.raises(Unreachable):
        await messenger.edit(message, PAGE)
    with pytest.raises(Unreachable) as refused:
        await messenger.post(place, PAGE)
    assert not refused.value.uncertain


async def test_words_that_automod_blocks_are_refused(place: Place) -> None:
    async with (
        DiscordEmulator(terms=Terms(blocked_words=("phobos",))) as discord,
        connect(settings_of(discord), SystemClock()) as connection,
    ):
        messenger = connection.platform.messenger
        message = await messenger.post(place_of(discord.general), PAGE)
        with pytest.raises(Refused):
            await messenger.edit(message, Page("Phobos", summary="Phobos"))


# Looking for a lost post ------------------------------------------------------------------------------------


async def test_a_lost_post_that_is_repeated_stands_there_once(
    discord: DiscordEmulator, place: Place, messenger: Messenger
) -> None:
    discord.fail(POST, CutOff(after_effect=True))
    with pytest.raises(Unreachable):
        await messenger.post(place, PAGE)
    message = await messenger.post(place, PAGE)
    (answer,) = discord.answers(place.channel)
    assert message.id == str(answer.id)
    await messenger.post(place, PAGE)
    assert len(discord.answers(place.channel)) == 2


async def test_a_lost_post_is_found_after_a_restart_and_among_others(
    discord: DiscordEmulator, place: Place, messenger: Messenger
) -> None:
    discord.say(place.channel, discord.reader, PAGE.body)
    discord.fail(POST, CutOff(after_effect=True))
    with pytest.raises(Unreachable):
        await messenger.post(place, PAGE)
    await messenger.post(place, Page("another", summary=""))
    async with connect(settings_of(discord), SystemClock()) as restarted:
        found = await restarted.platform.messenger.find(place, PAGE)
    assert found is not None
    assert discord.message(found.id).content == PAGE.body
    assert discord.message(found.id).author is discord.world.bot


async def test_who_may_not_read_cannot_find(discord: DiscordEmulator, place: Place, messenger: Messenger) -> None:
    discord.deny(place.channel, Permission.VIEW_CHANNEL)
    assert await messenger.find(place, PAGE) is None


async def test_looking_for_a_post_can_fail(discord: DiscordEmulator, place: Place, messenger: Messenger) -> None:
    discord.fail(LIST, Throttle(9.0))
    with pytest.raises(Throttled):
        await messenger.find(place, PAGE)


# What the library does not do to us -------------------------------------------------------------------------


async def test_the_post_that_spends_the_last_token_of_its_window_returns_at_once() -> None:
    async with (
        DiscordEmulator(limits=Limits(post=Limit(1, 300.0))) as discord,
        connect(settings_of(discord), SystemClock()) as connection,
    ):
        messenger = connection.platform.messenger
        message = await messenger.post(place_of(discord.general), PAGE)
        await messenger.edit(message, Page("edited", summary=""))
        await messenger.post(place_of(discord.other), PAGE)
    assert discord.message(message.id).content == "edited"
    assert discord.throttled == 0


async def test_writes_that_come_too_early_wait_in_the_library_instead_of_running_into_429() -> None:
    discord = DiscordEmulator(limits=Limits(edit=Limit(2, 0.1)))
    async with discord, connect(settings_of(discord), SystemClock()) as connection:
        messenger = connection.platform.messenger
        message = await messenger.post(place_of(discord.general), PAGE)
        async with asyncio.TaskGroup() as group:
            for number in range(5):
                group.create_task(messenger.edit(message, Page(str(number), summary="")))
    moments = [at for at, _ in discord.message(message.id).log][1:]
    assert moments[4] - moments[0] >= 0.2
    assert discord.throttled == 0


async def test_the_library_waits_for_the_rest_of_a_window_only() -> None:
    http = HTTPClient(asyncio.get_running_loop())
    wait_before_and_never_after(http)
    limiter = http.get_ratelimit("a bucket")
    limiter.remaining, limiter.reset_after = 0, 3600.0  # as the headers said an hour ago
    limiter.expires = asyncio.get_running_loop().time() + 0.02
    async with asyncio.timeout(5), limiter:
        pass
