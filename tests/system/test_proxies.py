from __future__ import annotations

import pytest

from everseal.system.proxies import Proxies, proxies_from_environment, without_credentials

URL = "https://acme.example.com:14000/directory"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://p:3128"}, "http://p:3128"),
        ({"https_proxy": "p:3128"}, "http://p:3128"),
        ({"https_proxy": "http://small", "HTTPS_PROXY": "http://big"}, "http://small"),
        ({"https_proxy": "", "HTTPS_PROXY": "http://big"}, None),
        ({"ALL_PROXY": "http://all"}, "http://all"),
        ({"http_proxy": "http://p"}, None),
        ({"https_proxy": "http://p", "no_proxy": "*"}, None),
        ({"https_proxy": "http://p", "NO_PROXY": "example.com"}, None),
        ({"https_proxy": "http://p", "NO_PROXY": " .Example.com , other"}, None),
        ({"https_proxy": "http://p", "NO_PROXY": "ample.com"}, "http://p"),
        ({"https_proxy": "http://p", "NO_PROXY": "example.com:14000"}, None),
        ({"https_proxy": "http://p", "NO_PROXY": "example.com:443"}, "http://p"),
        ({"https_proxy": "http://p", "NO_PROXY": ",,"}, "http://p"),
    ],
)
def test_the_variables(environment: dict[str, str], expected: str | None) -> None:
    assert proxies_from_environment(environment).for_url(URL) == expected


@pytest.mark.parametrize(
    ("host", "rule", "is_direct"),
    [
        ("127.0.0.1", "127.0.0.0/8", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "10.0.0.0/8", False),
        ("127.0.0.1", "localhost", False),
        ("[::1]", "::1", True),
        ("[::1]", "[::1]:443", True),
        ("[::1]", "[::1]:444", False),
        ("[2001:db8::7]", "2001:db8::/32", True),
    ],
)
def test_addresses_in_no_proxy(host: str, rule: str, is_direct: bool) -> None:
    proxies = Proxies({"https": "http://p"}, (rule,))
    port = ":443" if rule.endswith(("443", "444")) else ""
    assert (proxies.for_url(f"https://{host}{port}/") is None) is is_direct


def test_a_header_of_a_request_is_no_proxy() -> None:
    environment = {"HTTP_PROXY": "http://evil", "REQUEST_METHOD": "GET"}
    assert proxies_from_environment(environment).for_url("http://a/") is None


def test_credentials_are_not_shown() -> None:
    assert without_credentials("http://user:secret@proxy:3128") == "http://proxy:3128"
    assert "secret" not in repr(Proxies({"https": "http://user:secret@proxy:3128"}))
