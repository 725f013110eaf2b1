"""How a workspace is connected, and what an operator is told when it cannot be."""

import logging
from dataclasses import replace
from importlib import import_module

import pytest

from adapters.slack.connection import connect
from adapters.slack.sdk import sdk_log
from bot.clock import SystemClock
from bot.errors import ConfigurationInvalid, Throttled, Unreachable
from tests.adapters.slack.conftest import Core, http_settings_of, settings_of
from tests.emulators.slack import Breakdown, Refuse, SlackEmulator, Throttle


async def test_the_package_connects_a_complete_platform(slack: SlackEmulator) -> None:
    package = import_module("adapters.slack")
    async with package.connect(settings_of(slack), SystemClock()) as connection:
        platform = connection.platform
        assert platform.name == "slack"
        assert platform.dialect.limit > 0
        assert connection.http_port is None


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked", "account_inactive", "not_allowed_token_type"])
async def test_a_bot_token_that_slack_refuses_is_named_with_where_to_get_another(
    slack: SlackEmulator, error: str
) -> None:
    slack.faults.plan("auth.test", Refuse(error))
    with pytest.raises(ConfigurationInvalid) as invalid:
        async with connect(settings_of(slack), SystemClock()):
            pass
    (problem,) = invalid.value.problems
    assert problem.startswith(f"SLACK_BOT_TOKEN was refused by Slack ({error}): ")
    assert "OAuth & Permissions" in problem
    assert slack.workspace.token not in problem


@pytest.mark.parametrize("error", ["invalid_auth", "missing_scope", "not_allowed_token_type"])
async def test_an_app_token_that_slack_refuses_is_named_with_where_to_get_another(
    slack: SlackEmulator, core: Core, error: str
) -> None:
    slack.faults.plan("apps.connections.open", Refuse(error))
    async with connect(settings_of(slack), SystemClock()) as connection:
        with pytest.raises(ConfigurationInvalid) as invalid:
            await connection.listen(core.take, core.heard_gone, core.heard)
        assert not connection.connected()
    (problem,) = invalid.value.problems
    assert problem.startswith(f"SLACK_APP_TOKEN was refused by Slack ({error}): ")
    assert "connections:write" in problem
    assert slack.app.token not in problem


async def test_a_slack_in_trouble_is_not_the_operators_mistake(slack: SlackEmulator, core: Core) -> None:
    slack.faults.plan("auth.test", Breakdown(503))
    with pytest.raises(Unreachable):
        async with connect(settings_of(slack), SystemClock()):
            pass
    slack.faults.plan("auth.test", Throttle(30))
    with pytest.raises(Throttled):
        async with connect(settings_of(slack), SystemClock()):
            pass
    slack.faults.plan("apps.connections.open", Breakdown(503))
    async with connect(settings_of(slack), SystemClock()) as connection:
        with pytest.raises(Unreachable):
            await connection.listen(core.take, core.heard_gone, core.heard)


async def test_an_address_that_is_taken_is_named(slack: SlackEmulator, core: Core) -> None:
    settings = http_settings_of(slack)
    async with connect(settings, SystemClock()) as first:
        await first.listen(core.take, core.heard_gone, core.heard)
        assert first.http_port is not None
        async with connect(replace(settings, http_port=first.http_port), SystemClock()) as second:
            with pytest.raises(ConfigurationInvalid) as invalid:
                await second.listen(core.take, core.heard_gone, core.heard)
    (problem,) = invalid.value.problems
    assert "SLACK_HTTP_PORT" in problem


async def test_with_both_secrets_socket_mode_is_used(slack: SlackEmulator, core: Core) -> None:
    both = replace(settings_of(slack), signing_secret=slack.app.signing_secret)
    async with connect(both, SystemClock()) as connection:
        await connection.listen(core.take, core.heard_gone, core.heard)
        await slack.socket.connected()
        assert connection.http_port is None


async def test_the_environment_cannot_change_what_was_configured(
    slack: SlackEmulator, core: Core, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"):
        monkeypatch.setenv(name, "another")
    async with connect(http_settings_of(slack), SystemClock()) as connection:
        await connection.listen(core.take, core.heard_gone, core.heard)
        slack.app.request_url = f"http://127.0.0.1:{connection.http_port}/slack/events"
        slack.people.direct_message(slack.user, "how many moons has Mars?")
        await slack.feed.settled()
    assert len(core.asked) == 1
    assert caplog.records == []


def test_the_sdks_log_tells_no_ticket_and_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    error = ConnectionError("url='wss://example.org/link/?ticket=secret-1&app_id=2'")
    sdk_log().error("Failed to connect (error: %s); Retrying...", error, exc_info=error)
    (record,) = caplog.records
    assert "secret-1" not in caplog.text
    assert record.getMessage().endswith("ticket=…&app_id=2'); Retrying...")
    assert record.exc_info is None


def test_the_sdk_logs_no_contents_at_any_level_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="adapters")
    assert not sdk_log().isEnabledFor(logging.WARNING)
