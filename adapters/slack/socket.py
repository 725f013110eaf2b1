"""Receives events over Socket Mode: a WebSocket that we open, so nothing of ours must be reachable from outside.

https://docs.slack.dev/apis/events-api/using-socket-mode/
"""

import asyncio
import contextlib
from typing import Any

from aiohttp import ClientWebSocketResponse
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.failures import in_our_terms
from adapters.slack.sdk import sdk_log
from adapters.slack.settings import ADVICE
from bot.errors import ConfigurationInvalid, PlaceClosed, Refused, TokenRefused

_CLOSING = 3.0


class SocketLine:
    """This is our connection to Slack's events. The SDK keeps it open: it renews it when Slack asks for that."""

    def __init__(self, app: AsyncApp, client: AsyncWebClient, app_token: str, ping_interval: float = 5.0) -> None:
        self._handler = AsyncSocketModeHandler(
            app, app_token, logger=sdk_log(), web_client=client, ping_interval=ping_interval
        )
        self._client = self._handler.client
        self._client.proxy = client.proxy
        self._client.message_listeners.append(self._noted)
        self._greeted: ClientWebSocketResponse | None = None

    async def open(self) -> None:
        """Connect; from then on the SDK reconnects by itself.

        Raises `ConfigurationInvalid` where Slack refuses the app token, `Throttled`, `Unreachable`.
        """
        try:
            with in_our_terms():
                # The SDK would ask for the address itself, and go on asking for ever with a token that is refused.
                self._client.wss_uri = await self._client.issue_new_wss_url()
        except (TokenRefused, Refused, PlaceClosed) as error:
            raise ConfigurationInvalid(
                (f"SLACK_APP_TOKEN was refused by Slack ({error.reason}): {ADVICE['SLACK_APP_TOKEN']}.",)
            ) from error
        await self._client.connect()

    def connected(self) -> bool:
        """Whether Slack has greeted us on the connection that is open now."""
        session = self._client.current_session
        return session is not None and session is self._greeted and not session.closed and not self._client.stale

    async def close(self) -> None:
        """Hang up, within a few seconds even if Slack does not answer."""
        client = self._client
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING):
                await self._handler.close_async()
        await client.aiohttp_client_session.close()
        tasks = [client.message_processor, client.current_session_monitor, client.message_receiver]
        running = [task for task in tasks if task is not None]
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=_CLOSING)

    async def _noted(self, _client: AsyncBaseSocketModeClient, message: dict[str, Any], _raw: str | None) -> None:
        if message.get("type") == "hello":
            self._greeted = self._client.current_session
