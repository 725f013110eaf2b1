"""What our writes look like in Slack, and what Slack's refusals mean to us."""

from collections.abc import Callable

import pytest
from typing_extensions import override

from adapters.slack.connection import SlackConnection, connect
from bot.clock import SystemClock
from bot.errors import ChatFailed, MessageGone, PlaceClosed, Refused, Throttled, TokenRefused, Unreachable
from bot.model import MessageRef, Page, Place
from bot.ports import Messenger
from tests.adapters.slack.conftest import place_of, settings_of
from tests.contracts.messenger import MessengerContract, MessengerStage
from tests.emulators.slack import (
    Breakdown,
    DropAfter,
    DropBefore,
    Fault,
    Message,
    Refuse,
    SlackEmulator,
    Throttle,
)

PAGE = Page("**Mars** has two moons [1].", summary="Mars has two moons")


@pytest.fixture
async def question(slack: SlackEmulator) -> Message:
    return slack.people.mention(slack.channel, slack.user, "how many moons has Mars?")


@pytest.fixture
def place(question: Message) -> Place:
    return place_of(question)


@pytest.fixture
def messenger(connection: SlackConnection) -> Messenger:
    return connection.platform.messenger


class SlackStage(MessengerStage):
    """A thread under a question in the emulated Slack."""

    def __init__(self, slack: SlackEmulator, question: Message, messenger: Messenger) -> None:
        self.slack = slack
        self.question = question
        self.messenger = messenger
        self.place = place_of(question)
        self.longest = 12_000

    @override
    def shown(self) -> list[str]:
        return [str(message.blocks[0]["text"]) for message in self.slack.answers(self.question) if message.shown]

    @override
    def files(self) -> list[tuple[str, str]]:
        answers = self.slack.answers(self.question)
        return [(file.name, (file.content or b"").decode()) for message in answers for file in message.files]

    @override
    async def delete(self, message: MessageRef) -> None:
        self.slack.people.delete(self.slack.channel.messages[message.id])

    @override
    async def throttle(self, seconds: int) -> None:
        for method in ("chat.postMessage", "chat.update"):
            self.slack.faults.plan(method, Throttle(seconds))

    @override
    async def lose_answer(self) -> None:
        self.slack.faults.plan("chat.postMessage", DropAfter())


class TestSlackMessenger(MessengerContract):
    @override
    @pytest.fixture
    async def stage(self, slack: SlackEmulator, question: Message, messenger: Messenger) -> MessengerStage:
        return SlackStage(slack, question, messenger)


async def test_an_answer_stands_in_the_thread_and_previews_nothing(
    slack: SlackEmulator, question: Message, place: Place, messenger: Messenger
) -> None:
    await messenger.post(place, PAGE)
    (answer,) = slack.answers(question)
    assert answer.thread_ts == question.ts
    assert answer.blocks == [{"type": "markdown", "text": PAGE.body}]
    assert (answer.unfurl_links, answer.unfurl_media) == (False, False)


async def test_the_notification_says_what_the_answer_says_and_an_edit_leaves_no_trace(
    slack: SlackEmulator, question: Message, place: Place, messenger: Messenger
) -> None:
    message = await messenger.post(place, Page("Mars", summary="Mars"))
    await messenger.edit(message, PAGE)
    (answer,) = slack.answers(question)
    assert answer.text == "Mars has two moons"
    assert answer.edited is None


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"),
        ("  ", "…"),
        ("<" * 5000, "&lt;" * 800),
    ],
)
async def test_the_notification_is_plain_short_and_never_empty(
    slack: SlackEmulator, question: Message, place: Place, messenger: Messenger, summary: str, text: str
) -> None:
    message = await messenger.post(place, Page("Mars", summary))
    await messenger.edit(message, Page("Mars", summary))
    (answer,) = slack.answers(question)
    assert answer.text == text
    for call in slack.calls:
        if call.method.startswith("chat."):
            assert (call.arguments["parse"], call.arguments["link_names"]) == ("none", False)


async def test_a_status_is_shown_under_the_question_and_taken_away(
    slack: SlackEmulator, question: Message, place: Place, messenger: Messenger
) -> None:
    await messenger.status(place, "is searching…")
    assert slack.world.status(slack.channel, question.ts) == "is searching…"
    await messenger.status(place, "")
    assert slack.world.status(slack.channel, question.ts) == ""


@pytest.mark.parametrize("error", ["missing_scope", "unknown_method", "not_allowed_token_type"])
async def test_an_app_that_may_show_no_status_asks_only_once(
    slack: SlackEmulator, place: Place, messenger: Messenger, error: str
) -> None:
    slack.faults.plan("assistant.threads.setStatus", Refuse(error))
    for _ in range(3):
        await messenger.status(place, "is searching…")
    assert [call.method for call in slack.calls].count("assistant.threads.setStatus") == 1


async def test_a_status_that_fails_for_another_reason_says_so(
    slack: SlackEmulator, place: Place, messenger: Messenger
) -> None:
    slack.faults.plan("assistant.threads.setStatus", Throttle(3))
    with pytest.raises(Throttled):
        await messenger.status(place, "is searching…")
    slack.faults.plan("assistant.threads.setStatus", Refuse("invalid_thread_ts"))
    with pytest.raises(Refused):
        await messenger.status(place, "is searching…")
    await messenger.status(place, "is searching…")
    assert slack.world.status(slack.channel, place.thread) == "is searching…"


async def test_half_a_character_does_no_harm(place: Place, messenger: Messenger) -> None:
    await messenger.post(place, Page("half \ud83c", summary="half \ud83c"))


# What refusals mean -----------------------------------------------------------------------------------------


REFUSALS: list[tuple[Fault, Callable[[ChatFailed], bool]]] = [
    (Throttle(17), lambda error: isinstance(error, Throttled) and error.retry_after == 17.0),
    (Throttle(None), lambda error: isinstance(error, Throttled) and error.retry_after == 5.0),
    (Refuse("rate_limited"), lambda error: isinstance(error, Throttled)),
    (Refuse("channel_not_found"), lambda error: isinstance(error, PlaceClosed) and error.reason == "channel_not_found"),
    (Refuse("is_archived"), lambda error: isinstance(error, PlaceClosed)),
    (Refuse("not_in_channel"), lambda error: isinstance(error, PlaceClosed)),
    (Refuse("restricted_action_read_only_channel"), lambda error: isinstance(error, PlaceClosed)),
    (Refuse("token_revoked"), lambda error: isinstance(error, TokenRefused) and error.reason == "token_revoked"),
    (Refuse("invalid_auth"), lambda error: isinstance(error, TokenRefused)),
    (Refuse("account_inactive"), lambda error: isinstance(error, TokenRefused)),
    (Refuse("msg_too_long"), lambda error: isinstance(error, Refused) and error.reason == "msg_too_long"),
    (Refuse("edit_window_closed"), lambda error: isinstance(error, Refused)),
    (Refuse("cant_update_message"), lambda error: isinstance(error, Refused)),
    (Refuse("message_not_found"), lambda error: isinstance(error, MessageGone)),
    (Refuse("fatal_error"), lambda error: isinstance(error, Unreachable) and error.uncertain),
    (Breakdown(500), lambda error: isinstance(error, Unreachable) and error.uncertain),
    (Breakdown(503, body="upstream connect error"), lambda error: isinstance(error, Unreachable) and error.uncertain),
    (Breakdown(200), lambda error: isinstance(error, Unreachable) and error.uncertain),
    (DropBefore(), lambda error: isinstance(error, Unreachable) and error.uncertain),
    (DropAfter(), lambda error: isinstance(error, Unreachable) and error.uncertain),
]


@pytest.mark.parametrize(("fault", "is_meant"), REFUSALS, ids=[str(fault) for fault, _ in REFUSALS])
async def test_every_refusal_is_said_in_our_terms_and_nothing_is_tried_twice(
    slack: SlackEmulator,
    place: Place,
    messenger: Messenger,
    fault: Fault,
    is_meant: Callable[[ChatFailed], bool],
) -> None:
    message = await messenger.post(place, PAGE)
    slack.faults.plan("chat.update", fault)
    with pytest.raises(ChatFailed) as failed:
        await messenger.edit(message, PAGE)
    assert is_meant(failed.value), failed.value
    assert [call.method for call in slack.calls].count("chat.update") == 1


async def test_the_places_that_slack_closes_are_closed_to_us(
    slack: SlackEmulator, place: Place, messenger: Messenger
) -> None:
    message = await messenger.post(place, PAGE)
    slack.channel.archived = True
    with pytest.raises(PlaceClosed):
        await messenger.post(place, PAGE)
    with pytest.raises(PlaceClosed):
        await messenger.edit(message, PAGE)
    slack.channel.archived = False
    slack.people.remove_bot(slack.channel)
    with pytest.raises(PlaceClosed):
        await messenger.post(place, PAGE)
    with pytest.raises(PlaceClosed):
        await messenger.edit(message, PAGE)


async def test_an_answer_has_no_place_once_its_question_is_deleted(
    slack: SlackEmulator, question: Message, place: Place, messenger: Messenger
) -> None:
    slack.people.delete(question)
    with pytest.raises(PlaceClosed):
        await messenger.post(place, PAGE)


async def test_a_message_that_may_not_be_edited_any_more_is_refused_with_slacks_reason(
    slack: SlackEmulator, place: Place, messenger: Messenger
) -> None:
    message = await messenger.post(place, PAGE)
    slack.workspace.edit_window = 0.0
    with pytest.raises(Refused) as refused:
        await messenger.edit(message, PAGE)
    assert refused.value.reason == "edit_window_closed"


# Looking for a lost post ------------------------------------------------------------------------------------


async def test_a_lost_post_is_found_after_a_restart_and_among_others(
    slack: SlackEmulator, question: Message, place: Place, messenger: Messenger
) -> None:
    slack.people.say(slack.channel, slack.user, PAGE.summary, question.ts)
    slack.faults.plan("chat.postMessage", DropAfter())
    with pytest.raises(Unreachable):
        await messenger.post(place, PAGE)
    await messenger.post(place, Page("another", summary=PAGE.summary))
    async with connect(settings_of(slack), SystemClock()) as restarted:
        found = await restarted.platform.messenger.find(place, PAGE)
    assert found is not None
    assert slack.channel.messages[found.id].blocks[0]["text"] == PAGE.body


async def test_a_lost_post_is_found_by_its_words_where_slack_hides_the_mark(
    slack: SlackEmulator, question: Message, place: Place, messenger: Messenger
) -> None:
    slack.faults.plan("chat.postMessage", DropAfter())
    with pytest.raises(Unreachable):
        await messenger.post(place, PAGE)
    (answer,) = slack.answers(question)
    answer.metadata = None
    assert await messenger.find(place, PAGE) == MessageRef(place, answer.ts)


async def test_a_lost_post_outside_threads_is_found_too(slack: SlackEmulator, messenger: Messenger) -> None:
    channel = Place("slack", slack.workspace.id, slack.channel.id)
    slack.faults.plan("chat.postMessage", DropAfter())
    with pytest.raises(Unreachable):
        await messenger.post(channel, PAGE)
    assert await messenger.find(channel, PAGE) is not None


async def test_who_may_not_read_cannot_find(slack: SlackEmulator, place: Place, messenger: Messenger) -> None:
    slack.workspace.scopes = frozenset({"chat:write"})
    assert await messenger.find(place, PAGE) is None


async def test_looking_for_a_post_can_fail(slack: SlackEmulator, place: Place, messenger: Messenger) -> None:
    slack.faults.plan("conversations.replies", Throttle(9))
    with pytest.raises(Throttled):
        await messenger.find(place, PAGE)
    slack.faults.plan("conversations.replies", Refuse("not_in_channel"))
    with pytest.raises(PlaceClosed):
        await messenger.find(place, PAGE)
