"""What we read of a thread in which people talked before they asked us."""

from dataclasses import replace

import pytest

from adapters.slack.connection import SlackConnection
from bot.clock import SystemClock
from bot.errors import PlaceClosed, Throttled
from bot.model import Page, Question, Utterance
from tests.adapters.slack.conftest import place_of
from tests.emulators.slack import Message, Refuse, SlackEmulator, Throttle


def question_of(message: Message) -> Question:
    return Question(
        place=place_of(message),
        asker=message.user,
        text="",
        conversation="",
        claims=(),
        asked_at=SystemClock().today(),
        message=message.ts,
        has_surroundings=message.is_reply,
    )


async def test_what_was_said_before_is_read_in_order_and_without_the_question(
    slack: SlackEmulator, connection: SlackConnection
) -> None:
    other = slack.world.add_user("another", is_bot=False)
    root = slack.people.say(slack.channel, slack.user, "Mars has moons &amp; dust")
    slack.people.say(slack.channel, other, f"says who, <@{slack.user.id}>?", root.ts)
    slack.people.say(slack.channel, slack.user, "elsewhere")
    asked = slack.people.mention(slack.channel, slack.user, "how many?", root.ts)
    slack.people.say(slack.channel, other, "later", root.ts)
    said = await connection.platform.surroundings.before(question_of(asked))
    assert said == (
        Utterance(slack.user.id, "Mars has moons & dust"),
        Utterance(other.id, f"says who, @{slack.user.id}?"),
    )


async def test_our_own_words_and_those_of_other_bots_are_told_apart(
    slack: SlackEmulator, connection: SlackConnection
) -> None:
    root = slack.people.mention(slack.channel, slack.user, "how many moons has Mars?")
    await connection.platform.messenger.post(place_of(root), Page("**Two.**", "Two."))
    slack.people.bot_says(slack.channel, "B0000000099", "It rains.", root.ts, username="Weather")
    asked = slack.people.mention(slack.channel, slack.user, "and Venus?", root.ts)
    said = await connection.platform.surroundings.before(question_of(asked))
    assert said == (
        Utterance(slack.user.id, "how many moons has Mars?"),
        Utterance(slack.workspace.bot.id, "Two.", bot=True),
        Utterance("Weather", "It rains."),
    )


async def test_who_joined_and_who_said_nothing_is_left_out(slack: SlackEmulator, connection: SlackConnection) -> None:
    root = slack.people.say(slack.channel, slack.user, "")
    joined = slack.people.say(slack.channel, slack.user, f"<@{slack.user.id}> has joined the channel", root.ts)
    joined.subtype = "channel_join"
    asked = slack.people.mention(slack.channel, slack.user, "how many?", root.ts)
    assert await connection.platform.surroundings.before(question_of(asked)) == ()


async def test_of_a_long_thread_the_last_fifty_are_kept(slack: SlackEmulator, connection: SlackConnection) -> None:
    root = slack.people.say(slack.channel, slack.user, "0")
    for number in range(1, 120):
        slack.people.say(slack.channel, slack.user, str(number), root.ts)
    asked = slack.people.mention(slack.channel, slack.user, "how many?", root.ts)
    said = await connection.platform.surroundings.before(question_of(asked))
    assert [utterance.text for utterance in said] == [str(number) for number in range(70, 120)]
    assert [call.method for call in slack.calls].count("conversations.replies") == 1


async def test_where_there_is_no_thread_nothing_is_asked(slack: SlackEmulator, connection: SlackConnection) -> None:
    asked = slack.people.mention(slack.channel, slack.user, "how many moons has Mars?")
    assert await connection.platform.surroundings.before(question_of(asked)) == ()
    assert [call.method for call in slack.calls] == ["auth.test"]


async def test_a_thread_that_cannot_be_read_says_why(slack: SlackEmulator, connection: SlackConnection) -> None:
    root = slack.people.say(slack.channel, slack.user, "Mars has moons")
    asked = slack.people.mention(slack.channel, slack.user, "how many?", root.ts)
    slack.faults.plan("conversations.replies", Throttle(30))
    with pytest.raises(Throttled):
        await connection.platform.surroundings.before(question_of(asked))
    slack.faults.plan("conversations.replies", Refuse("missing_scope"))
    with pytest.raises(PlaceClosed):
        await connection.platform.surroundings.before(question_of(asked))


async def test_a_question_that_was_deleted_meanwhile_has_its_surroundings_still(
    slack: SlackEmulator, connection: SlackConnection
) -> None:
    root = slack.people.say(slack.channel, slack.user, "Mars has moons")
    asked = slack.people.mention(slack.channel, slack.user, "how many?", root.ts)
    question = replace(question_of(asked), has_surroundings=True)
    slack.people.delete(asked)
    assert [said.text for said in await connection.platform.surroundings.before(question)] == ["Mars has moons"]
