"""Writes in Discord: plain messages that ping nobody and show no cards, through a token or through the channel.

Never retries and never waits: the scheduler paces all writes. Embeds are suppressed by the first post, and only edits that
send no flags leave them so: hence `PartialMessage.edit`, never `Message.edit`.
"""

import io
import secrets
from collections import OrderedDict, deque
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypedDict

import discord
from typing_extensions import override

from adapters.discord.failures import ARCHIVED, NO_HISTORY, NOT_PERMITTED, InteractionOver, in_our_terms
from adapters.discord.routes import Routes, Ticket
from bot.clock import Clock
from bot.errors import MessageGone, PlaceClosed, Refused, Unreachable
from bot.model import MessageRef, Page, Place
from bot.ports import Messenger


class _Manners(TypedDict):
    allowed_mentions: discord.AllowedMentions
    suppress_embeds: bool


_NOBODY = discord.AllowedMentions.none()
_MANNERS: _Manners = {"allowed_mentions": _NOBODY, "suppress_embeds": True}
_NONCE_BYTES = 12  # Discord takes 25 characters
_REMEMBERED = 1000
_LOOK_AT = 50
_LOOK_BACK = timedelta(hours=1)


class DiscordMessenger(Messenger):
    """This is one bot's view of Discord as a place to write in."""

    def __init__(self, client: discord.Client, routes: Routes, clock: Clock) -> None:
        self._client = client
        self._routes = routes
        self._clock = clock
        self._interactions: dict[str, discord.Interaction[Any]] = {}
        self._confirmed: deque[int] = deque(maxlen=_REMEMBERED)
        self._replied: deque[str] = deque(maxlen=_REMEMBERED)
        self._nonces: OrderedDict[tuple[Place, str], str] = OrderedDict()
        self._without_replies: set[str] = set()

    def expects(self, interaction: "discord.Interaction[Any]") -> None:
        """This interaction waits for its answer: whoever posts in its place answers it."""
        self._interactions = {
            known: waiting for known, waiting in self._interactions.items() if self._routes.alive(known)
        }
        self._routes.opened(str(interaction.id), interaction.token)
        self._interactions.setdefault(str(interaction.id), interaction)

    def gives_up(self, interaction: "discord.Interaction[Any]") -> None:
        """This interaction is answered by somebody else: what is posted in its place goes through the channel."""
        self._over(str(interaction.id))

    @override
    async def post(self, place: Place, page: Page) -> MessageRef:
        ticket = self._routes.of_post(place)
        if ticket is None:
            return await self._post_in_channel(place, page)
        with self._through(ticket) as interaction:
            message = await (self._follow_up if ticket.answered else self._answer)(interaction, page)
        self._confirmed.append(message)
        self._routes.wrote(ticket, str(message))
        return MessageRef(place, str(message))

    @override
    async def edit(self, message: MessageRef, page: Page) -> None:
        ticket = self._routes.of_edit(message)
        try:
            if ticket is None:
                with in_our_terms():
                    partial = self._channel(message.place).get_partial_message(int(message.id))
                    await partial.edit(content=page.body, allowed_mentions=_NOBODY)
                return
            with self._through(ticket) as interaction:
                await _edit_through(interaction, ticket, message.id, page.body)
        except PlaceClosed as error:
            # A new message opens an archived thread again; an edit does not.
            if error.reason != ARCHIVED:
                raise
            raise Refused(ARCHIVED) from error

    @override
    async def attach(self, message: MessageRef, name: str, text: str) -> None:
        ticket = self._routes.of_edit(message)
        file = discord.File(io.BytesIO(text.encode(errors="replace")), filename=name)
        try:
            if ticket is None:
                with in_our_terms():
                    await self._channel(message.place).send(file=file, **_MANNERS)
                return
            with self._through(ticket) as interaction:
                await interaction.followup.send(file=file, wait=True, **_MANNERS)
        except PlaceClosed as error:
            if error.reason != NOT_PERMITTED:
                raise
            raise Refused(NOT_PERMITTED) from error

    @override
    async def status(self, place: Place, note: str) -> None:
        ticket = self._routes.of_post(place)
        if not note or (ticket is not None and not ticket.answered):
            return  # typing ends by itself, and "is thinking" is shown where an interaction waits
        with in_our_terms():
            await self._channel(place).typing()  # awaited, it is one request; as a context it would go on

    @override
    async def find(self, place: Place, page: Page) -> MessageRef | None:
        ticket = self._routes.of_post(place)
        if ticket is not None and not ticket.answered:
            return await self._find_answer(ticket, place)
        try:
            with in_our_terms():
                latest = [each async for each in self._channel(place).history(limit=_LOOK_AT)]
        except PlaceClosed:
            return None  # who may not read cannot tell; an answer that may stand there twice is better than none
        nonce = self._nonces.get((place, page.body))
        lost = (each for each in latest if self._is_lost(each, page, nonce))
        found = next(lost, None)
        if found is None:
            return None
        self._landed(place, page, found.id)
        return MessageRef(place, str(found.id))

    # through the channel ------------------------------------------------------------------------------------

    async def _post_in_channel(self, place: Place, page: Page) -> MessageRef:
        channel, reference = self._channel(place), self._reference(place)
        # The same nonce within minutes gives the same message.
        nonce = self._nonces.pop((place, page.body), None) or secrets.token_hex(_NONCE_BYTES)
        try:
            with in_our_terms():
                if reference is None:
                    message = await channel.send(page.body, nonce=nonce, **_MANNERS)
                else:
                    message = await channel.send(
                        page.body, nonce=nonce, reference=reference, mention_author=False, **_MANNERS
                    )
        except Unreachable as error:
            if error.uncertain:
                self._unsure(place, page, nonce)
            raise
        except Refused as error:
            if error.reason != NO_HISTORY or reference is None:
                raise
            self._without_replies.add(place.channel)  # it may be written here, but not as a reply
            raise Unreachable(uncertain=False) from error
        self._landed(place, page, message.id)
        return MessageRef(place, str(message.id))

    def _reference(self, place: Place) -> discord.MessageReference | None:
        """What the first message of an answer replies to."""
        if not place.reply_to or place.reply_to in self._replied or place.channel in self._without_replies:
            return None
        return discord.MessageReference(
            message_id=int(place.reply_to), channel_id=int(place.channel), fail_if_not_exists=False
        )

    def _unsure(self, place: Place, page: Page, nonce: str) -> None:
        self._nonces[place, page.body] = nonce
        if len(self._nonces) > _REMEMBERED:
            self._nonces.popitem(last=False)

    def _landed(self, place: Place, page: Page, message: int) -> None:
        self._nonces.pop((place, page.body), None)
        self._confirmed.append(message)
        if place.reply_to:
            self._replied.append(place.reply_to)

    def _is_lost(self, message: discord.Message, page: Page, nonce: str | None) -> bool:
        """Whether this is our post of the page, and not one whose acknowledgement did arrive."""
        user = self._client.user
        if user is None or message.author.id != user.id or message.id in self._confirmed:
            return False
        if self._clock.today() - message.created_at > _LOOK_BACK:
            return False
        if nonce is not None and message.nonce is not None:
            return str(message.nonce) == nonce
        return message.content.strip() == page.body.strip()

    def _channel(self, place: Place) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(int(place.channel))

    # through the token of an interaction --------------------------------------------------------------------

    @contextmanager
    def _through(self, ticket: Ticket) -> Generator["discord.Interaction[Any]"]:
        """Write through a token; once it is refused, everything of it goes through the channel."""
        try:
            with in_our_terms():
                yield self._interactions[ticket.interaction]
        except InteractionOver:
            self._over(ticket.interaction)
            raise
        except PlaceClosed as error:
            if error.reason != ARCHIVED or ticket.answered:
                raise
            self._over(ticket.interaction)  # a message through the channel opens the thread again
            raise Unreachable(uncertain=False) from error

    def _over(self, interaction: str) -> None:
        self._routes.died(interaction)
        self._interactions.pop(interaction, None)

    async def _answer(self, interaction: "discord.Interaction[Any]", page: Page) -> int:
        answered = await interaction.response.send_message(page.body, **_MANNERS)
        assert answered.message_id is not None, "a message was sent"
        return answered.message_id

    async def _follow_up(self, interaction: "discord.Interaction[Any]", page: Page) -> int:
        message = await interaction.followup.send(page.body, wait=True, **_MANNERS)
        return message.id

    async def _find_answer(self, ticket: Ticket, place: Place) -> MessageRef | None:
        """An interaction has one first answer: whatever it is, it is ours."""
        try:
            with in_our_terms():
                message = await self._interactions[ticket.interaction].original_response()
        except (MessageGone, InteractionOver):
            return None
        self._confirmed.append(message.id)
        self._routes.wrote(ticket, str(message.id))
        return MessageRef(place, str(message.id))


async def _edit_through(interaction: "discord.Interaction[Any]", ticket: Ticket, message: str, body: str) -> None:
    if message == ticket.original:
        await interaction.edit_original_response(content=body, allowed_mentions=_NOBODY)
    else:
        await interaction.followup.edit_message(int(message), content=body, allowed_mentions=_NOBODY)
