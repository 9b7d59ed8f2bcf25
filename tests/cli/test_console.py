from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

from everseal.cli.console import Console
from everseal.model.errors import OperatorError
from everseal.model.text import printable_block


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Streams:
    def __init__(self, *, quiet: bool = False, terminal: bool = False) -> None:
        self.out = io.StringIO()
        self.err = Terminal() if terminal else io.StringIO()
        self.console = Console(self.out, self.err, quiet=quiet)

    @property
    def written(self) -> tuple[str, str]:
        return self.out.getvalue(), self.err.getvalue()


def say_everything(console: Console) -> None:
    console.notify("notice")
    console.result("result")
    console.aside("aside")
    console.warn("warning")
    console.error("error")


def test_each_word_has_its_stream() -> None:
    streams = Streams()
    say_everything(streams.console)
    assert streams.written == ("notice\nresult\n", "aside\nwarning\nerror\n")


def test_quiet_leaves_results_and_errors() -> None:
    streams = Streams(quiet=True)
    say_everything(streams.console)
    assert streams.written == ("result\n", "error\n")


def test_alarms_are_red_on_a_terminal_only() -> None:
    streams = Streams(terminal=True)
    streams.console.error("bad \x1b[2J\n")
    streams.console.aside("calm")
    assert streams.written[1] == "\x1b[1m\x1b[31mbad \\x1b[2J\x1b[0m\ncalm\n"


def test_a_text_ends_with_one_newline_and_keeps_its_own() -> None:
    streams = Streams()
    streams.console.notify("a\n\tb\r\nc\n")
    streams.console.notify("")
    streams.console.notify("two\n\n")
    assert streams.written[0] == "a\n\tb\nc\n\ntwo\n\n"


def test_control_characters_never_pass() -> None:
    streams = Streams()
    streams.console.result("\x1b]0;title\x07 \u202e \x9b \udcff \r")
    assert streams.written[0] == "\\x1b]0;title\\x07 \\u202e \\x9b \\udcff \\r\n"


def test_long_output_is_whole() -> None:
    text = "line é\n" * 40_000
    assert printable_block(text) == text


def test_an_error_is_a_sentence_and_a_remedy() -> None:
    streams = Streams()
    streams.console.fail(OperatorError("port 80 is taken", remedy="stop it"))
    streams.console.fail(OperatorError("Really?", remedy="go."))
    assert streams.written[1] == "port 80 is taken.\nTo mend it: stop it.\nReally?\nTo mend it: go.\n"


def test_what_a_stream_cannot_encode_is_escaped() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii", newline="")
    Console(out, out).notify("bücher")
    assert raw.getvalue() == b"b\\xfccher\n"


def test_lines_of_threads_do_not_mix() -> None:
    streams = Streams()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: streams.console.notify(str(number) * 50), range(8)))
    assert sorted(streams.written[0].split()) == [str(number) * 50 for number in range(8)]
