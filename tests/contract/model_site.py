"""The model subsite of the plan's tests, asked as if it were one on the wire."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pleio_profile_sync_client.core.models import Record
from tests.contract.site import NOT_FOUND, Reply, Site
from tests.model_subsite import Account, BadRequestError, ModelSubsite

_ERRORS = {True: "could_not_create", False: "could_not_update"}


class ModelSite(Site):
    """A model that the test has for itself, with two profile fields."""

    def __init__(self) -> None:
        super().__init__()
        self.model = ModelSubsite([], ["phone", "occupation"])

    def request(self, method: str, path: str, body: bytes | str | None = None, **_options: object) -> Reply:
        path = path.partition("?")[0]
        if (method, path) == ("GET", "/users"):
            return _reply(200, {"users": [_shown(account) for account in self.model.accounts.values()]})
        if (method, path) == ("POST", "/users"):
            return self._write(json.loads(body or ""))
        guid, *action = path.removeprefix("/users/").split("/")
        if guid not in self.model.accounts:
            return _reply(404, NOT_FOUND)
        if method == "DELETE":
            self.model.delete(guid)
            return _reply(200, {"status": 200})
        account = self.model.accounts[guid]
        account.is_banned = action == ["ban"]
        return _reply(200, {"status": 200, "user": _shown(account)})

    def _write(self, content: Mapping[str, Any]) -> Reply:
        guid = content.get("guid")
        record = Record(
            name=content["name"],
            email=content["email"],
            external_id=content.get("external_id"),
            groups=tuple(filter(None, content.get("groups", "").split(","))),
            profile=content.get("profile", {}),
        )
        try:
            account = self.model.create(record) if guid is None else self.model.update(guid, record)
        except BadRequestError as error:
            refusal = {"error": _ERRORS[guid is None], "pretty_error": str(error), "status": 400}
            return _reply(400, refusal if guid is None else {**refusal, "user": {}})
        return _reply(200, {"status": 200, "user": _shown(account)})


def _shown(account: Account) -> dict[str, Any]:
    shown = {name: value for name, value in asdict(account).items() if name not in ("groups", "avatar")}
    return {**shown, "is_member": True, "icontime": None}


def _reply(status: int, content: object) -> Reply:
    return Reply(status, {"content-type": "application/json"}, json.dumps(content).encode())
