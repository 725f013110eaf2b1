"""Threads, as the real discord.py opens them and as moderators close them."""

import asyncio
from typing import Any

import discord

from tests.emulators.discord import DiscordEmulator, Permission
from tests.emulators.discord.conftest import Connect, Plainly


async def test_a_thread_is_opened_from_a_question_and_takes_its_id(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        question = emulator.mention(emulator.general.id, emulator.asker, "hello")
        heard = await client.heard.get()
        thread = await heard.create_thread(name="hello")
        await thread.send("answer")

    assert thread.id == question.id
    assert [message.content for message in emulator.answers(thread.id)] == ["answer"]
    assert emulator.message(question.id).thread is emulator.place(thread.id)


async def test_a_question_inside_a_thread_arrives_with_its_thread(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        thread = emulator.open_thread(emulator.general.id, emulator.asker, "a topic")
        emulator.mention(thread.id, emulator.asker, "and here?")
        while "and here?" not in (heard := await client.heard.get()).content:
            pass

    assert isinstance(heard.channel, discord.Thread)
    assert (heard.channel.name, heard.channel.parent_id) == ("a topic", emulator.general.id)


async def test_a_message_has_one_thread(plain: Plainly) -> None:
    async with DiscordEmulator() as emulator:
        ask = plain(emulator)
        question = emulator.mention(emulator.general.id, emulator.asker, "hello")
        path = f"/channels/{emulator.general.id}/messages/{question.id}/threads"
        assert (await ask("POST", path, {"name": "one"})).status == 201
        assert (await ask("POST", path, {"name": "two"})).code == (400, 160004)
        assert (await ask("POST", path, {"name": ""})).code == (400, 50035)


async def test_opening_a_thread_needs_a_permission_and_so_does_writing_in_it(plain: Plainly) -> None:
    async with DiscordEmulator() as emulator:
        ask = plain(emulator)
        thread = emulator.open_thread(emulator.general.id, emulator.asker, "a topic")
        emulator.deny(emulator.general.id, Permission.SEND_MESSAGES)
        assert (await ask.post("a", thread)).status == 200  # SEND_MESSAGES has no effect in threads
        emulator.deny(emulator.general.id, Permission.SEND_MESSAGES_IN_THREADS, Permission.CREATE_PUBLIC_THREADS)
        assert (await ask.post("a", thread)).code == (403, 50013)
        assert (await ask("POST", f"/channels/{emulator.general.id}/threads", {"name": "x"})).code == (403, 50013)


async def test_an_archived_thread_refuses_edits_and_a_new_message_opens_it(plain: Plainly) -> None:
    async with DiscordEmulator() as emulator:
        ask = plain(emulator)
        thread = emulator.open_thread(emulator.general.id, emulator.asker, "a topic")
        message = (await ask.post("a", thread)).json["id"]
        emulator.archive(thread.id)
        assert (await ask.edit(message)).code == (400, 50083)
        assert (await ask.post("b", thread)).status == 200
        assert (await ask.edit(message)).status == 200


async def test_a_locked_thread_refuses_new_messages(plain: Plainly) -> None:
    async with DiscordEmulator() as emulator:
        ask = plain(emulator)
        thread = emulator.open_thread(emulator.general.id, emulator.asker, "a topic")
        emulator.archive(thread.id, locked=True)
        assert (await ask.post("a", thread)).code == (403, 160005)
        emulator.guild.permissions |= Permission.MANAGE_THREADS
        assert (await ask.post("a", thread)).status == 200


async def test_the_library_hears_that_a_thread_was_archived(connect: Connect) -> None:
    archived = asyncio.Queue[bool]()

    def listen(client: discord.Client) -> None:
        async def on_thread_update(_: discord.Thread, after: discord.Thread) -> None:
            archived.put_nowait(after.archived)

        client.event(on_thread_update)

    async with DiscordEmulator() as emulator, connect(emulator, prepare=listen):
        thread = emulator.open_thread(emulator.general.id, emulator.asker, "a topic")
        emulator.archive(thread.id)

        assert await archived.get() is True


async def test_the_bot_may_archive_a_thread_of_its_own(connect: Connect) -> None:
    async with DiscordEmulator() as emulator, connect(emulator) as client:
        channel: Any = await client.fetch_channel(emulator.general.id)
        thread = await channel.create_thread(name="mine", type=discord.ChannelType.public_thread)
        await thread.edit(archived=True)

    state = emulator.place(thread.id).thread
    assert state is not None
    assert state.archived
