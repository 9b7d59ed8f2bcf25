from __future__ import annotations

from random import Random

import pytest
from publicsuffixlist import PublicSuffixList

from everseal.model.errors import BadName
from everseal.model.names import DnsName, parse_identifier
from everseal.system.public_suffixes import PublicSuffixes


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("www.example.com", "example.com"),
        ("*.shop.example.com", "example.com"),
        ("new.blog.example.co.uk", "example.co.uk"),
        ("co.uk", "co.uk"),
        ("pages.somebody.github.io", "somebody.github.io"),
        ("www.city.kawasaki.jp", "city.kawasaki.jp"),
        ("host.lab.test", "lab.test"),
        ("localhost", "localhost"),
        ("a.b.xn--p1ai", "b.xn--p1ai"),
        ("a.b.公司.cn", "b.xn--55qx5d.cn"),
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::7", "2001:db8:1:2::/64"),
    ],
)
def test_registered_domains(name: str, domain: str) -> None:
    assert PublicSuffixes().domain(parse_identifier(name)) == domain


def test_each_domain_once() -> None:
    identifiers = [parse_identifier(each) for each in ("a.example.org", "b.example.org", "example.net")]
    assert PublicSuffixes().domains(identifiers) == ("example.org", "example.net")


def test_the_rules_of_one_top_level_domain_say_what_the_whole_list_says() -> None:
    whole, suffixes = PublicSuffixList(), PublicSuffixes()
    rules = sorted(rule.lstrip("!").replace("*", "any") for rule in whole._publicsuffix)
    for rule in Random(20261124).sample(rules, 400):
        for text in (rule, f"a.{rule}", f"b.a.{rule}"):
            try:
                name = DnsName.parse(text)
            except BadName:
                continue
            assert suffixes.domain(name) == (whole.privatesuffix(name.value) or name.value)
