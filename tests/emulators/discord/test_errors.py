"""Every refusal as it comes over the wire: status, code, shape, and headers."""

import pytest

from tests.emulators.discord import DiscordEmulator, Limit, Limits, Permission, Terms
from tests.emulators.discord.conftest import Plainly


async def test_a_wrong_token_is_refused(plain: Plainly) -> None:
    async with DiscordEmulator() as emulator:
        reply = await plain(emulator)("GET", "/users/@me", token="wrong")

    assert (reply.status, reply.json) == (401, {"message": "401: Unauthorized", "code": 0})


async def test_what_does_not_exist_is_named(plain: Plainly) -> None:
    async with DiscordEmulator() as emulator:
        ask = plain(emulator)
        place = emulator.general.id
        assert (await ask("GET", "/channels/1")).code == (404, 10003)
        assert (await ask("PATCH", f"/channels/{place}/messages/1", {"content": "x"})).code == (404, 10008)
        assert (await ask("GET", "/guilds/1")).code == (404, 10004)
        assert (await ask("GET", "/users/1")).code == (404, 10013)
        assert (await ask("GET", "/no/such/route")).code == (404, 0)
        assert (await ask("GET", "/channels/general")).code == (400, 50035)
        assert (await ask("POST", "/webhooks/1/token", {"content": "x"})).code == (404, 10015)
        assert (await ask("POST", "/interactions/1/token/callback", {"type": 5})).code == (404, 10062)


async def test_messages_that_cannot_be_are_refused(plain: Plainly) -> None:
    async with DiscordEmulator(terms=Terms(blocked_words=("forbidden",))) as emulator:
        ask = plain(emulator)
        assert (await ask.post("")).code == (400, 50006)
        assert (await ask.post("x" * 2001)).code == (400, 50035)
        assert (await ask.post("a Forbidden word")).code == (400, 200000)
        first = await ask.post("fine")
        assert (await ask.edit(first.json["id"], "a forbidden word")).code == (400, 200000)
        assert (await ask.edit(first.json["id"], "")).code == (400, 50006)

    assert emulator.message(first.json["id"]).content == "fine"


async def test_a_body_of_the_wrong_shape_is_refused_by_field(plain: Plainly) -> None:
    async with DiscordEmulator() as emulator:
        reply = await plain(emulator)("POST", f"/channels/{emulator.general.id}/messages", {"content": 7})

    assert reply.code == (400, 50035)
    assert "content" in reply.json["errors"]


async def test_the_message_of_somebody_else_cannot_be_edited(plain: Plainly) -> None:
    async with DiscordEmulator() as emulator:
        said = emulator.say(emulator.general.id, emulator.asker, "mine")
        assert (await plain(emulator).edit(said)).code == (403, 50005)


@pytest.mark.parametrize(
    ("denied", "code"),
    [(Permission.VIEW_CHANNEL, 50001), (Permission.SEND_MESSAGES, 50013), (Permission.READ_MESSAGE_HISTORY, 160002)],
)
async def test_a_missing_permission_has_its_code(plain: Plainly, denied: Permission, code: int) -> None:
    async with DiscordEmulator() as emulator:
        question = emulator.say(emulator.general.id, emulator.asker, "hello")
        emulator.deny(emulator.general.id, denied)
        reply = await plain(emulator).post("a", message_reference={"message_id": str(question.id)})

    assert reply.code == (403, code)


async def test_somebody_who_takes_no_messages_cannot_be_written_to(plain: Plainly) -> None:
    async with DiscordEmulator() as emulator:
        place = emulator.direct_message(emulator.asker, "hello").channel
        emulator.asker.accepts_messages = False
        assert (await plain(emulator).post("a", place)).code == (403, 50007)


async def test_a_deleted_message_cannot_be_edited(plain: Plainly) -> None:
    async with DiscordEmulator() as emulator:
        ask = plain(emulator)
        posted = await ask.post()
        emulator.delete(posted.json["id"])
        assert (await ask.edit(posted.json["id"])).code == (404, 10008)


async def test_over_the_limit_comes_a_429_that_tells_when_to_come_back(plain: Plainly) -> None:
    async with DiscordEmulator(limits=Limits(edit=Limit(2, 0.5))) as emulator:
        ask = plain(emulator)
        message = (await ask.post()).json["id"]
        replies = [await ask.edit(message, str(number)) for number in range(3)]
        refused = replies[-1]
        await emulator.world.clock.sleep(refused.json["retry_after"])
        after = await ask.edit(message, "at last")

    assert [reply.status for reply in replies] == [200, 200, 429]
    assert [reply.headers["X-RateLimit-Remaining"] for reply in replies] == ["1", "0", "0"]
    assert {reply.headers["X-RateLimit-Limit"] for reply in replies} == {"2"}
    assert len({reply.headers["X-RateLimit-Bucket"] for reply in replies}) == 1
    assert 0 < refused.json["retry_after"] <= 0.5
    assert refused.json["global"] is False
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["X-RateLimit-Scope"] == "user"
    assert {"Via", "X-RateLimit-Reset", "X-RateLimit-Reset-After"} <= refused.headers.keys()
    assert after.status == 200
    assert emulator.throttled == 1
    assert emulator.message(message).content == "at last"


async def test_each_channel_has_a_bucket_of_its_own(plain: Plainly) -> None:
    async with DiscordEmulator(limits=Limits(post=Limit(1, 60.0))) as emulator:
        ask = plain(emulator)
        replies = [await ask.post("a", place) for place in (emulator.general, emulator.other, emulator.general)]

    assert [reply.status for reply in replies] == [200, 200, 429]


async def test_the_limit_of_the_whole_bot_is_told_as_global(plain: Plainly) -> None:
    async with DiscordEmulator(limits=Limits(everything=Limit(1, 60.0))) as emulator:
        ask = plain(emulator)
        await ask.post()
        refused = await ask("GET", "/users/@me")

    assert refused.json["global"] is True
    assert (refused.headers["X-RateLimit-Global"], refused.headers["X-RateLimit-Scope"]) == ("true", "global")


async def test_an_old_message_takes_few_edits_and_says_so_by_a_code(plain: Plainly) -> None:
    limits, terms = Limits(old_edits=Limit(1, 60.0)), Terms(old_after=0.0)
    async with DiscordEmulator(limits=limits, terms=terms) as emulator:
        ask = plain(emulator)
        message = (await ask.post()).json["id"]
        replies = [await ask.edit(message) for _ in range(2)]

    assert replies[1].code == (429, 30046)
    assert replies[1].headers["X-RateLimit-Remaining"] == "4"


async def test_too_many_invalid_requests_end_in_a_ban_by_cloudflare(plain: Plainly) -> None:
    async with DiscordEmulator(limits=Limits(invalid_requests=Limit(2, 60.0))) as emulator:
        ask = plain(emulator)
        for _ in range(2):
            await ask("GET", "/users/@me", token="wrong")
        banned = await ask("GET", "/users/@me")

    assert banned.status == 429
    assert "Via" not in banned.headers
    assert isinstance(banned.json, str)


async def test_new_commands_are_counted_and_kept_names_are_not(plain: Plainly) -> None:
    async with DiscordEmulator(limits=Limits(command_creates=Limit(2, 60.0))) as emulator:
        ask = plain(emulator)
        path = f"/applications/{emulator.world.bot.id}/commands"
        both = [{"name": "ask", "description": "Ask"}, {"name": "help", "description": "Help"}]
        first = await ask("PUT", path, both)
        again = await ask("PUT", path, [both[0] | {"description": "Ask me"}, both[1]])
        refused = await ask("POST", path, {"name": "more", "description": "More"})

    assert [one["id"] for one in first.json] == [one["id"] for one in again.json]
    assert again.json[0]["description"] == "Ask me"
    assert refused.code == (429, 30034)
    assert 0 < refused.json["retry_after"] <= 60


async def test_commands_of_a_guild_and_global_ones_are_kept_apart(plain: Plainly) -> None:
    async with DiscordEmulator() as emulator:
        ask = plain(emulator)
        path = f"/applications/{emulator.world.bot.id}"
        body = {"name": "ask", "description": "Ask"}
        await ask("POST", f"{path}/guilds/{emulator.guild.id}/commands", body)
        in_guild = await ask("GET", f"{path}/guilds/{emulator.guild.id}/commands")
        everywhere = await ask("GET", f"{path}/commands")
        bad = await ask("POST", f"{path}/commands", {"name": "Ask Me", "description": "Ask"})
        gone = await ask("DELETE", f"{path}/guilds/{emulator.guild.id}/commands/{in_guild.json[0]['id']}")
        after = await ask("GET", f"{path}/guilds/{emulator.guild.id}/commands")

    assert [one["name"] for one in in_guild.json] == ["ask"]
    assert (everywhere.json, gone.status, after.json) == ([], 204, [])
    assert bad.code == (400, 50035)
