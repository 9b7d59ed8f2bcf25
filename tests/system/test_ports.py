"""Whoever holds a port is named when it can be seen."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from everseal.system.ports import holder_of


def test_our_own_listener_is_found() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        holder = holder_of(listener.getsockname()[1])
    assert holder is not None
    assert holder.endswith(f"(process {os.getpid()})")


def test_a_port_that_is_bound_but_not_listened_on_has_no_holder() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert holder_of(bound.getsockname()[1]) is None


def test_without_proc_nobody_is_seen(tmp_path: Path) -> None:
    assert holder_of(80, proc=tmp_path) is None


def make_proc(proc: Path, *, inode: str, comm: bytes, table: str = "tcp") -> None:
    (proc / "net").mkdir()
    address = "0" * (8 if table == "tcp" else 32)
    line = f"   0: {address}:0050 {address}:0000 0A 00000000:00000000 00:00000000 00000000 0 0 {inode} 1\n"
    (proc / "net" / table).write_text("  sl  local_address ...\n" + line)
    (proc / "812" / "fd").mkdir(parents=True)
    (proc / "812" / "fd" / "6").symlink_to("socket:[4711]")
    (proc / "812" / "comm").write_bytes(comm)


def test_the_name_comes_from_proc(tmp_path: Path) -> None:
    make_proc(tmp_path, inode="4711", comm=b"nginx\n")
    assert holder_of(80, proc=tmp_path) == "nginx (process 812)"
    assert holder_of(81, proc=tmp_path) is None


def test_a_listener_on_ipv6_alone_is_found(tmp_path: Path) -> None:
    make_proc(tmp_path, inode="4711", comm=b"nginx\n", table="tcp6")
    assert holder_of(80, proc=tmp_path) == "nginx (process 812)"


def test_a_name_with_control_characters_is_not_repeated(tmp_path: Path) -> None:
    make_proc(tmp_path, inode="4711", comm=b"\x1b[2Jevil\n")
    assert holder_of(80, proc=tmp_path) == "another program (process 812)"


def test_a_holder_that_cannot_be_seen_is_none(tmp_path: Path) -> None:
    make_proc(tmp_path, inode="99", comm=b"nginx\n")
    assert holder_of(80, proc=tmp_path) is None
