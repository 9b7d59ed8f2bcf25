"""What a root may be used for at all: its critical name constraints (RFC 5280 section 4.2.1.10)."""

from __future__ import annotations

import ipaddress

from cryptography import x509

from everseal.model.errors import OperatorError
from everseal.model.frozen import dataclass
from everseal.model.names import DnsName, Identifier, IpAddress

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_DOMAINS = ("test", "internal", "home.arpa", "localhost")
_NETWORKS = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)


class BadConstraint(OperatorError):
    """A text that is neither a domain nor a network."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} is neither a domain nor a network", remedy="write it as lab.example or 192.0.2.0/24"
        )


@dataclass(frozen=True, slots=True)
class NameConstraints:
    """Domains, each with everything below it, and networks that the CA may issue for."""

    domains: tuple[str, ...]
    networks: tuple[str, ...]

    @classmethod
    def usual(cls) -> NameConstraints:
        """Names that no public CA may certify, loopback and private addresses."""
        return cls(_DOMAINS, _NETWORKS)

    @classmethod
    def parse(cls, texts: tuple[str, ...]) -> NameConstraints:
        """Domains and networks in any order; loopback and ``localhost`` are always among them, since the
        CA's own listener needs them.  Raises BadConstraint."""
        domains, networks = ["localhost"], ["127.0.0.0/8", "::1/128"]
        for text in texts:
            try:
                networks.append(str(ipaddress.ip_network(text, strict=False)))
            except ValueError:
                domains.append(_domain(text))
        return cls(tuple(dict.fromkeys(domains)), tuple(dict.fromkeys(networks)))

    def permit(self, identifier: Identifier) -> bool:
        match identifier:
            case DnsName():
                name = identifier.base.value
                return any(name == domain or name.endswith(f".{domain}") for domain in self.domains)
            case IpAddress():
                address = ipaddress.ip_address(identifier.value)
                return any(address in network for network in self._parsed_networks())

    def extension(self) -> x509.NameConstraints:
        """Permitted subtrees; a kind of name without one is forbidden whole."""
        names: list[x509.GeneralName] = [x509.DNSName(domain) for domain in self.domains]
        names += [x509.IPAddress(network) for network in self._parsed_networks()]
        return x509.NameConstraints(permitted_subtrees=names, excluded_subtrees=None)

    def _parsed_networks(self) -> list[Network]:
        return [ipaddress.ip_network(text) for text in self.networks]


def _domain(text: str) -> str:
    try:
        return DnsName.parse(text.removeprefix("*.").removeprefix(".")).value
    except OperatorError:
        raise BadConstraint(text) from None
