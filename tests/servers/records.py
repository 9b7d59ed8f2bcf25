"""A name server whose TXT records are files, so that an operator's hook sets one with ``echo``."""

from __future__ import annotations

from pathlib import Path

from tests.system.nameserver import TableNameServer


class RecordFolder(TableNameServer):
    """Each file is a name, each of its lines a TXT value there."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        super().__init__()

    def start(self) -> None:
        self.__enter__()

    def stop(self) -> None:
        self.__exit__(None, None, None)

    def answer(self, data: bytes, *, truncate: bool) -> bytes:
        self.records = {
            (file.name, "TXT"): [f'"{line}"' for line in file.read_text().split()]
            for file in self.folder.iterdir()
        }
        return super().answer(data, truncate=truncate)

    @property
    def hooks(self) -> list[str]:
        """The options that let ``--manual`` set and remove records here, each value by itself."""
        file = f'"{self.folder}/_acme-challenge.$CERTBOT_DOMAIN"'
        others = f'"{self.folder}.others"'
        remove = f'grep -svxFe "$CERTBOT_VALIDATION" {file} > {others} && mv {others} {file} || rm -f {file}'
        return [
            *("--manual", "--preferred-challenges", "dns-01"),
            *("--manual-auth-hook", f'echo "$CERTBOT_VALIDATION" >> {file}'),
            *("--manual-cleanup-hook", remove),
        ]
