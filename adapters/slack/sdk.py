"""How we set Slack's SDK up: a client that never repeats a call by itself, and a log that tells no secrets."""

import logging
import re
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient
from typing_extensions import override

from adapters.slack.settings import SlackSettings

_TICKET = re.compile(r"(ticket=)[^&\s'\"]+")


def web_client(settings: SlackSettings, session: ClientSession) -> AsyncWebClient:
    """A client of the Web API; `session` sets its timeouts and is closed by its owner."""
    client = AsyncWebClient(
        token=settings.bot_token,
        base_url=settings.api_url,
        session=session,  # without one the SDK opens a connection for every call
        logger=sdk_log(),
        retry_handlers=[],  # by default it repeats a call whose connection broke, and so may post twice
    )
    if proxy_bypass(urlsplit(settings.api_url).hostname or ""):
        client.proxy = None  # the SDK heeds HTTPS_PROXY, but not NO_PROXY
    return client


def sdk_log() -> logging.Logger:
    """Where the SDK logs. Below ERROR it spells out every message and address, so those levels stay off."""
    log = logging.getLogger(__name__)
    log.setLevel(logging.ERROR)
    if not log.filters:
        log.addFilter(_Discreet())
    return log


class _Discreet(logging.Filter):
    """Hides the ticket of a Socket Mode address, and the tracebacks of a network that is down."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _TICKET.sub(r"\1…", record.getMessage()), ()
        record.exc_info = None
        return True
