"""What is sent: the bodies of both APIs, which the emulator's rules take too."""

import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.perplexity.agent import AgentWire
from adapters.perplexity.settings import PerplexitySettings
from adapters.perplexity.sonar import SonarWire
from bot.model import PastTurn, Prompt, Utterance
from tests.emulators.perplexity.agent_rules import read_agent
from tests.emulators.perplexity.sonar_rules import read_sonar

SONAR = PerplexitySettings()
AGENT = PerplexitySettings(api="agent", model="perplexity/sonar")
FULL = PerplexitySettings(
    max_tokens=500,
    temperature=0.0,
    domain_filter=("example.com", "-example.org"),
    recency="week",
    context_size="high",
    language="de",
)
PROMPT = Prompt(
    "And then?",
    (PastTurn("Why?", "Because.[1]"), PastTurn("Lost?", "")),
    (Utterance("somebody", "Hello."),),
    "Today is a Monday.",
)


def sonar(settings: PerplexitySettings, prompt: Prompt = PROMPT, *, streaming: bool = True) -> dict[str, Any]:
    return json.loads(SonarWire(settings, streaming=streaming).request(prompt))


def agent(settings: PerplexitySettings, prompt: Prompt = PROMPT, *, streaming: bool = True) -> dict[str, Any]:
    return json.loads(AgentWire(settings, streaming=streaming).request(prompt))


def test_sonar_is_sent_only_what_is_set() -> None:
    assert sonar(SONAR, Prompt("Why?")) == {
        "model": "sonar",
        "messages": [{"role": "user", "content": "Why?"}],
        "stream": True,
        "stream_mode": "concise",
        "return_images": False,
    }


def test_sonar_is_sent_every_option_that_is_set() -> None:
    settings = replace(FULL, model="sonar-pro", search_mode="academic", related_questions=True, stream_mode="full")
    body = sonar(settings)
    messages = body.pop("messages")
    assert body == {
        "model": "sonar-pro",
        "stream": True,
        "stream_mode": "full",
        "max_tokens": 500,
        "temperature": 0.0,
        "search_mode": "academic",
        "search_domain_filter": ["example.com", "-example.org"],
        "search_recency_filter": "week",
        "web_search_options": {"search_context_size": "high"},
        "language_preference": "de",
        "return_images": False,
        "return_related_questions": True,
    }
    assert isinstance(messages, list)
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert messages[:3] == [
        {"role": "system", "content": "Today is a Monday."},
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "Because."},
    ]
    assert messages[3]["content"].endswith("\n\nAnd then?")


def test_the_agent_is_made_to_search_and_to_cite() -> None:
    assert agent(AGENT, Prompt("Why?")) == {
        "model": "perplexity/sonar",
        "input": [{"type": "message", "role": "user", "content": "Why?"}],
        "instructions": (
            "Cite every search result that you use by its id in square brackets, such as [1], right after what rests on it."
        ),
        "stream": True,
        "tools": [{"type": "web_search"}],
        "tool_choice": {"type": "web_search"},
    }


def test_the_agent_is_sent_every_option_that_is_set() -> None:
    body = agent(replace(FULL, api="agent", model="perplexity/sonar"))
    assert isinstance(body["input"], list)
    assert [message["role"] for message in body.pop("input")] == ["user", "assistant", "user"]
    assert str(body.pop("instructions")).startswith("Today is a Monday.\n\nCite ")
    filters = {"search_domain_filter": ["example.com", "-example.org"], "search_recency_filter": "week"}
    assert body == {
        "model": "perplexity/sonar",
        "stream": True,
        "max_output_tokens": 500,
        "temperature": 0.0,
        "language_preference": "de",
        "tools": [{"type": "web_search", "search_context_size": "high", "filters": filters}],
        "tool_choice": {"type": "web_search"},
    }


def test_a_preset_keeps_its_own_tools_and_its_own_prompt_unless_the_operator_has_wishes() -> None:
    preset = replace(AGENT, model="", preset="fast")
    assert agent(preset, Prompt("Why?")) == {
        "preset": "fast",
        "input": [{"type": "message", "role": "user", "content": "Why?"}],
        "stream": True,
    }
    assert "Cite" in str(agent(preset, Prompt("Why?", instructions="Be short."))["instructions"])
    assert agent(replace(preset, recency="day"))["tools"] == [
        {"type": "web_search", "filters": {"search_recency_filter": "day"}}
    ]


def test_without_streaming_it_is_not_asked_for() -> None:
    body = sonar(SONAR, streaming=False)
    assert (body["stream"], "stream_mode" in body) == (False, False)
    assert agent(AGENT, streaming=False)["stream"] is False


@pytest.mark.parametrize("settings", [SONAR, FULL], ids=["plain", "full"])
@pytest.mark.parametrize("prompt", [Prompt("Why?"), PROMPT], ids=["alone", "with all before it"])
@pytest.mark.parametrize("streaming", [True, False])
def test_both_apis_take_what_is_sent(settings: PerplexitySettings, prompt: Prompt, streaming: bool) -> None:
    asked = read_sonar(SonarWire(settings, streaming=streaming).request(prompt))
    assert (asked.question.splitlines()[-1], asked.stream) == (prompt.question, streaming)
    for model, preset in (("perplexity/sonar", ""), ("", "fast")):
        wire = AgentWire(replace(settings, model=model, preset=preset), streaming=streaming)
        asked = read_agent(wire.request(prompt))
        assert (asked.question.splitlines()[-1], asked.stream, asked.searches) == (prompt.question, streaming, True)
