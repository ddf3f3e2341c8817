"""Hypothesis strategies for configurations: plausible ones, broken ones, and noise of HCL's own marks."""

from hypothesis import strategies as st

_NAMES = st.sampled_from(["a", "name", "for", "if", "in", "x-1", "größe", "null", "true", "_", "b2"])
_TEXT = st.text(st.sampled_from('abc ${}%~"\\\n\t#/é😀'), max_size=6)
_PLAIN = st.text(st.sampled_from("abc-/_. 0129é#%$"), max_size=8).map(lambda text: f'"{text}"')
_NUMBERS = st.sampled_from(["0", "1", "42", "1.5", "1e3", "2E-2", "007"])
_REFERENCES = st.sampled_from(["a", "var.x", 'a["k"]', "a[0].b", "a.0", "a[*].b", "a.*.b", "each.key"])
_LEAVES = st.one_of(
    _PLAIN, _NUMBERS, _REFERENCES, st.sampled_from(["true", "null", "-1", "!a", "--1", '"\\n"', '"${a}"'])
)


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.map(lambda two: f"{two[0]} + {two[1]}"),
        pair.map(lambda two: f"({two[0]} == {two[1]})"),
        pair.map(lambda two: f"a ? {two[0]} : {two[1]}"),
        pair.map(lambda two: f"[{two[0]}, {two[1]}]"),
        pair.map(lambda two: f"{{ k = {two[0]}, (a) = {two[1]} }}"),
        pair.map(lambda two: f"[for k, v in {two[0]} : {two[1]} if v]"),
        pair.map(lambda two: f"{{for v in {two[0]} : v => {two[1]}...}}"),
        inner.map(lambda one: f"f({one}, a...)"),
        inner.map(lambda one: f'"x${{{one}}}y%{{ if a ~}} z %{{ else }}${{a}}%{{ endif }}"'),
    )


expressions = st.recursive(_LEAVES, _compound, max_leaves=6)

_HEREDOC = _TEXT.map(lambda text: f"<<-EOT\n    {text.replace(chr(92), '')}\n  EOT")
_COMMENTS = st.sampled_from(["", " # note", ' // 1 "x"', " /* 12 */"])


def _arguments(indent: str) -> st.SearchStrategy[str]:
    argument = st.tuples(_NAMES, st.one_of(expressions, expressions, _HEREDOC), _COMMENTS)
    written = argument.map(lambda it: f"{indent}{it[0]} = {it[1]}{it[2]}\n")
    return st.lists(written, max_size=4).map("".join)


_NESTED = _arguments("    ").map(lambda inside: f"  nested {{\n{inside}  }}\n")
_BODIES = st.tuples(_arguments("  "), st.one_of(st.just(""), _NESTED)).map("".join)
_HEADERS = st.tuples(_NAMES, st.lists(st.one_of(_PLAIN, _NAMES), max_size=2)).map(lambda it: " ".join([it[0], *it[1]]))
blocks = st.tuples(_HEADERS, _BODIES).map(lambda it: f"{it[0]} {{\n{it[1]}}}\n")
configurations = st.lists(
    st.one_of(blocks, blocks, st.sampled_from(["\n", "# note\n", "/* a\n} */\n", "a = 1\n", "b {}\n"])), max_size=6
).map("".join)

_MARKS = st.sampled_from([*'"${}%~()[]=<>!&|?:.,*+-/\\#\n \t01aé'])
_WORDY_MARKS = st.sampled_from(
    ["${", "%{", "<<E\n", "\nE\n", "for ", " in ", "if ", "...", "=>", "::", "else", "endif"]
)
noise = st.lists(st.one_of(_MARKS, _WORDY_MARKS), max_size=25).map("".join)


@st.composite
def broken(draw: st.DrawFn) -> str:
    """A configuration with a stretch of it replaced by noise."""
    text = draw(configurations)
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 4)))
    return text[:start] + draw(noise) + text[end:]


def relettered(text: str, number: int) -> str:
    """The same configuration with other words in its plain strings and other numbers."""
    return text.replace("abc", f"w{number}").replace("42", str(number + 10)).replace('"a', f'"{number}a')
