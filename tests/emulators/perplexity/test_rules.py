"""Both APIs refuse what the real ones refuse, in their words. Pure: no socket."""

import json
from typing import Any

import pytest

from tests.emulators.perplexity.agent_rules import read_agent
from tests.emulators.perplexity.replies import ALTERNATION, RequestRefused
from tests.emulators.perplexity.sonar_rules import read_sonar

WEB = {"type": "web_search"}


def conversation(roles: str) -> list[dict[str, str]]:
    names = {"s": "system", "u": "user", "a": "assistant", "t": "tool"}
    return [{"role": names[role], "content": f"text {number}"} for number, role in enumerate(roles)]


def sonar(**body: Any) -> bytes:
    return json.dumps({"model": "sonar", "messages": conversation("u"), **body}).encode()


def agent(**body: Any) -> bytes:
    return json.dumps({"model": "perplexity/sonar", "input": "What?", **body}).encode()


def refusal(read: Any, body: bytes) -> tuple[int, dict[str, Any]]:
    with pytest.raises(RequestRefused) as caught:
        read(body)
    return caught.value.reply.status, json.loads(caught.value.reply.body)


# Sonar ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("roles", ["u", "su", "ssu", "uau", "suauau", "uat"])
def test_system_first_and_then_taking_turns_is_taken(roles: str) -> None:
    assert len(read_sonar(sonar(messages=conversation(roles))).prompt) == len(roles)


@pytest.mark.parametrize("roles", ["uu", "suu", "au", "sau", "uaau", "usu", "uasu", "uaus", "ut"])
def test_anything_else_breaks_the_rule_of_alternation(roles: str) -> None:
    status, body = refusal(read_sonar, sonar(messages=conversation(roles)))
    assert (status, body) == (400, {"error": {"message": ALTERNATION, "type": "invalid_message", "code": 400}})


@pytest.mark.parametrize("roles", ["ua", "s", "suaua"])
def test_the_last_word_is_the_users(roles: str) -> None:
    assert refusal(read_sonar, sonar(messages=conversation(roles)))[1]["error"]["type"] == "invalid_message"


@pytest.mark.parametrize("model", ["sonar-reasoning", "llama-3.1-sonar-small-128k-online", "perplexity/sonar"])
def test_a_model_that_is_gone_or_never_was_is_refused(model: str) -> None:
    status, body = refusal(read_sonar, sonar(model=model))
    assert (status, body["error"]["type"]) == (400, "invalid_model")
    assert model in body["error"]["message"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_tokens", 0),
        ("max_tokens", 128_001),
        ("temperature", 2.1),
        ("temperature", "warm"),
        ("top_p", -0.1),
        ("search_mode", "bogus"),
        ("search_recency_filter", "decade"),
        ("search_after_date_filter", "2026-01-01"),
        ("language_preference", "English"),
        ("stream_mode", "short"),
        ("messages", []),
    ],
)
def test_a_value_out_of_range_is_a_422_that_names_the_field(name: str, value: object) -> None:
    status, body = refusal(read_sonar, sonar(**{name: value}))
    assert (status, body["detail"][0]["loc"][:2]) == (422, ["body", name])


def test_a_missing_field_and_a_body_that_is_no_json_are_422() -> None:
    assert refusal(read_sonar, b'{"model":"sonar"}')[0] == 422
    assert refusal(read_sonar, b'{"model":')[0] == 422


@pytest.mark.parametrize("domains", [[f"site{n}.example" for n in range(21)], ["https://site.example/x"], ["-"]])
def test_a_domain_filter_has_twenty_bare_domains_at_most(domains: list[str]) -> None:
    for read, body in (
        (read_sonar, sonar(search_domain_filter=domains)),
        (read_agent, agent(tools=[{**WEB, "filters": {"search_domain_filter": domains}}])),
    ):
        status, refused = refusal(read, body)
        assert (status, refused["error"]["type"]) == (400, "invalid_search_domain_filter")


def test_recency_and_dates_exclude_each_other() -> None:
    filters = {"search_recency_filter": "day", "search_after_date_filter": "01/31/2026"}
    assert refusal(read_sonar, sonar(**filters))[0] == 400
    assert refusal(read_agent, agent(tools=[{**WEB, "filters": filters}]))[0] == 400


def test_all_that_sonar_knows_is_taken_and_what_it_does_not_know_ignored() -> None:
    ask = read_sonar(
        sonar(
            model="sonar-pro",
            messages=[
                {"role": "user", "content": [{"type": "text", "text": "What is on this?"}, _image("https://a.example")]}
            ],
            stream=True,
            stream_mode="concise",
            max_tokens=100,
            search_domain_filter=["-one.example"] * 20,
            web_search_options={"search_context_size": "high", "user_location": {"country": "FR"}},
            return_related_questions=True,
            nonsense=1,
        )
    )
    assert (ask.question, ask.stream, ask.concise, ask.wants_related) == ("What is on this?", True, True, True)
    assert (ask.max_tokens, ask.search_context_size) == (100, "high")


def _image(url: str) -> dict[str, object]:
    return {"type": "image_url", "image_url": {"url": url}}


# Agent ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extra", "param"),
    [
        ({"messages": []}, "messages"),
        ({"max_tokens": 10}, "max_tokens"),
        ({"stop": ["x"]}, "stop"),
        ({"tools": [{**WEB, "search_domain_filter": []}]}, "search_domain_filter"),
        ({"tools": [{**WEB, "filters": {"search_mode": "web"}}]}, "search_mode"),
        ({"input": [{"role": "user", "content": "x", "name": "y"}]}, "name"),
    ],
)
def test_a_field_that_the_agent_does_not_know_is_named_at_any_depth(extra: dict[str, Any], param: str) -> None:
    status, body = refusal(read_agent, agent(**extra))
    assert (status, body["error"]["type"], body["error"]["param"]) == (400, "invalid_request", param)
    assert body["error"]["message"] == f'invalid request body: json: unknown field "{param}"'


@pytest.mark.parametrize("model", ["sonar", "perplexity/sonar-pro", "nobody/model", "openai/"])
def test_an_agent_takes_models_of_known_providers(model: str) -> None:
    assert refusal(read_agent, agent(model=model))[1]["error"]["type"] == "invalid_model"
    assert read_agent(agent(model="openai/gpt-6-luna")).model == "openai/gpt-6-luna"


def test_an_agent_wants_a_model_or_a_preset_that_exists() -> None:
    assert refusal(read_agent, b'{"input":"x"}')[1]["error"]["param"] == "model"
    assert refusal(read_agent, b'{"input":"x","preset":"turbo"}')[1]["error"]["param"] == "preset"
    assert read_agent(b'{"input":"x","effort":"low"}').model == "low"


@pytest.mark.parametrize(
    "extra",
    [
        {"model": "anthropic/claude"},
        {"max_output_tokens": 0},
        {"max_steps": 101},
        {"temperature": 3},
        {"models": ["perplexity/sonar"] * 6},
        {"tools": [{"type": "time_travel"}]},
        {"background": True},
        {"input": 7},
    ],
)
def test_an_agent_refuses_what_is_out_of_range(extra: dict[str, Any]) -> None:
    status, body = refusal(read_agent, agent(**extra))
    assert (status, body["error"]["type"]) == (400, "invalid_request")


def test_an_agent_continues_only_what_it_has_answered() -> None:
    assert refusal(read_agent, agent(previous_response_id="resp_1"))[0] == 404
    assert read_agent(agent(previous_response_id="resp_1"), {"resp_1"}).question == "What?"


@pytest.mark.parametrize(
    ("extra", "searches"),
    [
        ({}, False),
        ({"tools": [WEB]}, True),
        ({"preset": "fast"}, True),
        ({"tools": [WEB], "tool_choice": {"type": "web_search"}}, True),
        ({"tools": [WEB], "tool_choice": "none"}, False),
        ({"preset": "fast", "max_tool_calls": 0}, False),
    ],
)
def test_an_agent_searches_only_if_it_may(extra: dict[str, Any], searches: bool) -> None:
    assert read_agent(agent(**extra)).searches is searches


def test_an_agents_prompt_is_its_instructions_and_its_input() -> None:
    parts = [{"type": "input_text", "text": "And in"}, {"type": "input_text", "text": "France?"}]
    ask = read_agent(agent(instructions="Be brief.", input=[*_said("assistant", "No."), *_said("user", parts)]))
    assert ask.prompt == (("system", "Be brief."), ("assistant", "No."), ("user", "And in\nFrance?"))


def _said(role: str, content: object) -> list[dict[str, object]]:
    return [{"type": "message", "role": role, "content": content}]


def test_an_agent_raises_a_small_limit_to_sixteen_tokens() -> None:
    assert read_agent(agent(max_output_tokens=3)).max_tokens == 16
