"""Hears what Slack tells us, over either transport, and acknowledges a question only once it is stored.

Bolt acknowledges an event before its listeners run, so the question is taken in a middleware, whose answer *is* the
acknowledgement. What Slack does not get acknowledged it delivers again: https://docs.slack.dev/apis/events-api/
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from adapters.slack.sdk import sdk_log
from adapters.slack.translate import Identity, translate
from bot.errors import FootnoteError
from bot.model import MessageRef, Question
from bot.ports import Gone, Take

_LOG = logging.getLogger(__name__)

# Bolt gives the logger of its app's name the level and filters of the one it is given: this name is nobody else's.
_BOLT = f"{__name__}.bolt"

_HEARD = 200
_NOT_NOW = 503


class Listener:
    """This is the ear of one workspace.

    `take` returns once a question is stored, or raises; it gets `patience` seconds of the 3 that Slack waits.
    """

    def __init__(self, identity: Identity, take: Take, gone: Gone, patience: float = 2.0) -> None:
        self._identity = identity
        self._take = take
        self._gone = gone
        self._patience = patience
        self._taking: set[asyncio.Task[None]] = set()

    def app(self, signing_secret: str) -> AsyncApp:
        """A Bolt app that hears through this listener."""
        me = self._identity

        async def authorize() -> AuthorizeResult:
            # We know who we are from the start. Bolt would ask Slack at the first event, and lose that event if it cannot.
            return AuthorizeResult(enterprise_id=None, team_id=me.workspace, bot_user_id=me.user, bot_id=me.bot)

        app = AsyncApp(
            name=_BOLT,
            logger=sdk_log(),
            signing_secret=signing_secret,
            authorize=authorize,
            ignoring_self_events_enabled=False,  # it would also hide that somebody deleted a message of ours
            attaching_conversation_kwargs_enabled=False,
        )
        app.use(self._heard)
        return app

    async def drained(self, seconds: float) -> None:
        """Return when nothing is being taken any more, or after `seconds`."""
        if self._taking:
            await asyncio.wait(self._taking, timeout=seconds)

    async def _heard(self, body: dict[str, Any], next_: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse:
        match body.get("type"):
            case "event_callback":
                return await self._event(body)
            case "app_rate_limited":
                _LOG.warning("Slack holds events back: there are more than 30,000 an hour")
                return BoltResponse(status=_HEARD)
            case _:
                return await next_()

    async def _event(self, body: dict[str, Any]) -> BoltResponse:
        try:
            meaning = translate(body, self._identity)
        except msgspec.ValidationError as error:
            _LOG.warning("an event from Slack cannot be read and is dropped: %s", error)
            return BoltResponse(status=_HEARD)
        match meaning:
            case Question():
                return BoltResponse(status=_HEARD if await self._taken(meaning) else _NOT_NOW)
            case MessageRef():
                self._gone(meaning)
                return BoltResponse(status=_HEARD)
            case None:
                return BoltResponse(status=_HEARD)

    async def _taken(self, question: Question) -> bool:
        """Whether the question is safe with us, so that Slack may forget it.

        A slow take is not cancelled: its commit may be under way, and a question that is claimed must be answered. The
        next delivery then finds it claimed.
        """
        task = asyncio.ensure_future(self._take(question))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)
        done, _ = await asyncio.wait({task}, timeout=self._patience)
        if not done:
            _LOG.warning("a question could not be stored in time; Slack will deliver it again")
            task.add_done_callback(_note_failure)
            return False
        try:
            task.result()
        except FootnoteError as error:
            _LOG.warning("a question could not be stored (%s); Slack will deliver it again", error)
            return False
        return True


def _note_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _LOG.warning("a question that was slow to store failed: %r", error)
