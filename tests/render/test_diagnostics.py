from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from planner.diagnostics import Diagnostic, Position, Related, Severity, Span
from planner.entries import RangeEntry
from planner.remedy import Remedy
from planner.render.diagnostics import diagnostic_text, diagnostics_text
from planner.render.excerpt import Files, excerpt_text
from planner.render.setting import no_sources
from planner.render.terminal import PLAIN, Style, width_of
from planner.render.validation import validate_document
from support import documents


def _span(line: int, start: int, end: int) -> Span:
    return Span("main.hcl", Position(line, start), Position(line, end))


def _underlined(source: str, start: tuple[int, int], end: tuple[int, int], width: int = 100) -> list[str]:
    place: RangeEntry = {
        "filename": "f",
        "start": {"line": start[0], "column": start[1]},
        "end": {"line": end[0], "column": end[1]},
    }
    excerpt = Files(lambda _: source).excerpt(place, width)
    assert excerpt is not None
    return excerpt_text(excerpt, PLAIN, "")


def test_the_headline_is_broken_between_words_where_the_terminal_is_narrow() -> None:
    shown = diagnostic_text(Diagnostic("PRV304", "Instance is without a link"), no_sources, Style(width=30))
    assert shown.splitlines()[:2] == ["Error: Instance is without a", "link  PRV304"]


def test_a_diagnostic_shows_what_where_why_and_what_to_do() -> None:
    diagnostic = Diagnostic(
        code="CFG310",
        summary="Duplicate resource",
        detail='A resource classiclink_vpc "shop" is declared twice.',
        remedy=Remedy.of("Rename one of them."),
        address="classiclink_vpc.shop",
        span=_span(5, 1, 35),
        related=(Related("declared here", _span(9, 1, 40)),),
    )
    assert diagnostic_text(diagnostic, documents.sources, PLAIN) == (
        "Error: Duplicate resource  CFG310\n"
        "  on main.hcl line 5, with classiclink_vpc.shop:\n"
        '  5 │ resource "classiclink_vpc" "shop" {\n'
        "    │ ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "\n"
        '  A resource classiclink_vpc "shop" is declared twice.\n'
        "\n"
        "  declared here, main.hcl:9:\n"
        '    9 │ resource "classiclink_attachment" "web" {\n'
        "      │ ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "\n"
        "  To fix: Rename one of them.\n"
    )


def test_a_place_in_a_file_that_is_not_shown_has_its_column() -> None:
    assert "on main.hcl line 3, column 8\n" in diagnostic_text(
        Diagnostic("CFG102", "Invalid expression", span=_span(3, 8, 9)), no_sources, PLAIN
    )
    assert "on main.hcl line 3\n" in diagnostic_text(
        Diagnostic("CFG102", "Invalid expression", span=_span(3, 1, 9)), no_sources, PLAIN
    )


def test_equal_diagnostics_are_reported_once_with_their_other_places() -> None:
    same = [Diagnostic("CFG301", "Unknown argument", span=_span(line, 1, 2)) for line in range(1, 9)]
    text = diagnostics_text(same, no_sources, PLAIN)
    assert text.count("Unknown argument") == 1
    assert "(8 times)" in text
    assert "also on main.hcl:2, main.hcl:3, main.hcl:4, main.hcl:5, main.hcl:6 and 2 more" in text


def test_errors_stand_below_warnings() -> None:
    messages = [Diagnostic("A", "first"), Diagnostic("B", "second", severity=Severity.WARNING)]
    text = diagnostics_text(messages, no_sources, PLAIN)
    assert text.index("Warning: second") < text.index("Error: first")


def test_a_diagnostic_reads_the_same_from_json() -> None:
    diagnostic = Diagnostic("CFG301", "Unknown argument", "Why.", Remedy.of("Do."), span=_span(6, 3, 9))
    shown = diagnostic_text(diagnostic, documents.sources, PLAIN)
    assert shown == diagnostic_text(diagnostic.to_json(), documents.sources, PLAIN)
    assert validate_document([diagnostic])["diagnostics"] == [diagnostic.to_json()]


def test_tabs_and_wide_letters_keep_the_carets_below_their_part() -> None:
    assert _underlined('\tname = "名前"', (1, 9), (1, 13)) == ['1 │     name = "名前"', "  │            ^^^^^^"]


def test_each_line_of_a_long_place_is_underlined_and_the_rest_counted() -> None:
    source = "\n".join(f"  line {number}" for number in range(1, 11))
    assert _underlined(source, (1, 8), (9, 4)) == [
        "1 │   line 1",
        "  │        ^",
        "2 │   line 2",
        "  │   ^^^^^^",
        "3 │   line 3",
        "  │   ^^^^^^",
        "4 │   line 4",
        "  │   ^^^^^^",
        "  │ … 5 more lines",
    ]


def test_an_empty_place_has_one_caret() -> None:
    assert _underlined("a = ", (1, 5), (1, 5)) == ["1 │ a = ", "  │     ^"]


@given(st.integers(0, 5000), st.integers(1, 5000), st.integers(0, 5000), st.integers(40, 200))
def test_a_very_long_line_is_trimmed_around_its_part(before: int, marked: int, after: int, width: int) -> None:
    line, carets = _underlined(
        "a" * before + "b" * marked + "c" * after, (1, before + 1), (1, before + marked + 1), width
    )
    assert width_of(line) <= width + 12
    start = carets.index("^")
    assert line[start] == "b"
    assert set(carets[start:]) == {"^"}
    assert line[start - 1] in "a… "


def test_a_place_outside_the_file_has_no_excerpt() -> None:
    files = Files(lambda _: "one line")
    assert files.excerpt(documents.place(7, 1, 2)) is None
    assert files.excerpt(None) is None
    assert Files(no_sources).excerpt(documents.place(1, 1, 2)) is None


def test_a_file_is_split_once_however_many_diagnostics_it_has() -> None:
    asked: list[str] = []

    def sources(filename: str) -> str:
        asked.append(filename)
        return documents.SOURCE

    messages = [documents.diagnostic(range=documents.place(line, 1, 2), code=str(line)) for line in range(1, 12)]
    diagnostics_text(messages, sources, PLAIN)
    assert asked == ["main.hcl"]


def test_a_validation_counts_errors_and_warnings() -> None:
    document = validate_document([Diagnostic("A", "a"), Diagnostic("B", "b", severity=Severity.WARNING)])
    assert (document["valid"], document["error_count"], document["warning_count"]) == (False, 1, 1)


def test_the_severity_is_coloured() -> None:
    text = diagnostic_text(Diagnostic("A", "a"), no_sources, Style(color=True))
    assert text.startswith("\x1b[31m\x1b[1mError:")
