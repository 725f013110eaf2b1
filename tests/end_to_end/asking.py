"""Finds the bot's answers to what was asked in the emulated chats, and waits until they are whole."""

from tests.emulators.discord import DiscordEmulator
from tests.emulators.discord import Message as DiscordMessage
from tests.emulators.discord.world.world import Interaction
from tests.emulators.perplexity import Asked, PerplexityEmulator
from tests.emulators.slack import Message, SlackEmulator
from tests.end_to_end.process import eventually
from tests.end_to_end.reading import Answer, in_discord, in_slack


def slack_answers(slack: SlackEmulator, asked: Message) -> list[Answer]:
    """What stands of the bot in a thread after a question, message by message."""
    return [
        in_slack(each) for each in slack.answers(asked) if float(each.ts) > float(asked.ts) and each.deleted_at is None
    ]


async def slack_answer(slack: SlackEmulator, asked: Message, seconds: float = 30.0) -> Answer:
    """The one message that answers a question, as soon as it has its footer."""
    await eventually(lambda: any(each.complete for each in slack_answers(slack, asked)), seconds)
    (answer,) = slack_answers(slack, asked)
    return answer


def discord_answers(discord: DiscordEmulator, asked: DiscordMessage | Interaction) -> list[DiscordMessage]:
    """What stands of the bot in reply to a message or to a command, message by message."""
    return [each for each in discord.answers(asked.channel.id) if _answers(each, asked)]


async def discord_answer(
    discord: DiscordEmulator, asked: DiscordMessage | Interaction, seconds: float = 30.0
) -> DiscordMessage:
    """The one message that answers a question, as soon as it has its footer."""
    await eventually(lambda: any(in_discord(each).complete for each in discord_answers(discord, asked)), seconds)
    (answer,) = discord_answers(discord, asked)
    return answer


async def ask(discord: DiscordEmulator, question: str) -> Interaction:
    """Use `/ask` in the general channel, as soon as it is registered."""
    await eventually(lambda: discord.world.commands.commands)
    return discord.slash(discord.general.id, discord.asker, "ask", {"question": question})


def heard(perplexity: PerplexityEmulator, question: str) -> Asked:
    """What the engine was asked when this was the question."""
    (asked,) = (each for each in perplexity.requests if question in each.question)
    return asked


def _answers(message: DiscordMessage, asked: DiscordMessage | Interaction) -> bool:
    if isinstance(asked, Interaction):
        return message.origin is not None and message.origin.id == asked.id
    return message.reply_to is asked
