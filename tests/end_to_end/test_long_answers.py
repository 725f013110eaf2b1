"""An answer of more than MAX_PAGES messages: its rest is a file below the last one, and no word is missing."""

import re
from pathlib import Path

from tests.emulators.discord import DiscordEmulator
from tests.emulators.perplexity import PerplexityEmulator, Script
from tests.emulators.slack import SlackEmulator
from tests.end_to_end.process import eventually, running

WORDS = [f"w{number}" for number in range(1, 4501)]
LONG = Script(words=len(WORDS), words_per_second=0, first_word_delay=0)


def words(text: str) -> list[str]:
    return re.findall(r"\bw\d+\b", text)


async def test_the_rest_of_a_long_answer_is_a_file_below_its_last_message(
    discord: DiscordEmulator, slack: SlackEmulator, perplexity: PerplexityEmulator, tmp_path: Path
) -> None:
    perplexity.scripts = LONG
    settings = slack.settings() | discord.settings() | perplexity.settings() | {"MAX_PAGES": "1"}
    async with running(tmp_path, settings) as bot:
        discord.mention(discord.general.id, discord.asker, "Everything?")
        asked = slack.people.mention(slack.channel, slack.user, "Everything?")
        await eventually(lambda: bot.log.count("answer ended") == 2)

    (page, below), (posted, shared) = discord.answers(discord.general.id), slack.answers(asked)
    in_channel, in_thread = below.attachments[0], shared.files[0]
    assert in_channel.filename == in_thread.name == "answer.md"
    for shown, rest in ((page.content, in_channel.content), (posted.shown, in_thread.content or b"")):
        assert "The answer goes on in the attached file." in shown
        assert words(f"{shown}\n{rest.decode()}") == WORDS
    assert bot.log.count("state=delivered") == 2
