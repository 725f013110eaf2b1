"""Messages through the bot's token, as the real discord.py writes and reads them."""

import io

import discord
import pytest

from tests.emulators.discord import DiscordEmulator, Limit, Limits, Permission, Terms
from tests.emulators.discord.conftest import Connect


async def test_a_message_is_posted_and_edited_and_its_history_is_kept(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        message = await client.channel(emulator.general.id).send("a")
        await client.message(message).edit(content="a b")

    (seen,) = emulator.visible(emulator.general.id)
    assert [text for _, text in seen.log] == ["a", "a b"]
    assert [call.status for call in emulator.calls if call.method in {"POST", "PATCH"}] == [200, 200]


async def test_the_library_waits_for_the_window_instead_of_running_into_429(connect: Connect) -> None:
    limits = Limits(edit=Limit(3, 0.2))
    async with DiscordEmulator(limits=limits) as emulator, connect(emulator) as client:
        message = await client.channel(emulator.general.id).send("0")
        partial = client.message(message)
        for number in range(1, 8):
            await partial.edit(content=str(number))

    (seen,) = emulator.visible(emulator.general.id)
    moments = [at for at, _ in seen.log][1:]
    assert emulator.throttled == 0
    assert moments[3] - moments[0] >= 0.2
    assert moments[6] - moments[3] >= 0.2


async def test_the_library_learns_from_the_headers_that_two_routes_share_a_bucket(connect: Connect) -> None:
    async with DiscordEmulator(limits=Limits(one_bucket=True)) as emulator, connect(emulator) as client:
        message = await client.channel(emulator.general.id).send("0")
        await client.message(message).edit(content="1")
        hashes = {client.http._bucket_hashes[name] for name in _routes_of_the_library()}

    assert len(hashes) == 1


async def test_without_the_intent_only_what_is_meant_for_the_bot_can_be_read(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        place, asker = emulator.general.id, emulator.asker
        own = await client.channel(place).send("mine")
        emulator.say(place, asker, "to nobody")
        emulator.mention(place, asker, "to you")
        emulator.reply(place, asker, own.id, "with ping")
        emulator.reply(place, asker, own.id, "without ping", ping=False)
        emulator.direct_message(asker, "in private")
        read = [(await client.heard.get()).content for _ in range(5)]
        listed = [message.content async for message in client.channel(place).history(oldest_first=True)]

    assert read == ["", f"{emulator.world.bot.mark} to you", "with ping", "", "in private"]
    assert listed == ["mine", "", f"{emulator.world.bot.mark} to you", "with ping", ""]


async def test_with_the_intent_everything_can_be_read(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator, content=True) as client:
        emulator.say(emulator.general.id, emulator.asker, "to nobody")
        heard = await client.heard.get()
        listed = [message.content async for message in client.channel(emulator.general.id).history()]

    assert (heard.content, listed) == ("to nobody", ["to nobody"])


async def test_an_edit_without_allowed_mentions_is_parsed_anew(connect: Connect) -> None:
    quiet = discord.AllowedMentions.none()
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        mark = emulator.asker.mark
        channel = client.channel(emulator.general.id)
        message = await channel.send(f"{mark} @everyone", allowed_mentions=quiet)
        seen = emulator.message(message.id)
        assert seen.pings == set()
        await client.message(message).edit(content=f"{mark} @everyone!")

    assert seen.pings == {mark, "@everyone"}


async def test_a_client_that_allows_no_mentions_pings_nobody_in_any_write(connect: Connect) -> None:
    quiet = discord.AllowedMentions.none()
    async with DiscordEmulator() as emulator, connect(emulator, allowed_mentions=quiet) as client:
        question = emulator.mention(emulator.general.id, emulator.asker, "hello")
        heard = await client.heard.get()
        answer = await heard.reply(f"{emulator.asker.mark} @here")
        await client.message(answer).edit(content=f"{emulator.asker.mark} @here!")

    seen = emulator.message(answer.id)
    assert (seen.reply_to, seen.pings) == (question, set())


async def test_suppressed_embeds_stay_suppressed_only_if_an_edit_sends_no_flags(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        channel = client.channel(emulator.general.id)
        message = await channel.send("https://a.example", suppress_embeds=True)
        seen = emulator.message(message.id)
        await client.message(message).edit(content="https://b.example")
        assert seen.unfurled == ()
        await message.edit(content="https://c.example")  # `Message.edit` sends flags with the bit cleared

    assert seen.unfurled == ("https://c.example",)


async def test_a_nonce_that_was_used_gives_the_same_message_again(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        channel = client.channel(emulator.general.id)
        first = await channel.send("once", nonce="n1")
        again = await channel.send("once", nonce="n1")

    assert first.id == again.id
    assert len(emulator.visible(emulator.general.id)) == 1


async def test_a_reply_to_a_deleted_message_fails_unless_told_otherwise(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        question = emulator.mention(emulator.general.id, emulator.asker, "hello")
        emulator.delete(question.id)
        channel = client.channel(emulator.general.id)
        target = discord.MessageReference(message_id=question.id, channel_id=emulator.general.id)
        with pytest.raises(discord.HTTPException, match="Unknown message") as caught:
            await channel.send("answer", reference=target)
        target = discord.MessageReference(
            message_id=question.id, channel_id=emulator.general.id, fail_if_not_exists=False
        )
        await channel.send("answer", reference=target)

    assert caught.value.code == 50035
    assert [message.content for message in emulator.visible(emulator.general.id)] == ["answer"]


async def test_files_arrive_and_can_be_read_back(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        file = discord.File(io.BytesIO(b"# the rest"), filename="answer.md")
        message = await client.channel(emulator.general.id).send("see below", file=file)
        assert await message.attachments[0].read() == b"# the rest"

    (seen,) = emulator.visible(emulator.general.id)
    assert [(one.filename, one.content) for one in seen.attachments] == [("answer.md", b"# the rest")]


async def test_an_edit_may_add_a_file_and_keeps_the_text(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        message = await client.channel(emulator.general.id).send("text")
        await client.message(message).edit(attachments=[discord.File(io.BytesIO(b"x"), filename="a.md")])

    seen = emulator.message(message.id)
    assert (seen.content, [file.filename for file in seen.attachments]) == ("text", ["a.md"])


async def test_the_library_hears_of_edits_and_deletions_by_people(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        question = emulator.mention(emulator.general.id, emulator.asker, "helo")
        await client.heard.get()
        emulator.edit(question.id, f"{emulator.world.bot.mark} hello")
        assert (await client.changed.get()).message.content.endswith("hello")
        emulator.delete(question.id)
        await emulator.until(lambda: emulator.world.events[-1].name == "MESSAGE_DELETE")
        emulator.direct_message(emulator.asker, "and now?")
        await client.heard.get()

        assert client.events.index("MESSAGE_UPDATE") < client.events.index("MESSAGE_DELETE")


async def test_an_event_can_come_twice(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        emulator.mention(emulator.general.id, emulator.asker, "hello")
        emulator.repeat("MESSAGE_CREATE")
        first, second = await client.heard.get(), await client.heard.get()

    assert first.id == second.id


async def test_edits_of_old_messages_have_a_budget_that_no_header_tells(connect: Connect) -> None:
    limits, terms = Limits(old_edits=Limit(1, 0.3)), Terms(old_after=0.0)
    async with DiscordEmulator(limits=limits, terms=terms) as emulator, connect(emulator) as client:
        channel = client.channel(emulator.general.id)
        message = await channel.send("old")
        for text in ("once", "twice"):
            await client.message(message).edit(content=text)

    # The library waits as the body of the 429 says, and tries again.
    assert [call.status for call in emulator.calls if call.method == "PATCH"] == [200, 429, 200]
    assert emulator.message(message.id).content == "twice"


async def test_a_bot_without_the_permission_sees_it_and_is_refused(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        emulator.deny(emulator.general.id, Permission.SEND_MESSAGES)
        emulator.mention(emulator.general.id, emulator.asker, "hello")
        heard = await client.heard.get()
        assert heard.guild is not None
        assert isinstance(heard.channel, discord.TextChannel)
        assert not heard.channel.permissions_for(heard.guild.me).send_messages
        with pytest.raises(discord.Forbidden) as caught:
            await heard.channel.send("answer")

    assert caught.value.code == 50013


async def test_typing_is_recorded(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        await client.channel(emulator.general.id).typing()

    assert [channel for _, channel in emulator.world.typing] == [emulator.general]


def _routes_of_the_library() -> tuple[str, str]:
    return "POST /channels/{channel_id}/messages", "PATCH /channels/{channel_id}/messages/{message_id}"
