"""Files: an address to upload to, and sharing what was uploaded as a message. https://docs.slack.dev/messaging/working-with-files."""

import msgspec

from tests.emulators.slack.messages import File
from tests.emulators.slack.methods.chat import check_open_to_posts, thread_to_reply_in
from tests.emulators.slack.methods.context import Context, Method
from tests.emulators.slack.rules.content import Shape
from tests.emulators.slack.rules.rejection import Json, Rejected


class GetUploadUrl(msgspec.Struct, kw_only=True):
    """These are the arguments of `files.getUploadURLExternal`; `length` in bytes."""

    filename: str
    length: int


class Uploaded(msgspec.Struct, kw_only=True):
    """This is one of the files of `files.completeUploadExternal`."""

    id: str
    title: str = ""


class CompleteUpload(msgspec.Struct, kw_only=True):
    """These are the arguments of `files.completeUploadExternal`."""

    files: list[Uploaded]
    channel_id: str = ""
    thread_ts: str = ""
    initial_comment: str = ""


def get_upload_url(context: Context, wanted: GetUploadUrl) -> Json:
    """Give out an address that takes one file of exactly this length."""
    if not wanted.filename or wanted.length <= 0:
        raise Rejected("invalid_arguments")
    file = context.world.add_file(wanted.filename, wanted.length)
    return {"upload_url": f"{context.url}/upload/v1/{file.id}", "file_id": file.id}


def complete_upload(context: Context, wanted: CompleteUpload) -> Json:
    """Share files that were uploaded: one message of the bot shows all of them."""
    files = [_uploaded(context, each) for each in wanted.files]
    if wanted.channel_id:
        channel = context.channel(wanted.channel_id)
        check_open_to_posts(context, channel)
        thread_ts = thread_to_reply_in(context, channel, wanted.thread_ts)
        shape = Shape(wanted.initial_comment, [])
        message = context.world.add_message(channel, shape, user=context.workspace.bot.id, thread_ts=thread_ts)
        message.bot_id, message.app_id = context.workspace.bot_id, context.world.app.id
        message.subtype, message.files = "file_share", files
        context.post(channel, message)
    for file in files:
        file.shared = True
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


def _uploaded(context: Context, wanted: Uploaded) -> File:
    file = context.world.files.get(wanted.id)
    if file is None or file.content is None or file.shared:
        raise Rejected("file_not_found")
    file.title = wanted.title or file.name
    return file


METHODS = (
    Method("files.getUploadURLExternal", GetUploadUrl, get_upload_url, ("files:write",)),
    Method("files.completeUploadExternal", CompleteUpload, complete_upload, ("files:write",)),
)
