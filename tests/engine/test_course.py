from __future__ import annotations

from everseal.engine.course import Course
from everseal.model.events import Event, HookRan, Mended, Warned, lineage_of
from everseal.model.names import CertificateName
from everseal.wiring.parallel import Crew

A, B = CertificateName("a"), CertificateName("b")


def test_what_happens_inside_is_about_that_lineage() -> None:
    heard: list[Event] = []
    course = Course(heard.append)
    with course.about(A):
        course(Warned("careful"))
        with course.about(B):
            course(HookRan("pre", "true", 0, "", ""))
        course(Mended("whole again", B))
    course(Warned("of all"))
    assert [lineage_of(event) for event in heard] == [A, B, B, None]


def test_threads_that_help_say_the_same() -> None:
    heard: list[Event] = []
    course = Course(heard.append)
    crew = Crew(4, "test")

    def work(number: int) -> None:
        course(Warned(str(number)))

    for name in (A, B):
        with course.about(name):
            crew(work, range(8))
    assert [lineage_of(event) for event in heard] == [A] * 8 + [B] * 8
