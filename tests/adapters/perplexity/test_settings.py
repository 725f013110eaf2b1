"""Settings of the engine: every default, every problem at once."""

import pytest

from adapters.perplexity.settings import PerplexitySettings, read
from bot.config import Reader

KEY = "pplx-0000000000000000000000000000000000000000"


def reading(**env: str) -> tuple[PerplexitySettings, list[str]]:
    reader = Reader(env, lambda path: {"/run/key": f"{KEY}\n"}[path])
    settings = read(reader)
    return settings, reader.problems


def problems_of(**env: str) -> list[str]:
    return reading(**env)[1]


def test_everything_has_a_default() -> None:
    assert reading() == (PerplexitySettings(), [])


def test_every_setting_is_read() -> None:
    settings, problems = reading(
        PERPLEXITY_API_KEY=KEY,
        PERPLEXITY_BASE_URL="http://127.0.0.1:1/",
        PERPLEXITY_API="sonar",
        PERPLEXITY_MODEL="sonar-pro",
        PERPLEXITY_MAX_TOKENS="500",
        PERPLEXITY_TEMPERATURE="0",
        PERPLEXITY_SEARCH_MODE="academic",
        PERPLEXITY_DOMAIN_FILTER="example.com, -example.org",
        PERPLEXITY_RECENCY="week",
        PERPLEXITY_CONTEXT_SIZE="high",
        PERPLEXITY_LANGUAGE="DE",
        PERPLEXITY_RELATED_QUESTIONS="on",
        PERPLEXITY_STREAM_MODE="full",
        PERPLEXITY_CONNECT_TIMEOUT="1",
        PERPLEXITY_FIRST_BYTE_TIMEOUT="600",
        PERPLEXITY_IDLE_TIMEOUT="300.5",
        PERPLEXITY_MAX_RETRIES="0",
    )
    assert problems == []
    assert settings == PerplexitySettings(
        api_key=KEY,
        base_url="http://127.0.0.1:1",
        api="sonar",
        model="sonar-pro",
        max_tokens=500,
        temperature=0.0,
        search_mode="academic",
        domain_filter=("example.com", "-example.org"),
        recency="week",
        context_size="high",
        language="de",
        related_questions=True,
        stream_mode="full",
        connect_timeout=1.0,
        first_byte_timeout=600.0,
        idle_timeout=300.5,
        max_retries=0,
    )


def test_the_key_may_come_from_a_file_and_is_never_shown() -> None:
    settings, problems = reading(PERPLEXITY_API_KEY_FILE="/run/key")
    assert (settings.api_key, problems) == (KEY, [])
    assert KEY not in repr(settings)


@pytest.mark.parametrize(
    ("env", "model", "preset"),
    [
        ({}, "perplexity/sonar", ""),
        ({"PERPLEXITY_PRESET": "fast"}, "", "fast"),
        ({"PERPLEXITY_PRESET": "fast", "PERPLEXITY_MODEL": "openai/x"}, "openai/x", "fast"),
    ],
)
def test_the_agent_api_has_a_model_or_a_preset(env: dict[str, str], model: str, preset: str) -> None:
    settings, problems = reading(PERPLEXITY_API="agent", **env)
    assert (settings.model, settings.preset, problems) == (model, preset, [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PERPLEXITY_BASE_URL", "api.perplexity.ai"),
        ("PERPLEXITY_BASE_URL", "https://somebody:secret@api.perplexity.ai"),
        ("PERPLEXITY_API", "chat"),
        ("PERPLEXITY_PRESET", "fast"),
        ("PERPLEXITY_MAX_TOKENS", "many"),
        ("PERPLEXITY_TEMPERATURE", "3"),
        ("PERPLEXITY_SEARCH_MODE", "all"),
        ("PERPLEXITY_DOMAIN_FILTER", "https://example.com"),
        ("PERPLEXITY_DOMAIN_FILTER", "example.com/page"),
        ("PERPLEXITY_DOMAIN_FILTER", "--example.com"),
        ("PERPLEXITY_DOMAIN_FILTER", "com"),
        ("PERPLEXITY_DOMAIN_FILTER", " ".join(f"a{number}.example" for number in range(21))),
        ("PERPLEXITY_DOMAIN_FILTER", f"{'a.' * 130}example"),
        ("PERPLEXITY_RECENCY", "decade"),
        ("PERPLEXITY_CONTEXT_SIZE", "huge"),
        ("PERPLEXITY_LANGUAGE", "english"),
        ("PERPLEXITY_RELATED_QUESTIONS", "perhaps"),
        ("PERPLEXITY_STREAM_MODE", "verbose"),
        ("PERPLEXITY_CONNECT_TIMEOUT", "0"),
        ("PERPLEXITY_FIRST_BYTE_TIMEOUT", "never"),
        ("PERPLEXITY_IDLE_TIMEOUT", "-1"),
        ("PERPLEXITY_MAX_RETRIES", "-1"),
    ],
)
def test_a_value_that_cannot_be_used_is_one_problem_with_the_name_of_its_setting(name: str, value: str) -> None:
    (problem,) = problems_of(**{name: value})
    assert problem.startswith(name)
    assert "secret" not in problem


@pytest.mark.parametrize(
    ("env", "setting"),
    [
        ({"PERPLEXITY_SEARCH_MODE": "sec"}, "PERPLEXITY_SEARCH_MODE"),
        ({"PERPLEXITY_RELATED_QUESTIONS": "on"}, "PERPLEXITY_RELATED_QUESTIONS"),
        ({"PERPLEXITY_MODEL": "anthropic/x"}, "PERPLEXITY_MAX_TOKENS"),
    ],
)
def test_what_the_agent_api_does_not_know_is_a_problem(env: dict[str, str], setting: str) -> None:
    (problem,) = problems_of(PERPLEXITY_API="agent", **env)
    assert problem.startswith(setting)


def test_a_key_with_strange_characters_is_a_problem_that_does_not_show_it() -> None:
    (problem,) = problems_of(PERPLEXITY_API_KEY=f"{KEY} and\nmore")
    assert KEY not in problem


def test_all_problems_are_found_at_once() -> None:
    assert len(problems_of(PERPLEXITY_API="x", PERPLEXITY_LANGUAGE="xxx", PERPLEXITY_MAX_RETRIES="x")) == 3
