from __future__ import annotations

import ipaddress

from everseal.system.addresses import own_addresses, parse_fib, parse_inet6

FIB = """\
Local:
  +-- 0.0.0.0/0 3 0 5
     |-- 10.0.0.0
        /24 link UNICAST
     |-- 10.0.0.7
        /32 host LOCAL
     |-- 10.0.0.255
        /32 link BROADCAST
     |-- 127.0.0.1
        /32 host LOCAL
"""


def test_the_kernels_lists() -> None:
    assert parse_fib(FIB) == {"10.0.0.7", "127.0.0.1"}
    line = "20010db8000000000000000000000001 02 40 00 80     eth0\n"
    assert parse_inet6(line) == {"2001:db8::1"}
    assert parse_inet6("") == frozenset()


def test_this_machine() -> None:
    assert all(ipaddress.ip_address(each) for each in own_addresses())
