"""What an operator is told when a backup is not made or not put back. Never met over HTTP, so these are words and no codes."""


class BackupError(RuntimeError):
    """`key` names the sentence in the message catalogue, `params` fill it."""

    def __init__(self, key: str, **params: object) -> None:
        super().__init__(f"{key}: {params}")
        self.key = key
        self.params = params


class BackupDamagedError(BackupError):
    """The backup is not what its manifest says, or does not become the log that it was taken from."""

    def __init__(self, what: str) -> None:
        super().__init__("cli.backup_damaged", what=what)


class BackupFolderBusyError(BackupError):
    """Another backup is being made into this folder."""

    def __init__(self, folder: object) -> None:
        super().__init__("cli.backup_folder_busy", path=folder)
