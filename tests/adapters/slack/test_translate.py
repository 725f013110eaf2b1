"""What Slack's events mean to us, from recorded payloads."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.translate import Identity, readable, translate
from bot.model import MessageRef, Place, Question

RECORDINGS = Path(__file__).parents[2] / "recordings" / "slack"
US = Identity(workspace="T0000000001", user="U000000BOT", bot="B0000000001")


def recorded(name: str) -> dict[str, Any]:
    return json.loads((RECORDINGS / f"{name}.json").read_text())


def asked(payload: dict[str, Any]) -> Question:
    question = translate(payload, US)
    assert isinstance(question, Question)
    return question


def test_a_mention_is_a_question_whose_answer_goes_into_a_thread_under_it() -> None:
    assert asked(recorded("app_mention")) == Question(
        place=Place("slack", "T0000000001", "C0000000001", thread="1700000000.000100"),
        asker="U0000000002",
        text="how many moons has Mars?",
        conversation="slack:T0000000001:C0000000001:1700000000.000100",
        claims=(
            "slack:event:Ev0000000001",
            "slack:message:T0000000001:C0000000001:1700000000.000100",
            "slack:client:T0000000001:U0000000002:7d8ad0f3-0000-4000-8000-000000000001",
        ),
        asked_at=datetime.fromtimestamp(1700000000.0001, UTC),
        message="1700000000.000100",
    )


def test_a_mention_in_a_thread_belongs_to_it_and_has_surroundings() -> None:
    question = asked(recorded("app_mention_in_a_thread"))
    assert question.place.thread == "1700000000.000100"
    assert question.conversation.endswith(":1700000000.000100")
    assert question.message == "1700000050.000200"
    assert question.has_surroundings


def test_a_direct_message_needs_no_mention_and_is_answered_in_a_thread() -> None:
    question = asked(recorded("message_im"))
    assert question.text == "how many moons has Mars?"
    assert question.place == Place("slack", "T0000000001", "D0000000001", thread="1700000200.000100")
    assert not question.has_surroundings


def test_a_direct_message_in_a_thread_continues_the_conversation_of_that_thread() -> None:
    question = asked(recorded("message_im_in_a_thread"))
    assert question.conversation == asked(recorded("message_im")).conversation
    assert question.has_surroundings


def test_a_message_with_a_file_is_still_what_somebody_said() -> None:
    assert asked(recorded("message_im_with_a_file")).text == "how many moons has Mars?"


def test_a_question_from_a_shared_channel_is_counted_in_our_own_workspace() -> None:
    question = asked(recorded("app_mention_from_another_workspace"))
    assert question.place.workspace == "T0000000001"
    assert question.asker == "U0000000077"
    assert question.claims[1] == asked(recorded("app_mention")).claims[1]


@pytest.mark.parametrize(
    "name",
    [
        "app_mention_after_an_edit",
        "app_mention_by_a_workflow",
        "app_mention_by_another_bot",
        "app_mention_of_an_invitation",
        "channel_created",
        "message_changed",
        "message_im_of_ours",
        "message_of_the_mention",
    ],
)
def test_what_nobody_asks_us_is_not_a_question(name: str) -> None:
    assert translate(recorded(name), US) is None


@pytest.mark.parametrize(
    "text",
    ["<@U000000BOT> has joined the channel", "<@U000000BOT|footnote> was added to #general by <@U0000000002>."],
)
def test_the_words_of_an_invitation_are_not_a_question_even_without_its_marks(text: str) -> None:
    payload = recorded("app_mention")
    payload["event"]["text"] = text
    assert translate(payload, US) is None


@pytest.mark.parametrize("user", ["U000000BOT", "USLACKBOT", "", None])
def test_only_people_ask(user: str | None) -> None:
    payload = recorded("message_im")
    payload["event"]["user"] = user
    assert translate(payload, US) is None


def test_a_mention_and_nothing_else_is_a_question_without_text() -> None:
    payload = recorded("app_mention")
    payload["event"]["text"] = " <@U000000BOT> "
    assert asked(payload).text == ""


def test_a_retry_and_the_same_question_under_another_id_share_a_claim() -> None:
    first = asked(recorded("app_mention"))
    other, resent = recorded("app_mention"), recorded("app_mention")
    other["event_id"], resent["event_id"] = "Ev0000000099", "Ev0000000098"
    resent["event"]["ts"] = "1700000001.000500"
    for payload in (recorded("app_mention"), other, resent):
        assert set(first.claims) & set(asked(payload).claims)


def test_a_message_without_the_id_of_a_client_has_two_claims() -> None:
    payload = recorded("message_im")
    del payload["event"]["client_msg_id"]
    assert len(asked(payload).claims) == 2


def test_a_deleted_message_is_named_with_its_thread() -> None:
    thread = Place("slack", "T0000000001", "C0000000001", thread="1700000000.000100")
    assert translate(recorded("message_deleted"), US) == MessageRef(thread, "1700000001.000100")


def test_a_deleted_message_that_keeps_its_replies_is_deleted_too() -> None:
    thread = Place("slack", "T0000000001", "C0000000001", thread="1700000000.000100")
    assert translate(recorded("message_changed_to_a_tombstone"), US) == MessageRef(thread, "1700000000.000100")


def test_a_deletion_may_come_without_the_message_that_was_deleted() -> None:
    payload = recorded("message_deleted")
    del payload["event"]["previous_message"]
    gone = translate(payload, US)
    assert isinstance(gone, MessageRef)
    assert gone.id == "1700000001.000100"


@pytest.mark.parametrize("ts", ["", "soon", "1700000000", "9" * 40 + ".0", 17])
def test_a_payload_that_is_not_slacks_cannot_be_read(ts: object) -> None:
    payload = recorded("app_mention")
    payload["event"]["ts"] = ts
    with pytest.raises(msgspec.ValidationError):
        translate(payload, US)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<@U000000BOT>: why?", "why?"),
        ("<@U000000BOT|footnote>, why?", "why?"),
        ("<@U000000BOT> :wave: why?", ":wave: why?"),
        ("hey <@U000000BOT> why?", "hey why?"),
        ("ask <@U0000000002|moon> and <@U0000000003>", "ask @moon and @U0000000003"),
        ("in <#C0000000001|general> and <#C0000000002|>", "in #general and #C0000000002"),
        ("<!here> <!subteam^S1|@ops> <!subteam^S2> <!date^1^{date}|today>", "@here @ops @S2 today"),
        ("see <https://example.org/a?b=1&amp;c=2>", "see https://example.org/a?b=1&c=2"),
        ("see <https://example.org/a|the page>.", "see the page https://example.org/a."),
        ("see <http://example.org/|example.org>", "see http://example.org/"),
        ("write to <mailto:a@example.org|a@example.org>", "write to a@example.org"),
        ("is 1 &lt; 2 &amp;&amp; 3 &gt; 2?", "is 1 < 2 && 3 > 2?"),
        ("what is &amp;lt;?", "what is &lt;?"),
        ("```\nif x:\n    y\n```", "```\nif x:\n    y\n```"),
        ("  \n ", ""),
        ("<|>", ""),
    ],
)
def test_text_is_read_as_people_see_it(written: str, read: str) -> None:
    assert readable(written, US) == read


@given(st.text())
def test_whatever_somebody_types_is_read_as_typed(typed: str) -> None:
    escaped = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert readable(f"<@{US.user}> {escaped}", US).strip(",: \n") == typed.strip().strip(",: \n")
