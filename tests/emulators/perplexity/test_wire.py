"""Both wire formats have the shapes that were recorded. Pure: no socket."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulators.perplexity.agent import AgentShape, AgentWire
from tests.emulators.perplexity.delivery import Scissors
from tests.emulators.perplexity.faults import RunFailed
from tests.emulators.perplexity.script import Script, search_results
from tests.emulators.perplexity.sonar import Ending, Presence, SonarShape, SonarWire
from tests.emulators.perplexity.wire import Ask, Event, Sse

SCRIPT = Script(words=10, marker_every=5, sources=search_results(7))
QUESTION = (("user", "What is it?"),)


def decoded(events: Iterable[Event]) -> list[dict[str, Any]]:
    return [json.loads(event.data) for event in events if event.data != b"[DONE]"]


def sonar(shape: SonarShape | None = None, script: Script = SCRIPT, **ask: Any) -> list[dict[str, Any]]:
    wire = SonarWire(Ask("sonar", QUESTION, stream=True, **ask), script, shape or SonarShape())
    return decoded(wire.stream())


def agent(shape: AgentShape | None = None, script: Script = SCRIPT, model: str = "fast") -> list[dict[str, Any]]:
    wire = AgentWire(Ask(model, QUESTION, stream=True, id="resp_1"), script, shape or AgentShape())
    return decoded(wire.stream())


def delta_of(chunk: dict[str, Any]) -> str:
    return chunk["choices"][0]["delta"]["content"]


# Sonar ------------------------------------------------------------------------------------------------------


def test_full_mode_says_each_word_once_in_deltas_and_everything_so_far_in_messages() -> None:
    text = ""
    for chunk in sonar():
        text += delta_of(chunk)
        assert chunk["choices"][0]["message"]["content"] == text
    assert text == SCRIPT.answer


def test_full_mode_ends_with_a_done_chunk_that_alone_knows_the_cost() -> None:
    *chunks, done = sonar()
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert {chunk["usage"]["cost"]["total_cost"] for chunk in chunks} == {0}
    assert done["object"] == "chat.completion.done"
    assert done["choices"][0]["finish_reason"] == "stop"
    assert done["usage"]["cost"]["request_cost"] == 0.005
    assert delta_of(done) == ""


def test_usage_is_cumulative() -> None:
    tokens = [chunk["usage"]["completion_tokens"] for chunk in sonar()[:-1]]
    assert tokens == list(range(1, len(tokens) + 1))


@pytest.mark.parametrize(
    ("presence", "first", "middle", "last"),
    [
        (Presence.NEVER, False, False, False),
        (Presence.FIRST, True, False, False),
        (Presence.EVERY, True, True, True),
        (Presence.LAST, False, False, True),
    ],
)
def test_sources_are_in_the_chosen_chunks(presence: Presence, first: bool, middle: bool, last: bool) -> None:
    for key, shape in (
        ("citations", SonarShape(citations=presence)),
        ("search_results", SonarShape(search_results=presence)),
    ):
        chunks = sonar(shape)
        assert [key in chunks[0], key in chunks[3], key in chunks[-1]] == [first, middle, last]


@pytest.mark.parametrize(
    ("ending", "kind", "reason", "delta"),
    [
        (Ending.DONE, "chat.completion.done", "stop", ""),
        (Ending.DONE_UNREASONED, "chat.completion.done", None, ""),
        (Ending.REASON, "chat.completion.chunk", "stop", ""),
        (Ending.TEXT, "chat.completion.chunk", None, "[2]"),
    ],
)
def test_a_stream_ends_in_the_chosen_way(ending: Ending, kind: str, reason: str | None, delta: str) -> None:
    last = sonar(SonarShape(ending=ending))[-1]
    assert (last["object"], last["choices"][0]["finish_reason"], delta_of(last)) == (kind, reason, delta)


def test_a_marker_arrives_whole() -> None:
    assert [delta_of(chunk) for chunk in sonar()][5:8] == [".", "[1]", " w6"]


def test_concise_mode_has_four_kinds_of_events_and_sources_only_in_the_done_ones() -> None:
    chunks = sonar(concise=True)
    kinds = [chunk["object"] for chunk in chunks]
    assert kinds[:2] == ["chat.reasoning", "chat.reasoning.done"]
    assert set(kinds[2:-1]) == {"chat.completion.chunk"}
    assert kinds[-1] == "chat.completion.done"
    assert [chunk["object"] for chunk in chunks if "search_results" in chunk] == [kinds[1], kinds[-1]]
    step = chunks[0]["choices"][0]["delta"]["reasoning_steps"][0]
    assert step["web_search"]["search_keywords"] == ["What is it?"]
    assert chunks[-1]["choices"][0]["message"]["content"] == SCRIPT.answer


def test_related_questions_and_images_come_only_to_those_who_ask() -> None:
    assert "related_questions" not in sonar()[-1]
    last = sonar(wants_related=True, wants_images=True)[-1]
    assert last["related_questions"] == list(SCRIPT.related)
    assert last["images"][0]["image_url"] == SCRIPT.images[0]


def test_the_done_mark_is_the_last_event_unless_left_out() -> None:
    for mark in (True, False):
        events = list(SonarWire(Ask("sonar", QUESTION), SCRIPT, SonarShape(done_mark=mark)).stream())
        assert (events[-1].data == b"[DONE]") is mark


# Agent ------------------------------------------------------------------------------------------------------


def test_agent_events_come_in_the_recorded_order_with_the_recorded_gaps() -> None:
    events = agent()
    kinds = [event["type"].removeprefix("response.") for event in events]
    assert kinds[:7] == [
        "created",
        "in_progress",
        "output_item.added",
        "reasoning.search_queries",
        "reasoning.search_results",
        "output_item.done",
        "output_item.added",
    ]
    assert set(kinds[7:-3]) == {"output_text.delta"}
    assert kinds[-3:] == ["output_text.done", "output_item.done", "completed"]
    numbers = [event["sequence_number"] for event in events]
    assert numbers == sorted(set(range(numbers[-1] + 1)) - {2, numbers[-3] - 1})


def test_an_agent_cuts_a_marker_over_three_deltas() -> None:
    deltas = [event["delta"] for event in agent() if "delta" in event]
    assert deltas[4:9] == [" w5", ".[", "1", "]", " w6"]
    assert "".join(deltas) == SCRIPT.answer


def test_an_agent_repeats_the_whole_answer_at_the_end_with_its_sources_and_the_real_model() -> None:
    first, *_, last = agent()
    assert first["response"]["model"] == "fast"
    assert last["response"]["model"] == "openai/gpt-6-luna"
    search, message = last["response"]["output"]
    assert [result["id"] for result in search["results"]] == [1, 2, 3, 4, 5, 6, 7]
    assert "date" not in search["results"][2]
    assert message["content"] == [{"annotations": [], "text": SCRIPT.answer, "type": "output_text"}]
    assert last["response"]["usage"]["cost"]["tool_calls_cost"] == 0.0025


def test_ids_need_not_be_positions_and_sources_may_come_from_several_searches() -> None:
    events = agent(AgentShape(searches=2, reversed_results=True))
    found = [event["results"] for event in events if event["type"] == "response.reasoning.search_results"]
    assert [[result["id"] for result in results] for results in found] == [[7, 6, 5, 4], [3, 2, 1]]
    source_7 = found[0][0]
    assert source_7["url"] == SCRIPT.sources[6].url
    assert [event["output_index"] for event in events if "item" in event] == [0, 0, 1, 1, 2, 2]


def test_an_agent_that_runs_out_of_tokens_is_incomplete() -> None:
    last = agent(script=SCRIPT.limited(4))[-1]
    assert last["type"] == "response.incomplete"
    assert last["response"]["incomplete_details"] == {"reason": "max_output_tokens"}


def test_without_sources_an_agent_does_not_search() -> None:
    assert not [event for event in agent(script=SCRIPT.unsearched()) if "reasoning" in event["type"]]


def test_a_failed_run_is_an_event_in_a_stream_and_a_status_without_one() -> None:
    for stream in (True, False):
        wire = AgentWire(Ask("fast", QUESTION, stream=stream), SCRIPT, AgentShape())
        payload = json.loads(wire.failed(RunFailed(message="no")).data)
        response = payload["response"] if stream else payload
        assert (response["status"], response["error"]["message"]) == ("failed", "no")


# Bytes ------------------------------------------------------------------------------------------------------


def test_events_are_framed_as_observed() -> None:
    event = Event(b"{}", name="error")
    assert Sse().frame(event) == b"event: error\ndata: {}\n\n"
    assert Sse(line_end="\r\n").frame(Event(b"{}")) == b"data: {}\r\n\r\n"
    assert [Sse(ping_every=2).ping_before(number) for number in range(3)] == [b": ping\n\n", b"", b": ping\n\n"]


@given(parts=st.lists(st.binary(max_size=30)), sizes=st.lists(st.integers(1, 9), min_size=1))
def test_scissors_cut_at_the_given_sizes_and_lose_nothing(parts: list[bytes], sizes: list[int]) -> None:
    scissors = Scissors(sizes)
    cut = [piece for part in parts for piece in scissors.cut(part)]
    assert b"".join([*cut, scissors.flush()]) == b"".join(parts)
    assert [len(piece) for piece in cut] == [sizes[number % len(sizes)] for number in range(len(cut))]


def test_without_sizes_every_event_is_written_whole() -> None:
    assert [*Scissors(()).cut(b"abc")] == [b"abc"]
