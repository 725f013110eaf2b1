"""The rules alone: no socket, no clock; times are multiples of 1/64 s, so that sums of them are exact."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulators.slack.rules.blocks import BlockSizes, check_blocks, readable
from tests.emulators.slack.rules.content import Content, Shape, Sizes, marked_as_edited, posted, updated
from tests.emulators.slack.rules.limits import Budgets, RateLimits, SlidingWindow, TokenBucket
from tests.emulators.slack.rules.rejection import Json, Rejected
from tests.emulators.slack.rules.streams import Stream

SIZES = Sizes()
times = st.lists(st.integers(0, 64 * 30), max_size=80).map(lambda ticks: [tick / 64 for tick in sorted(ticks)])


def markdown(text: str) -> Json:
    return {"type": "markdown", "text": text}


def reason(caught: pytest.ExceptionInfo[Rejected]) -> str:
    return caught.value.error


# Budgets ----------------------------------------------------------------------------------------------------


@given(times, st.integers(1, 6), st.integers(1, 64 * 5))
def test_no_window_of_time_ever_holds_more_than_the_limit(asked: list[float], limit: int, ticks: int) -> None:
    window = SlidingWindow(limit, ticks / 64)
    granted: list[float] = []
    for now in asked:
        if window.wait(now) == 0:
            window.spend(now)
            granted.append(now)
    for start in granted:
        assert sum(start <= other < start + window.seconds for other in granted) <= limit


@given(times, st.sampled_from([0.25, 0.5, 1, 2, 4]), st.integers(1, 6))
def test_a_bucket_never_gives_more_than_its_burst_and_its_rate(asked: list[float], rate: float, burst: int) -> None:
    bucket = TokenBucket(rate, burst)
    granted: list[float] = []
    for now in asked:
        if bucket.wait(now) == 0:
            bucket.spend(now)
            granted.append(now)
    for first, start in enumerate(granted):
        for last in range(first, len(granted)):
            assert last - first + 1 <= burst + rate * (granted[last] - start)


@given(times, st.integers(1, 4), st.integers(1, 4))
def test_who_waits_as_long_as_told_is_served_and_no_wait_is_a_second_too_long(
    asked: list[float], updates: int, burst: int
) -> None:
    limits = RateLimits(window=4.0, channel_post_burst=burst, methods={"chat.update": updates, "chat.postMessage": 5})
    for method in ("chat.update", "chat.postMessage"):
        budgets = Budgets(limits)
        now = 0.0
        for gap in [later - earlier for earlier, later in pairwise([0.0, *asked])]:
            now += gap
            retry_after = budgets.spend(method, "T1", "C1", now)
            if retry_after is None:
                continue
            if retry_after > 1:
                assert budgets.spend(method, "T1", "C1", now + retry_after - 1) is not None
            now += retry_after
            assert budgets.spend(method, "T1", "C1", now) is None


def test_a_refused_call_spends_nothing() -> None:
    budgets = Budgets(RateLimits(methods={"chat.update": 1}))
    assert budgets.spend("chat.update", "T1", "C1", 0.0) is None
    assert [budgets.spend("chat.update", "T1", "C1", float(now)) for now in range(1, 60)] == list(range(59, 0, -1))
    assert budgets.spend("chat.update", "T1", "C1", 60.0) is None


def test_fifty_updates_a_minute_are_shared_by_the_channels_of_a_workspace_and_by_nobody_else() -> None:
    budgets = Budgets(RateLimits())
    assert all(budgets.spend("chat.update", "T1", f"C{number}", 0.0) is None for number in range(50))
    assert budgets.spend("chat.update", "T1", "C99", 0.0) == 60
    assert budgets.spend("chat.update", "T2", "C99", 0.0) is None
    assert budgets.spend("chat.delete", "T1", "C99", 0.0) is None


def test_posts_draw_on_their_channel_and_on_their_workspace() -> None:
    budgets = Budgets(RateLimits(posts=6))
    assert [budgets.spend("chat.postMessage", "T1", "C1", 0.0) for _ in range(5)] == [None] * 4 + [1]
    assert [budgets.spend("chat.postMessage", "T1", "C2", 0.0) for _ in range(3)] == [None, None, 60]
    assert budgets.spend("chat.postMessage", "T1", "C1", 60.0) is None


@pytest.mark.parametrize(
    ("method", "calls"),
    [
        ("chat.update", 50),
        ("chat.postMessage", 300),
        ("chat.startStream", 20),
        ("chat.appendStream", 100),
        ("assistant.threads.setStatus", 300),
    ],
)
def test_the_defaults_are_the_published_tiers(method: str, calls: int) -> None:
    assert RateLimits().calls(method) == calls


# Blocks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("blocks", "error"),
    [
        ([markdown("")], "invalid_blocks"),
        ([markdown("x" * 12_001)], "invalid_blocks"),
        ([markdown("x" * 6_001), markdown("x" * 6_000)], "msg_blocks_too_long"),
        (
            [markdown("x" * 12_000), {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 1_201}}],
            "msg_blocks_too_long",
        ),
        ([{"type": "divider"}] * 51, "invalid_blocks"),
        ([{"type": "sparkline"}], "invalid_blocks"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}}], "invalid_blocks"),
        ([{"type": "section"}], "invalid_blocks"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "invalid_blocks"),
        ([{"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}], "invalid_blocks"),
        ([{"type": "context", "elements": []}], "invalid_blocks"),
        ([{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}], "invalid_blocks"),
        ([{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 21]}], "invalid_blocks"),
        ([{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}] * 2, "invalid_attachments"),
        (
            [{"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "x" * 76}}]}],
            "invalid_blocks",
        ),
    ],
)
def test_blocks_that_slack_refuses(blocks: list[Json], error: str) -> None:
    with pytest.raises(Rejected) as caught:
        check_blocks(blocks, BlockSizes())
    assert reason(caught) == error


def test_a_refusal_points_to_the_block() -> None:
    with pytest.raises(Rejected) as caught:
        check_blocks([{"type": "divider"}, markdown("x" * 12_001)], BlockSizes())
    assert caught.value.body() == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": ["must be less than 12001 characters [json-pointer:/blocks/1/text]"],
        "response_metadata": {
            "messages": ["[ERROR] must be less than 12001 characters [json-pointer:/blocks/1/text]"],
        },
    }


def test_blocks_at_the_limits_pass() -> None:
    check_blocks([markdown("x" * 12_000)], BlockSizes())
    check_blocks([markdown("x" * 6_000), markdown("x" * 6_000), {"type": "divider"}], BlockSizes())


def test_a_reader_reads_every_kind_of_block() -> None:
    blocks: list[Json] = [
        {"type": "header", "text": {"type": "plain_text", "text": "Head"}},
        markdown("**Body** [1]"),
        {"type": "divider"},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "part"},
            "fields": [{"type": "mrkdwn", "text": "field"}],
        },
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "1"}, {"type": "mrkdwn", "text": "2"}]},
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [{"type": "user", "user_id": "U1"}, {"type": "text", "text": " hello"}],
                }
            ],
        },
    ]
    assert readable(blocks) == "Head\n\n**Body** [1]\n\npart\nfield\n\n1 2\n\n<@U1> hello"


# Content ----------------------------------------------------------------------------------------------------


def test_a_long_posted_text_becomes_several_messages_and_loses_nothing() -> None:
    text = "".join(str(number % 10) for number in range(9_000))
    shapes = posted(Content(text=text), SIZES)
    assert [len(shape.text) for shape in shapes] == [4_000, 4_000, 1_000]
    assert "".join(shape.text for shape in shapes) == text
    assert len(posted(Content(text="x" * 4_040), SIZES)) == 1
    assert len(posted(Content(text="x" * 9_000, blocks=[markdown("x")]), SIZES)) == 1


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (Content(), "no_text"),
        (Content(text=""), "no_text"),
        (Content(blocks=[]), "no_text"),
        (Content(text="x" * 4_001), "msg_too_long"),
        (Content(text="x" * 4_001, blocks=[markdown("x")]), "msg_too_long"),
        (Content(markdown_text="x" * 12_001), "msg_too_long"),
        (Content(markdown_text="x", text="x"), "markdown_text_conflict"),
        (Content(markdown_text="x", blocks=[markdown("x")]), "markdown_text_conflict"),
    ],
)
def test_updates_that_slack_refuses(content: Content, error: str) -> None:
    with pytest.raises(Rejected) as caught:
        updated(content, Shape("before", []), SIZES, streamed=False)
    assert reason(caught) == error


def test_text_alone_removes_the_blocks_and_marks_the_message_as_edited() -> None:
    before = Shape("old", [markdown("old")])
    assert updated(Content(text="new"), before, SIZES, streamed=False) == Shape("new", [])
    assert marked_as_edited(Content(text="new"))


def test_blocks_replace_the_blocks_and_leave_no_mark() -> None:
    before = Shape("old", [markdown("old")])
    content = Content(text="new", blocks=[markdown("new")])
    assert updated(content, before, SIZES, streamed=False) == Shape("new", [markdown("new")])
    assert not marked_as_edited(content)
    assert updated(Content(attachments=[{"text": "x"}]), before, SIZES, streamed=False) == before


def test_a_streamed_message_cannot_lose_its_rich_text() -> None:
    plain: list[Json] = [{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}]
    with pytest.raises(Rejected) as caught:
        updated(Content(text="x", blocks=plain), Shape("", []), SIZES, streamed=True)
    assert reason(caught) == "block_mismatch"
    assert updated(Content(text="x", blocks=[markdown("x")]), Shape("", []), SIZES, streamed=True).blocks


# Streams ----------------------------------------------------------------------------------------------------


@given(st.lists(st.text(min_size=1, max_size=20), max_size=20))
def test_a_stream_shows_all_that_was_appended_in_order(parts: list[str]) -> None:
    stream = Stream(started=0.0)
    for part in parts:
        stream.grow(None, [{"type": "markdown_text", "text": part}], SIZES)
    assert "".join(block["text"] for block in stream.blocks) == "".join(parts)


def test_the_first_payload_fixes_the_mode_of_a_stream() -> None:
    stream = Stream(started=0.0)
    stream.grow("a", None, SIZES)
    with pytest.raises(Rejected) as caught:
        stream.grow(None, [{"type": "markdown_text", "text": "b"}], SIZES)
    assert reason(caught) == "streaming_mode_mismatch"
    assert stream.blocks == [markdown("a")]


def test_a_stream_has_a_greatest_length_and_a_refused_part_is_not_kept() -> None:
    stream = Stream(started=0.0)
    stream.grow("a" * 12_000, None, SIZES)
    with pytest.raises(Rejected) as caught:
        stream.grow("b", None, SIZES)
    assert reason(caught) == "msg_too_long"
    assert stream.characters == 12_000


def test_a_stream_dies_of_age() -> None:
    stream = Stream(started=10.0)
    assert stream.open(309.9, 300.0)
    assert not stream.open(310.0, 300.0)


@pytest.mark.parametrize(
    "chunk",
    [
        {"type": "poem", "text": "x"},
        {"type": "markdown_text"},
        {"type": "task_update", "id": "1", "title": "x", "status": "resting"},
    ],
)
def test_unknown_chunks_are_refused(chunk: Json) -> None:
    with pytest.raises(Rejected) as caught:
        Stream(started=0.0).grow(None, [chunk], SIZES)
    assert reason(caught) == "invalid_chunks"
