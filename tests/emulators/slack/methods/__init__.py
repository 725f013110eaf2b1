"""The methods of the Web API, one file per family; `METHODS` is all that the emulator knows."""

from tests.emulators.slack.methods import around, chat, conversations, files, identity, streaming
from tests.emulators.slack.methods.context import AnyMethod

METHODS: dict[str, AnyMethod] = {
    method.name: method
    for family in (chat, streaming, conversations, files, identity, around)
    for method in family.METHODS
}
