"""Receives events over HTTP: Slack posts them, signed, to `/slack/events`. Nothing else is served here.

https://docs.slack.dev/authentication/verifying-requests-from-slack/
"""

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.errors import ConfigurationInvalid

_PATH = "/slack/events"
_LARGEST = 1024 * 1024
_CLOSING = 3.0


class HttpLine:
    """This is the server that Slack delivers its events to."""

    def __init__(self, app: AsyncApp, signing_secret: str, host: str, port: int) -> None:
        self._app = app
        self._verifier = SignatureVerifier(signing_secret)
        self._host = host
        self._port = port
        application = web.Application(client_max_size=_LARGEST)
        application.router.add_post(_PATH, self._receive)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=_CLOSING)
        self._open = False

    @property
    def port(self) -> int:
        """The port we listen on; differs from the setting only where that is 0."""
        return int(self._runner.addresses[0][1]) if self._runner.addresses else self._port

    async def open(self) -> None:
        """Listen. Raises `ConfigurationInvalid` where the address cannot be listened on."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            raise ConfigurationInvalid(
                (
                    f"SLACK_HTTP_HOST {self._host}, SLACK_HTTP_PORT {self._port}: cannot listen there ({error.strerror}).",
                )
            ) from error
        self._open = True

    def connected(self) -> bool:
        """Whether Slack can deliver to us, as far as we can tell."""
        return self._open

    async def close(self) -> None:
        """Stop listening, after the deliveries that are being answered."""
        self._open = False
        await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        # Bolt verifies too, but only after it has parsed what anybody may have sent.
        if not self._is_signed(body, request):
            return web.Response(status=401)
        try:
            bolt_request = AsyncBoltRequest(
                body=body.decode(), query=request.query_string, headers=dict(request.headers.items())
            )
        except ValueError:
            return web.Response(status=400)
        return await to_aiohttp_response(await self._app.async_dispatch(bolt_request))

    def _is_signed(self, body: bytes, request: web.Request) -> bool:
        timestamp = request.headers.get("X-Slack-Request-Timestamp")
        signature = request.headers.get("X-Slack-Signature")
        try:
            return self._verifier.is_valid(body, timestamp, signature)
        except (TypeError, ValueError):  # a timestamp that is no number, a signature or body that is no text
            return False
