"""`/logs`: one row for each upload; the same uuid may come again, and nothing can be read back through the API."""

from pleio_sandbox.store import Store
from pleio_sandbox.values import decode_body, make_text
from pleio_sandbox.wire import Answer, Request, json_answer, refused, server_error

UUID_LENGTH = 36
ALSO_WITHOUT_CONTENT = (["uuid"], "uuid")
"""Bodies that are no objects, yet pass for one with a uuid: the application asks only whether `uuid` is in it."""


def add_log(store: Store, request: Request) -> Answer:
    """Store an upload; any text of 36 characters passes for a uuid, and anything for content."""
    content = decode_body(request)
    if content in ALSO_WITHOUT_CONTENT:
        raise refused(400, "could_not_create", "Invalid data")
    if not isinstance(content, dict):
        raise server_error()
    if "uuid" not in content:
        raise refused(400, "could_not_create", "Could not create the log entry, uuid is missing.")
    if "content" not in content:
        raise refused(400, "could_not_create", "Invalid data")
    store.logs.add(make_text(content["uuid"], most=UUID_LENGTH), make_text(content["content"]))
    return json_answer(200, {"status": 200, "log": {"uuid": content["uuid"]}})
