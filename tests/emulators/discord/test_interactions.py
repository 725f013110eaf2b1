"""Slash commands and buttons, as the real `app_commands.CommandTree` answers them."""

import asyncio
from collections.abc import Callable
from typing import Any

import discord
import pytest
from discord import app_commands

from tests.emulators.discord import DiscordEmulator, Limit, Limits, MessageFlag, Terms
from tests.emulators.discord.conftest import Connect, Listener

Prepare = Callable[[Listener], None]
Heard = asyncio.Queue["discord.Interaction[Any]"]


def asking(heard: Heard) -> Prepare:
    """Add a command `/ask question:` that hands its interactions out."""

    def prepare(client: Listener) -> None:
        @client.tree.command(name="ask", description="Ask a question")
        async def ask(interaction: discord.Interaction[Any], question: str) -> None:
            interaction.extras["question"] = question
            heard.put_nowait(interaction)

    return prepare


async def asked(emulator: DiscordEmulator, client: Listener, heard: Heard) -> "discord.Interaction[Any]":
    await client.tree.sync()
    emulator.slash(emulator.general.id, emulator.asker, "ask", {"question": "why?"})
    return await heard.get()


async def test_a_command_tree_syncs_and_answers(connect: Connect) -> None:
    heard = Heard()
    async with DiscordEmulator() as emulator, connect(emulator, prepare=asking(heard)) as client:
        interaction = await asked(emulator, client, heard)
        assert interaction.extras["question"] == "why?"
        assert isinstance(interaction.channel, discord.TextChannel)
        told = await interaction.response.send_message("Searching", suppress_embeds=True)

    (seen,) = emulator.visible(emulator.general.id)
    assert told.message_id == seen.id
    assert (seen.content, seen.flags) == ("Searching", MessageFlag.SUPPRESS_EMBEDS)


async def test_edits_land_through_the_token_and_through_the_channel(connect: Connect) -> None:
    heard = Heard()
    async with DiscordEmulator() as emulator, connect(emulator, prepare=asking(heard)) as client:
        interaction = await asked(emulator, client, heard)
        told = await interaction.response.send_message("a", suppress_embeds=True)
        await interaction.edit_original_response(content="a b https://a.example")
        assert told.message_id is not None
        await client.channel(emulator.general.id).get_partial_message(told.message_id).edit(content="a b c")

    (seen,) = emulator.visible(emulator.general.id)
    assert [text for _, text in seen.log] == ["a", "a b https://a.example", "a b c"]
    assert [version.unfurled for version in seen.versions] == [(), (), ()]


async def test_a_dead_token_is_refused_and_the_channel_route_still_works(connect: Connect) -> None:
    heard = Heard()
    terms = Terms(interaction_life=0.1)
    async with DiscordEmulator(terms=terms) as emulator, connect(emulator, prepare=asking(heard)) as client:
        interaction = await asked(emulator, client, heard)
        told = await interaction.response.send_message("a")
        await emulator.world.clock.sleep(0.15)
        with pytest.raises(discord.HTTPException) as caught:
            await interaction.edit_original_response(content="a b")
        assert told.message_id is not None
        await client.channel(emulator.general.id).get_partial_message(told.message_id).edit(content="a c")

    assert (caught.value.status, caught.value.code) == (401, 50027)
    (seen,) = emulator.visible(emulator.general.id)
    assert seen.content == "a c"


async def test_an_answer_that_comes_too_late_is_refused(connect: Connect) -> None:
    heard = Heard()
    terms = Terms(interaction_deadline=0.02)
    async with DiscordEmulator(terms=terms) as emulator, connect(emulator, prepare=asking(heard)) as client:
        interaction = await asked(emulator, client, heard)
        await emulator.world.clock.sleep(0.05)
        with pytest.raises(discord.NotFound) as caught:
            await interaction.response.defer()

    assert caught.value.code == 10062


async def test_a_deferred_answer_is_filled_by_the_first_follow_up(connect: Connect) -> None:
    heard = Heard()
    async with DiscordEmulator() as emulator, connect(emulator, prepare=asking(heard)) as client:
        interaction = await asked(emulator, client, heard)
        told = await interaction.response.defer()
        assert told is not None
        assert told.is_thinking()
        await interaction.followup.send("first")
        await interaction.followup.send("second")

    seen = emulator.visible(emulator.general.id)
    assert [message.content for message in seen] == ["first", "second"]
    assert MessageFlag.LOADING not in seen[0].flags


async def test_follow_ups_are_edited_read_and_deleted_through_the_token(connect: Connect) -> None:
    heard = Heard()
    limits = Limits(interaction=Limit(50, 2.0))
    async with DiscordEmulator(limits=limits) as emulator, connect(emulator, prepare=asking(heard)) as client:
        interaction = await asked(emulator, client, heard)
        await interaction.response.send_message("first")
        more = await interaction.followup.send("more", wait=True)
        await more.edit(content="more of it")
        assert (await interaction.original_response()).content == "first"
        await interaction.delete_original_response()
        with pytest.raises(discord.NotFound):
            await interaction.edit_original_response(content="x")

    assert [message.content for message in emulator.visible(emulator.general.id)] == ["more of it"]


async def test_an_answer_in_a_thread_that_was_archived_meanwhile_is_refused(connect: Connect) -> None:
    heard = Heard()
    async with DiscordEmulator() as emulator, connect(emulator, prepare=asking(heard)) as client:
        await client.tree.sync()
        thread = emulator.open_thread(emulator.general.id, emulator.asker, "a topic")
        emulator.slash(thread.id, emulator.asker, "ask", {"question": "why?"})
        interaction = await heard.get()
        assert isinstance(interaction.channel, discord.Thread)
        await interaction.response.send_message("a")
        emulator.archive(thread.id)
        with pytest.raises(discord.Forbidden) as caught:
            await interaction.edit_original_response(content="a b")

    assert caught.value.code == 50083


async def test_an_ephemeral_answer_is_seen_by_the_asker_alone_and_not_by_the_channel_route(connect: Connect) -> None:
    heard = Heard()
    async with DiscordEmulator() as emulator, connect(emulator, prepare=asking(heard)) as client:
        interaction = await asked(emulator, client, heard)
        told = await interaction.response.send_message("psst", ephemeral=True)
        assert told.message_id is not None
        with pytest.raises(discord.NotFound) as caught:
            await client.channel(emulator.general.id).get_partial_message(told.message_id).edit(content="x")
        await interaction.edit_original_response(content="psst!")

    assert caught.value.code == 10008
    assert emulator.visible(emulator.general.id) == []
    assert emulator.visible(emulator.general.id, emulator.reader) == []
    assert [one.content for one in emulator.visible(emulator.general.id, emulator.asker)] == ["psst!"]


async def test_the_library_waits_for_the_window_of_a_token(connect: Connect) -> None:
    heard = Heard()
    limits = Limits(interaction=Limit(2, 0.2))
    async with DiscordEmulator(limits=limits) as emulator, connect(emulator, prepare=asking(heard)) as client:
        interaction = await asked(emulator, client, heard)
        await interaction.response.send_message("0")
        for number in range(1, 6):
            await interaction.edit_original_response(content=str(number))

    (seen,) = emulator.visible(emulator.general.id)
    moments = [at for at, _ in seen.log][1:]
    assert emulator.throttled == 0
    assert moments[2] - moments[0] >= 0.2
    assert moments[4] - moments[2] >= 0.2


async def test_the_hidden_cap_of_a_channel_is_met_as_a_shared_429(connect: Connect) -> None:
    heard = Heard()
    limits = Limits(interactions_per_channel=Limit(1, 0.3))
    async with DiscordEmulator(limits=limits) as emulator, connect(emulator, prepare=asking(heard)) as client:
        interaction = await asked(emulator, client, heard)
        await interaction.response.send_message("0")
        await interaction.edit_original_response(content="1")
        await interaction.edit_original_response(content="2")

    assert emulator.throttled == 1
    assert emulator.api.invalid.used == 0


async def test_answers_do_not_draw_on_the_global_limit(connect: Connect) -> None:
    heard = Heard()
    async with DiscordEmulator() as emulator, connect(emulator, prepare=asking(heard)) as client:
        interaction = await asked(emulator, client, heard)
        before = emulator.api.buckets.windows["everything", ""].used
        await interaction.response.send_message("0")
        await interaction.edit_original_response(content="1")

        assert emulator.api.buckets.windows["everything", ""].used == before


async def test_an_answer_pings_users_only_by_default(connect: Connect) -> None:
    heard = Heard()
    async with DiscordEmulator() as emulator, connect(emulator, prepare=asking(heard)) as client:
        interaction = await asked(emulator, client, heard)
        await interaction.response.send_message(f"@everyone {emulator.reader.mark}")

    (seen,) = emulator.visible(emulator.general.id)
    assert seen.pings == {emulator.reader.mark}


async def test_a_reply_to_an_answer_hides_its_words_from_a_bot_without_the_intent(connect: Connect) -> None:
    heard = Heard()
    async with DiscordEmulator() as emulator, connect(emulator, prepare=asking(heard)) as client:
        interaction = await asked(emulator, client, heard)
        told = await interaction.response.send_message("answer")
        assert told.message_id is not None
        emulator.reply(emulator.general.id, emulator.asker, told.message_id, "and why?")
        message = await client.heard.get()

    assert message.content == ""
    assert message.reference is not None
    assert isinstance(message.reference.resolved, discord.Message)
    assert message.reference.resolved.content == "answer"


async def test_a_button_can_be_pressed(connect: Connect) -> None:
    pressed = asyncio.Queue[str]()

    class Again(discord.ui.View):
        @discord.ui.button(label="Again", custom_id="again:1")
        async def again(self, interaction: discord.Interaction[Any], _: discord.ui.Button[Any]) -> None:
            await interaction.response.edit_message(content="pressed", view=None)
            await interaction.followup.send("done")
            pressed.put_nowait(interaction.user.name)

    async with DiscordEmulator() as emulator, connect(emulator) as client:
        message = await client.channel(emulator.general.id).send("press", view=Again(timeout=None))
        emulator.button(emulator.reader, message.id, "again:1")
        assert await pressed.get() == "reader"
        with pytest.raises(AssertionError, match="shows nothing"):
            emulator.button(emulator.reader, message.id, "again:1")

    assert [one.content for one in emulator.visible(emulator.general.id)] == ["pressed", "done"]
    assert all(one.pings == set() for one in emulator.visible(emulator.general.id))


async def test_a_message_command_carries_the_words_without_the_intent(connect: Connect) -> None:
    read = asyncio.Queue[str]()

    def prepare(client: Listener) -> None:
        @client.tree.context_menu(name="Ask about this")
        async def about(interaction: discord.Interaction[Any], message: discord.Message) -> None:
            await interaction.response.send_message("yes")
            read.put_nowait(message.content)

    async with DiscordEmulator() as emulator, connect(emulator, prepare=prepare) as client:
        await client.tree.sync()
        said = emulator.say(emulator.general.id, emulator.asker, "hidden words")
        emulator.message_command(emulator.general.id, emulator.reader, "Ask about this", said.id)

        assert await read.get() == "hidden words"


async def test_a_command_works_in_private_too(connect: Connect) -> None:
    heard = Heard()
    async with DiscordEmulator() as emulator, connect(emulator, prepare=asking(heard)) as client:
        await client.tree.sync()
        place = emulator.world.direct_channel(emulator.asker)
        emulator.slash(place.id, emulator.asker, "ask", {"question": "why?"})
        interaction = await heard.get()
        await interaction.response.send_message("because")

    assert interaction.user.name == "asker"
    assert [message.content for message in emulator.visible(place.id)] == ["because"]


async def test_only_registered_commands_with_all_their_options_can_be_run(connect: Connect) -> None:
    heard = Heard()
    async with DiscordEmulator() as emulator, connect(emulator, prepare=asking(heard)) as client:
        with pytest.raises(AssertionError, match="not registered"):
            emulator.slash(emulator.general.id, emulator.asker, "ask", {"question": "why?"})
        await client.tree.sync()
        with pytest.raises(AssertionError, match="left out"):
            emulator.slash(emulator.general.id, emulator.asker, "ask", {})


async def test_a_subcommand_is_named_by_its_path(connect: Connect) -> None:
    ran = asyncio.Queue[str]()

    def prepare(client: Listener) -> None:
        group = app_commands.Group(name="history", description="What I remember")

        @group.command(name="forget", description="Forget it")
        async def forget(interaction: discord.Interaction[Any], what: str) -> None:
            ran.put_nowait(what)
            await interaction.response.send_message("gone")

        client.tree.add_command(group)

    async with DiscordEmulator() as emulator, connect(emulator, prepare=prepare) as client:
        await client.tree.sync(guild=None)
        emulator.slash(emulator.general.id, emulator.asker, "history forget", {"what": "all"})

        assert await ran.get() == "all"
        await emulator.until(lambda: emulator.answers(emulator.general.id))


async def test_syncing_what_is_there_already_creates_nothing(connect: Connect) -> None:
    heard = Heard()
    async with DiscordEmulator() as emulator, connect(emulator, prepare=asking(heard)) as client:
        first = await client.tree.sync()
        again = await client.tree.sync()

        assert [one.id for one in first] == [one.id for one in again]
        assert emulator.world.commands.created == 1


async def test_a_command_that_discord_refuses_is_named_in_the_error(connect: Connect) -> None:
    def prepare(client: Listener) -> None:
        @client.tree.command(name="ask", description="Ask")
        async def ask(interaction: discord.Interaction[Any]) -> None: ...

        ask.description = "x" * 101

    async with DiscordEmulator() as emulator, connect(emulator, prepare=prepare) as client:
        with pytest.raises(app_commands.CommandSyncFailure, match="description"):
            await client.tree.sync()
