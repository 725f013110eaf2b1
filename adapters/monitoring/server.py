"""Liveness and readiness over HTTP: `/healthz` says that the process turns, `/readyz` that every part it needs is there."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from bot.errors import ConfigurationInvalid
from bot.health import Readiness

_CLOSING = 1.0
"""Seconds that a request under way gets when the server closes."""


@asynccontextmanager
async def serve(host: str, port: int, look: Callable[[], Readiness]) -> AsyncGenerator[int]:
    """Serve on `host`:`port` (0: any free one) and yield the port; raises `ConfigurationInvalid` where that cannot be had."""

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(_: web.Request) -> web.Response:
        state = look()
        return web.json_response(
            {"status": "ready" if state.ready else "not ready", "parts": dict(state.parts)},
            status=200 if state.ready else 503,
        )

    app = web.Application(client_max_size=1024)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_CLOSING)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except (OSError, UnicodeError) as error:  # what is no host name ends in either
            reason = error.strerror if isinstance(error, OSError) else "no host name"
            problem = f"HTTP_HOST {host}, HTTP_PORT {port}: cannot listen there ({reason})."
            raise ConfigurationInvalid((problem,)) from error
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
