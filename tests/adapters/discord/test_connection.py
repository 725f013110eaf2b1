"""Connecting: refused tokens and intents, the gateway's address, reconnects, news from headers, a quiet end."""

import asyncio
import importlib
import logging
from collections.abc import Callable
from dataclasses import replace

import pytest
from aiohttp import ClientTimeout, web
from aiohttp.test_utils import TestServer
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord.connection import DiscordConnection, connect
from adapters.discord.settings import DiscordSettings
from bot.clock import SystemClock
from bot.errors import ChatFailed, ConfigurationInvalid, Throttled, Unreachable
from bot.model import Page
from tests.adapters.discord.conftest import Core, place_of, settings_of, slash
from tests.emulators.discord import ANY, DiscordEmulator, Slow, Terms, Throttle

EDIT = "PATCH /channels/{channel}/messages/{message}"
PAGE = Page("two", summary="two")


async def test_the_door_leads_to_the_connection(discord: DiscordEmulator) -> None:
    door = importlib.import_module("adapters.discord")
    async with door.connect(settings_of(discord), SystemClock()) as connection:
        assert (connection.platform.name, connection.platform.status_seconds) == ("discord", 8.0)
        assert not connection.connected()


async def test_a_refused_token_is_named_with_what_to_do_and_without_its_value(discord: DiscordEmulator) -> None:
    settings = replace(settings_of(discord), token="another.secret.token")
    with pytest.raises(ConfigurationInvalid) as refused:
        async with connect(settings, SystemClock()):
            pass
    (problem,) = refused.value.problems
    assert problem.startswith("DISCORD_TOKEN")
    assert "https://discord.com/developers/applications" in problem
    assert "secret" not in problem


async def test_a_discord_that_cannot_be_asked_is_no_problem_of_the_settings(discord: DiscordEmulator) -> None:
    discord.fail(ANY, Throttle(9.0))
    with pytest.raises(Throttled):
        async with connect(settings_of(discord), SystemClock()):
            pass
    await discord.__aexit__()
    with pytest.raises(ChatFailed):
        async with connect(settings_of(discord), SystemClock()):
            pass


async def test_an_intent_that_is_switched_off_in_the_portal_is_named(core: Core) -> None:
    discord = DiscordEmulator(terms=Terms(message_content=False))
    async with discord, connect(settings_of(discord, content=True), SystemClock()) as connection:
        with pytest.raises(ConfigurationInvalid) as refused:
            await core.listen(connection)
        assert not connection.connected()
        await connection.platform.messenger.post(place_of(discord.general), PAGE)
    (problem,) = refused.value.problems
    assert problem.startswith("DISCORD_MESSAGE_CONTENT")


async def test_it_writes_before_it_listens_and_is_connected_only_while_the_gateway_is(
    discord: DiscordEmulator, core: Core, connection: DiscordConnection
) -> None:
    await connection.platform.messenger.post(place_of(discord.general), PAGE)
    assert not connection.connected()
    await core.listen(connection)
    assert connection.connected()
    await discord.__aexit__()
    await _eventually(lambda: not connection.connected())


async def test_what_happened_while_the_connection_was_lost_is_heard(
    discord: DiscordEmulator, core: Core, connection: DiscordConnection
) -> None:
    await core.listen(connection)
    discord.gateway.drop()
    discord.mention(discord.general.id, discord.asker, "how many?")
    assert (await core.asked()).text == "how many?"
    await _eventually(connection.connected)


async def test_a_token_that_is_revoked_later_is_logged_and_no_longer_connected(
    discord: DiscordEmulator, core: Core, connection: DiscordConnection, caplog: pytest.LogCaptureFixture
) -> None:
    await core.listen(connection)
    discord.gateway.token = discord.api.token = "revoked.revoked.revoked"
    discord.gateway.drop()
    await _eventually(lambda: "for good" in caplog.text)
    assert not connection.connected()
    assert "DISCORD_TOKEN" in caplog.text
    assert discord.token not in caplog.text
    with pytest.raises(ChatFailed):
        await connection.platform.messenger.post(place_of(discord.general), PAGE)


async def test_headers_of_both_kinds_of_routes_are_news_of_their_lanes(
    discord: DiscordEmulator, core: Core, connection: DiscordConnection
) -> None:
    await core.listen(connection)
    messenger, channel = connection.platform.messenger, discord.general.id
    message = await messenger.post(place_of(discord.general), PAGE)
    for _ in range(2):
        await messenger.edit(message, PAGE)
    await messenger.status(place_of(discord.general), "Searching")
    place = (await slash(discord, core)).place
    answer = await messenger.post(place, PAGE)
    await messenger.edit(answer, PAGE)
    await messenger.post(place, PAGE)
    assert [(news.name, news.limit, news.remaining) for news in core.news] == [
        (f"discord:post:{channel}", 5, 4),
        (f"discord:edit:{channel}", 5, 4),
        (f"discord:edit:{channel}", 5, 3),
        (f"discord:typing:{channel}", 5, 4),
        (f"discord:token:{place.interaction}", 5, 4),
        (f"discord:token:{place.interaction}", 5, 3),
    ]
    assert all(0.0 < news.reset_after <= 5.0 and not news.refused for news in core.news)
    assert {lane.name for lane in connection.platform.budget.edit(answer)} >= {core.news[-1].name}


async def test_a_request_that_hangs_is_given_up_and_the_gateway_stays(
    discord: DiscordEmulator, core: Core, connection: DiscordConnection
) -> None:
    connection._wire._call = ClientTimeout(total=0.1)
    await core.listen(connection)
    message = await connection.platform.messenger.post(place_of(discord.general), PAGE)
    discord.fail(EDIT, Slow(before=0.3))
    with pytest.raises(Unreachable) as hung:
        await connection.platform.messenger.edit(message, PAGE)
    assert hung.value.uncertain
    await SystemClock().sleep(0.1)
    discord.mention(discord.general.id, discord.asker, "how many?")
    assert (await core.asked()).text == "how many?"
    assert (discord.gateway.identified, discord.gateway.resumed) == (1, 0)


async def test_an_answer_of_somebody_between_us_and_discord_is_no_answer() -> None:
    async def portal(_: web.Request) -> web.Response:
        return web.Response(text="<h1>Please log in</h1>", content_type="text/html")

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", portal)
    async with TestServer(app) as server:
        settings = DiscordSettings("a.b.c", api_url=str(server.make_url("/api/v10")))
        with pytest.raises(Unreachable):
            async with connect(settings, SystemClock()):
                pass


async def test_discord_is_found_at_its_setting_and_the_library_is_left_as_it_was(discord: DiscordEmulator) -> None:
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    async with connect(settings_of(discord), SystemClock()):
        assert discord.api_url == Route.BASE
        assert DiscordWebSocket.DEFAULT_GATEWAY.port == discord.port
    assert before == (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY)


async def test_a_proxy_of_the_environment_is_used_for_rest_and_gateway(
    discord: DiscordEmulator, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", discord.url)  # the emulator reads a proxy's requests as its own
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    settings = replace(settings_of(discord), api_url="http://discord.invalid/api/v10")
    discord.world.address = "http://discord.invalid"
    async with connect(settings, SystemClock()) as connection:
        await core.listen(connection)
        discord.mention(discord.general.id, discord.asker, "how many?")
        assert (await core.asked()).text == "how many?"


async def test_no_log_line_tells_the_token_or_shows_a_traceback(
    discord: DiscordEmulator, core: Core, connection: DiscordConnection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="adapters")
    await core.listen(connection)
    await connection.platform.messenger.post((await slash(discord, core)).place, PAGE)
    discord.gateway.drop()
    await discord.until(lambda: discord.gateway.resumed)
    tokens = [discord.token, *discord.world.interactions]
    assert not [token for token in tokens if token in caplog.text]
    assert "Traceback" not in caplog.text


async def _eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await SystemClock().sleep(0.005)
