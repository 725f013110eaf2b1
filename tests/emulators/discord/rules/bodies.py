"""What a message may be made of: the typed request bodies and the checks of their sizes. Pure.

https://docs.discord.com/developers/resources/message#create-message
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from tests.emulators.discord.rules.flags import MessageFlag
from tests.emulators.discord.rules.mentions import AllowedMentions
from tests.emulators.discord.rules.refusals import BLOCKED_BY_AUTOMOD, RefusedError, bad_length, invalid_form, too_long

Json = dict[str, Any]

_EMBED_TEXTS = (("title", 256), ("description", 4096))
_EMBED_TOTAL = 6000
_MOST_EMBEDS = 10
_MOST_ROWS = 5
_BUTTON, _ROW = 2, 1
_MOST_COMPONENTS = 40
_MOST_TEXT = 4000


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """This is a `message_reference`: the message that is replied to."""

    message_id: int | str
    channel_id: int | str | None = None
    guild_id: int | str | None = None
    fail_if_not_exists: bool = True


class AttachmentBody(msgspec.Struct, frozen=True, kw_only=True):
    """This is one entry of `attachments`: an index of an uploaded file, or the id of one that is kept."""

    id: int | str
    filename: str = ""


class MessageBody(msgspec.Struct, frozen=True, kw_only=True):
    """This is the body of a create or an edit; fields that were not sent are `UNSET`."""

    content: str | UnsetType | None = UNSET
    embeds: list[Json] | UnsetType | None = UNSET
    components: list[Json] | UnsetType | None = UNSET
    attachments: list[AttachmentBody] | UnsetType | None = UNSET
    flags: int | UnsetType | None = UNSET
    allowed_mentions: AllowedMentions | UnsetType | None = UNSET
    message_reference: Reference | None = None
    nonce: int | str | None = None
    enforce_nonce: bool = False

    @property
    def sent_flags(self) -> int | None:
        """The flags, None if they were not sent."""
        return None if self.flags is UNSET else self.flags


def check_sizes(body: MessageBody, content_length: int, blocked_words: Sequence[str]) -> None:
    """Refuse a body that is too large in any part (50035) or that AutoMod does not let pass (200000)."""
    content = body.content or ""
    if len(content) > content_length:  # code points, as Python counts them
        raise too_long("content", content_length)
    _check_embeds(body.embeds or [])
    _check_components(body.components or [])
    if any(word.lower() in content.lower() for word in blocked_words):
        raise RefusedError(BLOCKED_BY_AUTOMOD)


def _check_embeds(embeds: list[Json]) -> None:
    if len(embeds) > _MOST_EMBEDS:
        raise too_long("embeds", _MOST_EMBEDS)
    for index, embed in enumerate(embeds):
        for name, most in _EMBED_TEXTS:
            if len(embed.get(name) or "") > most:
                raise too_long(f"embeds.{index}.{name}", most)
    if sum(len(text) for text in _embed_texts(embeds)) > _EMBED_TOTAL:
        sentence = f"Embed size exceeds maximum size of {_EMBED_TOTAL}"
        raise invalid_form("embeds", "MAX_EMBED_SIZE_EXCEEDED", sentence)


def _embed_texts(embeds: list[Json]) -> Iterator[str]:
    for embed in embeds:
        yield embed.get("title") or ""
        yield embed.get("description") or ""
        yield (embed.get("footer") or {}).get("text") or ""
        yield (embed.get("author") or {}).get("name") or ""
        for one in embed.get("fields") or []:
            yield one.get("name") or ""
            yield one.get("value") or ""


def _check_components(components: list[Json]) -> None:
    rows = [one for one in components if one.get("type") == _ROW]
    if len(rows) > _MOST_ROWS:
        raise bad_length("components", 1, _MOST_ROWS)
    seen = set[str]()
    for button in buttons(components):
        custom_id, label = button.get("custom_id"), button.get("label") or ""
        if len(label) > 80:
            raise too_long("components.0.components.0.label", 80)
        if custom_id is None:
            continue
        if not 1 <= len(custom_id) <= 100:
            raise bad_length("components.0.components.0.custom_id", 1, 100)
        if custom_id in seen:
            sentence = "Component custom id cannot be duplicated"
            raise invalid_form("components.0.components.0", "COMPONENT_CUSTOM_ID_DUPLICATED", sentence)
        seen.add(custom_id)


def check_layout(body: MessageBody, flags: MessageFlag) -> None:
    """Refuse a Components V2 message with plain content or embeds, or with more than it may hold.

    https://docs.discord.com/developers/components/reference
    """
    if MessageFlag.IS_COMPONENTS_V2 not in flags:
        return
    if body.content or body.embeds:
        sentence = "The 'content' and 'embeds' fields cannot be used when using MessageFlags.IS_COMPONENTS_V2"
        raise invalid_form("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", sentence)
    parts = list(_nested(body.components or []))
    if len(parts) > _MOST_COMPONENTS:
        raise bad_length("components", 1, _MOST_COMPONENTS)
    if sum(len(part.get("content") or "") for part in parts) > _MOST_TEXT:
        sentence = f"The cumulative size of the text of all components exceeds {_MOST_TEXT}"
        raise invalid_form("components", "COMPONENT_MAX_TOTAL_TEXT", sentence)


def _nested(components: Sequence[Json]) -> Iterator[Json]:
    for one in components:
        yield one
        yield from _nested(one.get("components") or [])


def buttons(components: Sequence[Json]) -> Iterator[Json]:
    """Everything that can be pressed or chosen in these components, however deeply nested."""
    return (one for one in _nested(components) if one.get("custom_id") is not None or one.get("type") == _BUTTON)
