"""Writes in Slack: one `markdown` block per message, with a short text beside it that serves as the notification.

Never retries and never waits: the scheduler paces all writes.
"""

import hashlib
from collections import deque
from http import HTTPStatus
from typing import Any

import msgspec
from slack_sdk.web.async_client import AsyncWebClient
from typing_extensions import override

from adapters.slack.failures import in_our_terms, refusal_of_upload
from adapters.slack.translate import Identity, Ts
from bot.clock import Clock
from bot.errors import PlaceClosed, Refused, Unreachable
from bot.model import MessageRef, Page, Place
from bot.ports import Messenger

# `chat.update` refuses a text over 4,000 characters, escapes included; one of ours never gets longer than 5 for 1.
_SUMMARY = 800
_MARK = "footnote_page"
_REMEMBERED = 1000
_LOOK_BACK = 3600.0
_LOOK_AT = 200

# What Slack says to an app that may not show a status at all.
_NO_STATUS = frozenset(
    {
        "channel_type_not_supported",
        "feature_not_enabled",
        "method_not_supported_for_channel_type",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "unknown_method",
    }
)


class _Posted(msgspec.Struct):
    ts: Ts


class _Upload(msgspec.Struct):
    upload_url: str
    file_id: str


class _Metadata(msgspec.Struct):
    event_type: str = ""
    event_payload: dict[str, object] = {}


class _Reply(msgspec.Struct):
    ts: Ts
    user: str | None = None
    bot_id: str | None = None
    text: str | None = None
    metadata: _Metadata | None = None


class _Replies(msgspec.Struct):
    messages: list[_Reply] = []


class SlackMessenger(Messenger):
    """This is the Web API of one workspace, seen as a place to write in."""

    def __init__(self, client: AsyncWebClient, identity: Identity, clock: Clock) -> None:
        self._client = client
        self._identity = identity
        self._clock = clock
        self._confirmed: deque[str] = deque(maxlen=_REMEMBERED)
        self._without_status: set[str] = set()

    @override
    async def post(self, place: Place, page: Page) -> MessageRef:
        with in_our_terms():
            response = await self._client.chat_postMessage(
                channel=place.channel,
                thread_ts=place.thread or None,
                unfurl_links=False,  # a preview would let the words of an answer make Slack fetch any address
                unfurl_media=False,
                mrkdwn=False,
                metadata={"event_type": _MARK, "event_payload": {"page": _mark(page)}},
                **_content(page),
            )
            posted = msgspec.convert(response.data, _Posted)
        self._confirmed.append(posted.ts)
        return MessageRef(place, posted.ts)

    @override
    async def edit(self, message: MessageRef, page: Page) -> None:
        with in_our_terms():
            # With blocks in every edit Slack never shows "(edited)".
            await self._client.chat_update(channel=message.place.channel, ts=message.id, **_content(page))

    @override
    async def attach(self, message: MessageRef, name: str, text: str) -> None:
        place = message.place
        try:
            try:
                file = await self._uploaded(name, text.encode(errors="replace"))
            except Unreachable as error:
                raise Unreachable(uncertain=False) from error  # nobody sees a file before it is shared
            with in_our_terms():
                await self._client.files_completeUploadExternal(
                    files=[{"id": file, "title": name}], channel_id=place.channel, thread_ts=place.thread or None
                )
        except PlaceClosed as error:
            if error.reason != "missing_scope":
                raise
            raise Refused(error.reason) from error

    async def _uploaded(self, name: str, content: bytes) -> str:
        """Upload a file, which is then still to be shared: https://docs.slack.dev/messaging/working-with-files."""
        session = self._client.session
        assert session is not None, "the connection has given one"
        with in_our_terms():
            response = await self._client.files_getUploadURLExternal(filename=name, length=len(content))
            upload = msgspec.convert(response.data, _Upload)
            async with session.post(upload.upload_url, data=content, proxy=self._client.proxy) as answer:
                if answer.status != HTTPStatus.OK:
                    raise refusal_of_upload(answer)
        return upload.file_id

    @override
    async def status(self, place: Place, note: str) -> None:
        if not place.thread or place.workspace in self._without_status:
            return
        try:
            with in_our_terms():
                await self._client.assistant_threads_setStatus(
                    channel_id=place.channel, thread_ts=place.thread, status=note
                )
        except (PlaceClosed, Refused) as error:
            if error.reason not in _NO_STATUS:
                raise
            self._without_status.add(place.workspace)

    @override
    async def find(self, place: Place, page: Page) -> MessageRef | None:
        try:
            replies = await self._latest(place)
        except PlaceClosed as error:
            # Without the scope to read nobody can tell; an answer that may stand there twice is better than none.
            if error.reason != "missing_scope":
                raise
            return None
        found = max((reply.ts for reply in replies if self._is_lost(reply, page)), key=float, default=None)
        return None if found is None else MessageRef(place, found)

    async def _latest(self, place: Place) -> list[_Reply]:
        since = self._clock.today().timestamp() - _LOOK_BACK
        span: dict[str, Any] = {"oldest": f"{since:.6f}", "limit": _LOOK_AT, "include_all_metadata": True}
        with in_our_terms():
            if place.thread:
                response = await self._client.conversations_replies(channel=place.channel, ts=place.thread, **span)
            else:
                response = await self._client.conversations_history(channel=place.channel, **span)
            return msgspec.convert(response.data, _Replies).messages

    def _is_lost(self, reply: _Reply, page: Page) -> bool:
        """Whether this is our post of the page, and not one whose acknowledgement did arrive."""
        if reply.user != self._identity.user and reply.bot_id != self._identity.bot:
            return False
        if reply.ts in self._confirmed:
            return False
        if reply.metadata and reply.metadata.event_type == _MARK:
            return reply.metadata.event_payload.get("page") == _mark(page)
        return reply.text == _notification(page)


def _content(page: Page) -> dict[str, Any]:
    return {
        "blocks": [{"type": "markdown", "text": page.body}],
        "text": _notification(page),
        "parse": "none",  # an edit would otherwise be parsed as a person's typing
        "link_names": False,
    }


def _notification(page: Page) -> str:
    """One plain line without any of Slack's control sequences; never empty, as Slack warns of a message without text."""
    text = page.summary.strip()[:_SUMMARY] or "…"
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _mark(page: Page) -> str:
    return hashlib.sha256(page.body.encode(errors="surrogatepass")).hexdigest()[:32]
