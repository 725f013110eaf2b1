"""What a file of ours looks like in Slack, and what it means when Slack does not take it."""

from collections.abc import Callable

import pytest

from adapters.slack.connection import SlackConnection
from bot.errors import ChatFailed, PlaceClosed, Refused, Throttled, Unreachable
from bot.model import MessageRef, Page, Place
from bot.ports import Messenger
from tests.adapters.slack.conftest import place_of
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

GET, UPLOAD, COMPLETE = "files.getUploadURLExternal", "upload", "files.completeUploadExternal"


@pytest.fixture
async def question(slack: SlackEmulator) -> Message:
    return slack.people.mention(slack.channel, slack.user, "how many moons has Mars?")


@pytest.fixture
def messenger(connection: SlackConnection) -> Messenger:
    return connection.platform.messenger


@pytest.fixture
async def message(question: Message, messenger: Messenger) -> MessageRef:
    return await messenger.post(place_of(question), Page("Mars has two moons.", summary="Mars"))


def shared(slack: SlackEmulator, question: Message) -> list[Message]:
    return [answer for answer in slack.answers(question) if answer.files]


async def test_a_file_is_a_message_in_the_thread_of_the_question(
    slack: SlackEmulator, question: Message, message: MessageRef, messenger: Messenger
) -> None:
    await messenger.attach(message, "answer.md", "the rest")
    (answer,) = shared(slack, question)
    assert answer.thread_ts == question.ts
    assert [(file.name, file.title, file.content) for file in answer.files] == [("answer.md", "answer.md", b"the rest")]
    assert [call.method for call in slack.calls][-3:] == [GET, UPLOAD, COMPLETE]


async def test_outside_threads_a_file_stands_in_the_channel(slack: SlackEmulator, messenger: Messenger) -> None:
    place = Place("slack", slack.workspace.id, slack.channel.id)
    message = await messenger.post(place, Page("Mars", summary="Mars"))
    await messenger.attach(message, "answer.md", "half \ud83c")
    *_, last = slack.channel.messages.values()
    assert (last.thread_ts, last.files[0].content) == ("", b"half ?")


async def test_an_app_without_the_scope_is_refused_and_may_go_on_writing(
    slack: SlackEmulator, question: Message, message: MessageRef, messenger: Messenger
) -> None:
    slack.workspace.scopes -= {"files:write"}
    with pytest.raises(Refused) as refused:
        await messenger.attach(message, "answer.md", "the rest")
    assert refused.value.reason == "missing_scope"
    await messenger.edit(message, Page("edited", summary="edited"))
    assert shared(slack, question) == []


def unreachable(error: ChatFailed) -> bool:
    return isinstance(error, Unreachable) and not error.uncertain


REFUSALS: list[tuple[str, Fault, Callable[[ChatFailed], bool]]] = [
    *((method, Throttle(17), lambda error: isinstance(error, Throttled)) for method in (GET, UPLOAD, COMPLETE)),
    *(
        (method, fault, unreachable)
        for method in (GET, UPLOAD)
        for fault in (Breakdown(503), DropBefore(), DropAfter())
    ),
    (UPLOAD, Breakdown(403), lambda error: isinstance(error, Refused) and error.reason == "upload_403"),
    (COMPLETE, DropAfter(), lambda error: isinstance(error, Unreachable) and error.uncertain),
    (COMPLETE, Refuse("is_archived"), lambda error: isinstance(error, PlaceClosed)),
    (COMPLETE, Refuse("file_not_found"), lambda error: isinstance(error, Refused)),
]


@pytest.mark.parametrize(("method", "fault", "is_meant"), REFUSALS, ids=[f"{each[0]} {each[1]}" for each in REFUSALS])
async def test_every_refusal_is_said_in_our_terms_and_nothing_is_tried_twice(
    slack: SlackEmulator,
    question: Message,
    message: MessageRef,
    messenger: Messenger,
    method: str,
    fault: Fault,
    is_meant: Callable[[ChatFailed], bool],
) -> None:
    slack.faults.plan(method, fault)
    with pytest.raises(ChatFailed) as failed:
        await messenger.attach(message, "answer.md", "the rest")
    assert is_meant(failed.value), failed.value
    assert [call.method for call in slack.calls].count(method) == 1
    assert len(shared(slack, question)) == (1 if isinstance(fault, DropAfter) and method == COMPLETE else 0)
