"""A message of the emulated workspace, with everything that it ever showed and when."""

from dataclasses import dataclass, field

from tests.emulators.slack.rules.blocks import readable
from tests.emulators.slack.rules.content import Shape
from tests.emulators.slack.rules.rejection import Json
from tests.emulators.slack.rules.streams import Stream

TOMBSTONE = "This message was deleted."


@dataclass(frozen=True, slots=True)
class Version:
    """This is what a message showed from `time` (monotonic seconds) on; to one user alone if `only_for` is set."""

    time: float
    text: str
    blocks: list[Json]
    only_for: str = ""

    @property
    def shown(self) -> str:
        """What a reader reads: the blocks where there are any, else the text."""
        return readable(self.blocks) if self.blocks else self.text


@dataclass(slots=True)
class File:
    """This is a file of `length` bytes; it is nowhere to be seen until it was uploaded (`content`) and `shared`."""

    id: str
    name: str
    length: int
    title: str = ""
    content: bytes | None = None
    shared: bool = False


@dataclass(slots=True)
class Message:
    """This is one message; `ts` names it within its channel, `thread_ts` is "" outside threads.

    `unfurl_links` and `unfurl_media` are as the post said them; None means it said nothing, and then Slack unfurls.
    `edited` names the user and the ts behind the "(edited)" that readers see.
    """

    channel_id: str
    team_id: str
    ts: str
    versions: list[Version]
    user: str = ""
    thread_ts: str = ""
    subtype: str = ""
    bot_id: str = ""
    app_id: str = ""
    username: str = ""
    client_msg_id: str = ""
    inviter: str = ""
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None
    metadata: Json | None = None
    edited: tuple[str, str] | None = None
    deleted_at: float | None = None
    stream: Stream | None = None
    files: list[File] = field(default_factory=list[File])
    reactions: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    @property
    def text(self) -> str:
        """The text argument last set; a notification, where there are blocks."""
        return self.versions[-1].text

    @property
    def blocks(self) -> list[Json]:
        """The blocks last set."""
        return self.versions[-1].blocks

    @property
    def shape(self) -> Shape:
        """Text and blocks together."""
        return Shape(self.text, self.blocks)

    @property
    def shown(self) -> str:
        """What the best-informed reader reads now, "" once it is deleted."""
        return "" if self.deleted_at is not None else self.versions[-1].shown

    def shown_to(self, reader: str) -> str:
        """What one user reads now: of an open native stream, all but its recipient see the first part only."""
        if self.deleted_at is not None:
            return ""
        return next(version.shown for version in reversed(self.versions) if version.only_for in {"", reader})

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread and did not start it."""
        return self.thread_ts not in {"", self.ts}
