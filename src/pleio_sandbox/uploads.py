"""What was uploaded to the site: avatars and logs, kept as they came."""

from pleio_sandbox.database import Database
from pleio_sandbox.records import LogEntry, LogRun, StoredAvatar


class Avatars:
    """The table of avatars, one for each user who has one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, user_guid: str, avatar: StoredAvatar) -> None:
        """Replace a user's avatar."""
        self._database.write(
            "INSERT OR REPLACE INTO avatars VALUES (?, ?, ?, ?)",
            user_guid,
            avatar.file_name,
            avatar.mime_type,
            avatar.content,
        )

    def get(self, user_guid: str) -> StoredAvatar | None:
        """Give a user's avatar."""
        row = self._database.row("SELECT * FROM avatars WHERE user_guid = ?", user_guid)
        if row is None:
            return None
        return StoredAvatar(file_name=row["file_name"], mime_type=row["mime_type"], content=row["content"])

    def jpeg_owners(self) -> set[str]:
        """Tell whose avatar can be shown, by guid: the bytes begin as a JPEG's do, whatever the file is called."""
        rows = self._database.rows("SELECT user_guid FROM avatars WHERE substr(content, 1, 3) = X'FFD8FF'")
        return {row["user_guid"] for row in rows}


class Logs:
    """The table of log uploads. A uuid is any text, and may repeat."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, run: str, content: str) -> None:
        """Add an upload."""
        self._database.write("INSERT INTO logs (uuid, content) VALUES (?, ?)", run, content)

    def runs(self) -> list[LogRun]:
        """List the uuids that were uploaded under, the newest first."""
        rows = self._database.rows(
            "SELECT uuid, count(*) AS uploads, sum(length(content)) AS characters FROM logs"
            " GROUP BY uuid ORDER BY max(id) DESC"
        )
        return [LogRun(uuid=row["uuid"], uploads=row["uploads"], characters=row["characters"]) for row in rows]

    def entries(self, run: str | None = None) -> list[LogEntry]:
        """List the uploads under one uuid, or all, in their order."""
        rows = self._database.rows("SELECT * FROM logs WHERE ? IS NULL OR uuid = ? ORDER BY id", run, run)
        return [LogEntry(id=row["id"], uuid=row["uuid"], content=row["content"]) for row in rows]

    def text(self, run: str | None = None) -> str:
        """Give all that was uploaded under one uuid, or at all, as one text."""
        return "\n".join(entry.content for entry in self.entries(run))
