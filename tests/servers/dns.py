"""pebble's companion `pebble-challtestsrv` as the DNS that a test CA asks."""

import json
import urllib.request
from pathlib import Path

from tests.servers.ports import Ports
from tests.servers.process import ServerProcess
from tests.servers.programs import requires


class ChallengeDns:
    """A DNS server that answers each name with 127.0.0.1, and with the TXT records that a test sets."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        self.port = ports.reserve()
        management = ports.reserve()
        self.address = f"127.0.0.1:{self.port}"
        self.management_url = f"http://127.0.0.1:{management}"
        listeners = [f"-{name}=" for name in ("http01", "https01", "tlsalpn01", "doh")]
        words = [
            f"-dnsserver={self.address}",
            f"-management=127.0.0.1:{management}",
            "-defaultIPv6=",
            *listeners,
        ]
        self.process = ServerProcess([str(requires("challtestsrv").path), *words], folder / "dns.log")
        self.process.wait_until(self._answers)

    def set_txt(self, name: str, value: str) -> None:
        """Add one TXT record; several values at a name stand side by side."""
        self._post("set-txt", {"host": _absolute(name), "value": value})

    def clear_txt(self, name: str) -> None:
        """Remove all TXT records of the name."""
        self._post("clear-txt", {"host": _absolute(name)})

    def set_addresses(self, name: str, ipv4: list[str], ipv6: list[str]) -> None:
        """Answer the name with these addresses instead of the default; empty lists bring the default back."""
        for kind, addresses in (("a", ipv4), ("aaaa", ipv6)):
            self._post(f"clear-{kind}", {"host": _absolute(name)})
            if addresses:
                self._post(f"add-{kind}", {"host": _absolute(name), "addresses": addresses})

    def set_cname(self, name: str, target: str) -> None:
        """Answer the name with an alias."""
        self._post("set-cname", {"host": _absolute(name), "target": _absolute(target)})

    def clear_cname(self, name: str) -> None:
        """Remove the alias."""
        self._post("clear-cname", {"host": _absolute(name)})

    def set_caa(self, name: str, *policies: tuple[str, str]) -> None:
        """Set CAA records as (tag, value)."""
        records = [{"tag": tag, "value": value} for tag, value in policies]
        self._post("add-caa", {"host": _absolute(name), "policies": records})

    def clear_caa(self, name: str) -> None:
        """Remove the CAA records."""
        self._post("clear-caa", {"host": _absolute(name)})

    def set_failing(self, name: str) -> None:
        """Answer every question about the name with SERVFAIL."""
        self._post("set-servfail", {"host": _absolute(name)})

    def clear_failing(self, name: str) -> None:
        """Answer about the name again."""
        self._post("clear-servfail", {"host": _absolute(name)})

    def stop(self) -> None:
        """End the server."""
        self.process.stop()

    def _answers(self) -> bool:
        try:
            self.clear_txt("ready.test")
        except OSError:
            return False
        return True

    def _post(self, verb: str, content: dict[str, object]) -> None:
        request = urllib.request.Request(
            f"{self.management_url}/{verb}", data=json.dumps(content).encode(), method="POST"
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()


def _absolute(name: str) -> str:
    return name.rstrip(".") + "."
