"""What an operator may set for Slack, and what is said when it is wrong."""

import pytest

from adapters.slack.settings import SlackSettings, read
from bot.config import Reader

BOT, APP, SIGNING = "xoxb-1-abc", "xapp-1-abc", "signing"


def reading(**env: str) -> tuple[SlackSettings | None, list[str]]:
    files = {"/run/bot": f"{BOT}\n"}

    def read_file(path: str) -> str:
        if path not in files:
            raise FileNotFoundError(path)
        return files[path]

    reader = Reader(env, read_file)
    return read(reader), reader.problems


def test_without_any_secret_slack_is_not_configured() -> None:
    assert reading(SLACK_HTTP_PORT="3000") == (None, [])


def test_the_defaults_are_slack_itself_and_port_3000() -> None:
    settings, problems = reading(SLACK_BOT_TOKEN=BOT, SLACK_APP_TOKEN=APP)
    assert problems == []
    assert settings is not None
    assert settings == SlackSettings(BOT, app_token=APP)
    assert settings.api_url == "https://slack.com/api/"
    assert (settings.http_host, settings.http_port) == ("0.0.0.0", 3000)


def test_a_secret_may_come_from_a_file() -> None:
    settings, problems = reading(SLACK_BOT_TOKEN_FILE="/run/bot", SLACK_SIGNING_SECRET=SIGNING)
    assert problems == []
    assert settings is not None
    assert settings.bot_token == BOT


@pytest.mark.parametrize("given", ["https://slack-gov.com/api", "https://slack-gov.com/api/"])
def test_the_address_of_the_api_ends_with_one_slash(given: str) -> None:
    settings, _ = reading(SLACK_BOT_TOKEN=BOT, SLACK_APP_TOKEN=APP, SLACK_API_URL=given)
    assert settings is not None
    assert settings.api_url == "https://slack-gov.com/api/"


def test_tokens_of_the_wrong_kind_are_named_without_their_value() -> None:
    _, problems = reading(SLACK_BOT_TOKEN=APP, SLACK_APP_TOKEN=BOT)
    assert [problem.split()[0] for problem in problems] == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"]
    assert "OAuth & Permissions" in problems[0]
    assert "connections:write" in problems[1]
    assert not any(secret in problem for problem in problems for secret in (BOT, APP))


def test_a_missing_bot_token_is_asked_for() -> None:
    _, problems = reading(SLACK_APP_TOKEN=APP)
    assert len(problems) == 1
    assert problems[0].startswith("SLACK_BOT_TOKEN is not set")


def test_slack_needs_one_of_two_ways_to_reach_us() -> None:
    _, problems = reading(SLACK_BOT_TOKEN=BOT)
    assert len(problems) == 1
    assert problems[0].startswith("Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET")


def test_a_file_that_cannot_be_read_is_one_problem_and_not_two() -> None:
    _, problems = reading(SLACK_BOT_TOKEN_FILE="/run/none", SLACK_APP_TOKEN=APP)
    assert len(problems) == 1
    assert problems[0].startswith("SLACK_BOT_TOKEN_FILE")


def test_all_problems_are_told_at_once() -> None:
    _, problems = reading(SLACK_BOT_TOKEN="no", SLACK_APP_TOKEN="no", SLACK_API_URL="slack", SLACK_HTTP_PORT="x")
    assert len(problems) == 4


def test_secrets_are_not_in_the_representation() -> None:
    settings, _ = reading(SLACK_BOT_TOKEN=BOT, SLACK_APP_TOKEN=APP, SLACK_SIGNING_SECRET=SIGNING)
    assert not any(secret in repr(settings) for secret in (BOT, APP, SIGNING))
