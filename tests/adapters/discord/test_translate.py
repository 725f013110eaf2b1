"""What messages and commands mean: whether they ask us, where their answer goes, which conversation they go on with."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.translate import Asked, Identity, Spoken, Spot, asked_question, readable, spoken_question
from bot.model import Place
from tests.fakes.clock import DAY_ONE

ME = Identity("42", "43")
CHANNEL = Spot("9", guild="1")
THREAD = Spot("8", guild="1", thread=True)
DIRECT = Spot("7")

MENTION = Spoken("100", CHANNEL, "5", "<@42> how many moons has Mars?", DAY_ONE, addressed=True)


def test_a_mention_is_a_question_and_begins_a_conversation() -> None:
    question = spoken_question(MENTION, ME)
    assert question is not None
    assert question.text == "how many moons has Mars?"
    assert question.place == Place("discord", "1", "9", reply_to="100")
    assert (question.asker, question.message, question.asked_at) == ("5", "100", DAY_ONE)
    assert question.claims == ("discord:message:100",)
    assert question.conversation == "discord:9:100"
    assert (question.deadline, question.has_surroundings, question.unreadable) == (None, False, False)


def test_what_is_said_to_others_is_no_question() -> None:
    assert spoken_question(replace(MENTION, addressed=False), ME) is None
    assert (
        spoken_question(replace(MENTION, addressed=False, spot=THREAD, replies_to="99", replied_author="6"), ME) is None
    )


def test_a_thread_is_one_conversation_in_which_people_may_have_talked() -> None:
    question = spoken_question(replace(MENTION, spot=THREAD), ME)
    assert question is not None
    assert (question.conversation, question.has_surroundings) == ("discord:8", True)


def test_direct_messages_are_one_conversation_and_need_no_mention() -> None:
    question = spoken_question(replace(MENTION, spot=DIRECT, addressed=False, text="how many?"), ME)
    assert question is not None
    assert (question.conversation, question.place.workspace) == ("discord:7", "@me")
    assert (question.text, question.has_surroundings) == ("how many?", False)


def test_a_reply_to_us_goes_on_with_the_conversation_of_our_message_without_a_mention() -> None:
    question = spoken_question(replace(MENTION, addressed=False, replies_to="99", replied_author="42"), ME)
    assert question is not None
    assert (question.replies_to, question.has_surroundings) == ("99", False)


def test_a_mention_in_a_reply_to_somebody_else_brings_their_message_along() -> None:
    question = spoken_question(replace(MENTION, replies_to="99", replied_author="6"), ME)
    assert question is not None
    assert (question.replies_to, question.has_surroundings) == ("99", True)


def test_a_reply_whose_words_are_withheld_is_unreadable_and_an_empty_mention_is_not() -> None:
    reply = replace(MENTION, text="", replies_to="99", replied_author="42", withheld=True)
    question = spoken_question(reply, ME)
    assert question is not None
    assert (question.text, question.unreadable) == ("", True)
    empty = spoken_question(replace(MENTION, text="<@42>", withheld=True), ME)
    assert empty is not None
    assert (empty.text, empty.unreadable) == ("", False)


@pytest.mark.parametrize(
    ("spot", "conversation", "surroundings"),
    [(CHANNEL, "discord:9:100", False), (THREAD, "discord:8", True), (DIRECT, "discord:7", False)],
)
def test_a_command_is_a_question_wherever_it_is_used(spot: Spot, conversation: str, surroundings: bool) -> None:
    question = asked_question(Asked("100", spot, "5", " how many? ", DAY_ONE))
    assert question.text == "how many?"
    assert question.place == Place("discord", spot.guild or "@me", spot.channel, interaction="100")
    assert question.claims == ("discord:interaction:100",)
    assert question.deadline == 3.0
    assert (question.conversation, question.has_surroundings) == (conversation, surroundings)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<@42> hello", "hello"),
        ("<@!42>, hello", "hello"),
        ("<@&43>: hello", "hello"),
        ("hello <@42> there", "hello there"),
        ("hello <@42>", "hello"),
        ("is <@5> in <#9>?", "is @ann in #general?"),
        ("ask <@&6> and <@7>", "ask @crew and @7"),
        ("<:moon:123> <a:spin:456>", ":moon: :spin:"),
        ("since <t:0:R> or <t:99999999999>", "since 1970-01-01 00:00 UTC or 5138-11-16 09:46 UTC"),
        ("<t:999999999999>", "<t:999999999999>"),
        ("use </history forget:12>", "use /history forget"),
        ("a < b <https://a.example> c", "a < b <https://a.example> c"),
        ("@everyone look", "@everyone look"),
    ],
)
def test_marks_are_spelled_as_people_read_them(written: str, read: str) -> None:
    assert readable(written, ME, {"@5": "ann", "#9": "general", "@&6": "crew"}) == read


@given(st.text(alphabet=st.sampled_from("<>@!&#:ta/0142 \nx")))
def test_reading_never_fails_and_leaves_no_mention_of_us(text: str) -> None:
    assert "<@42>" not in readable(f"<@42>{text}", ME, {}).replace(text, "")
