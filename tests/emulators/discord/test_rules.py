"""What a message may be, whom it pings, what it unfolds, who may read it, how long an interaction lives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulators.discord.rules.bodies import MessageBody, check_layout, check_sizes
from tests.emulators.discord.rules.flags import MessageFlag, edited_flags
from tests.emulators.discord.rules.interactions import Countdown
from tests.emulators.discord.rules.links import unfurled
from tests.emulators.discord.rules.mentions import IN_A_MESSAGE, IN_AN_ANSWER, NOBODY, AllowedMentions, pings
from tests.emulators.discord.rules.privacy import Circumstances, blanked, readable
from tests.emulators.discord.rules.refusals import RefusedError

ROW = 1


def refusal(body: MessageBody, *blocked: str) -> int:
    with pytest.raises(RefusedError) as caught:
        check_sizes(body, 2000, blocked)
    return caught.value.reason.code


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50), st.integers(0, 2100))
def test_content_is_measured_in_code_points(text: str, length: int) -> None:
    content = (text * (length + 1))[:length]
    if len(content) <= 2000:
        check_sizes(MessageBody(content=content), 2000, ())
    else:
        assert refusal(MessageBody(content=content)) == 50035


def test_a_refused_field_is_named_as_discord_names_it() -> None:
    with pytest.raises(RefusedError) as caught:
        check_sizes(MessageBody(content="x" * 2001), 2000, ())

    assert caught.value.body() == {
        "message": "Invalid Form Body",
        "code": 50035,
        "errors": {
            "content": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}]}
        },
    }


def test_embeds_are_limited_each_and_together() -> None:
    check_sizes(MessageBody(embeds=[{"description": "x" * 4096}]), 2000, ())
    assert refusal(MessageBody(embeds=[{"description": "x" * 4097}])) == 50035
    assert refusal(MessageBody(embeds=[{"description": "x" * 3001}] * 2)) == 50035
    assert refusal(MessageBody(embeds=[{}] * 11)) == 50035


def test_a_custom_id_is_unique_in_its_message() -> None:
    def row(*names: str) -> list[dict[str, object]]:
        return [{"type": ROW, "components": [{"type": 2, "custom_id": name, "label": "go"} for name in names]}]

    check_sizes(MessageBody(components=row("a", "b")), 2000, ())
    assert refusal(MessageBody(components=row("a", "a"))) == 50035
    assert refusal(MessageBody(components=row("a" * 101))) == 50035


def test_automod_refuses_chosen_words_whatever_their_case() -> None:
    assert refusal(MessageBody(content="this is Forbidden here"), "forbidden") == 200000


def test_components_v2_stand_alone() -> None:
    with pytest.raises(RefusedError):
        check_layout(MessageBody(content="x"), MessageFlag.IS_COMPONENTS_V2)
    with pytest.raises(RefusedError):
        check_layout(MessageBody(components=[{"type": 10, "content": "x" * 4001}]), MessageFlag.IS_COMPONENTS_V2)
    check_layout(MessageBody(components=[{"type": 10, "content": "x" * 4000}]), MessageFlag.IS_COMPONENTS_V2)


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        (IN_A_MESSAGE, {"<@1>", "<@&2>", "@everyone", "@here", "<@9>"}),
        (IN_AN_ANSWER, {"<@1>", "<@9>"}),
        (NOBODY, set[str]()),
        (AllowedMentions(users=("1",)), {"<@1>"}),
        (AllowedMentions(roles=(2,)), {"<@&2>"}),
        (AllowedMentions(replied_user=True), {"<@9>"}),
    ],
)
def test_who_is_pinged_is_decided_by_allowed_mentions(allowed: AllowedMentions, expected: set[str]) -> None:
    assert pings("<@1> <@&2> @everyone @here", allowed, 9) == expected


def test_code_pings_nobody() -> None:
    assert pings("`<@1>` ```\n@everyone\n``` <@!3>", IN_A_MESSAGE, None) == {"<@3>"}


def test_parsing_all_users_and_listing_some_excludes_each_other() -> None:
    with pytest.raises(RefusedError):
        pings("", AllowedMentions(parse=("users",), users=("1",)), None)


@pytest.mark.parametrize(
    ("content", "cards"),
    [
        ("see https://a.example/x.", ("https://a.example/x",)),
        ("[1](https://a.example)", ("https://a.example",)),
        ("[1](<https://a.example>) and <https://b.example>", ()),
        ("`https://a.example` ```\nhttps://b.example\n```", ()),
        ("nothing", ()),
    ],
)
def test_links_get_a_card_unless_they_are_guarded(content: str, cards: tuple[str, ...]) -> None:
    assert unfurled(content, MessageFlag(0)) == cards
    assert unfurled(content, MessageFlag.SUPPRESS_EMBEDS) == ()


def test_an_edit_keeps_suppressed_embeds_unless_it_sends_flags() -> None:
    assert edited_flags(MessageFlag.SUPPRESS_EMBEDS, None) == MessageFlag.SUPPRESS_EMBEDS
    assert edited_flags(MessageFlag.SUPPRESS_EMBEDS, 0) == 0
    assert edited_flags(MessageFlag(0), 4) == MessageFlag.SUPPRESS_EMBEDS


def test_components_v2_can_be_switched_on_and_never_off() -> None:
    assert edited_flags(MessageFlag(0), 1 << 15) == MessageFlag.IS_COMPONENTS_V2
    assert edited_flags(MessageFlag.IS_COMPONENTS_V2, 0) == MessageFlag.IS_COMPONENTS_V2


def test_an_edit_cannot_make_a_message_ephemeral_or_public() -> None:
    assert edited_flags(MessageFlag.EPHEMERAL, 0) == MessageFlag.EPHEMERAL
    assert edited_flags(MessageFlag(0), 64) == 0


def test_only_four_circumstances_let_a_bot_read_without_the_intent() -> None:
    assert not readable(Circumstances())
    assert readable(Circumstances(own=True))
    assert readable(Circumstances(direct=True))
    assert readable(Circumstances(mentions_bot=True))
    assert readable(Circumstances(pinging_reply=True))


def test_a_blanked_message_keeps_its_author_and_loses_its_words() -> None:
    message = {"id": "1", "content": "x", "embeds": [{}], "attachments": [{}], "components": [{}]}
    assert blanked(message) == {"id": "1", "content": "", "embeds": [], "attachments": [], "components": []}


def code_of(countdown: Countdown, method: str, now: float) -> int:
    with pytest.raises(RefusedError) as caught:
        getattr(countdown, method)(now)
    return caught.value.reason.code


def test_an_interaction_is_answered_in_time_once() -> None:
    assert code_of(Countdown(0.0, 3.0, 900.0), "acknowledge", 3.1) == 10062
    countdown = Countdown(0.0, 3.0, 900.0)
    countdown.acknowledge(3.0)
    assert code_of(countdown, "acknowledge", 3.0) == 40060


def test_a_token_lives_from_the_first_answer_until_its_end() -> None:
    countdown = Countdown(0.0, 3.0, 900.0)
    assert code_of(countdown, "use_token", 1.0) == 10015
    countdown.acknowledge(1.0)
    countdown.use_token(900.0)
    assert code_of(countdown, "use_token", 900.1) == 50027
