"""Sentences of the product that stand word for word in the sources of another project.

    python tests/sentences.py ~/src/hcl ~/src/opentofu ~/src/go-cty

A sentence has six words or more and stands in a string, a docstring, a comment or a page. Only words are compared, not
case, punctuation, quotes or line breaks. A hole of an f-string equals a verb of a Go format string. The part of a
sentence between two holes is compared too, if it has six words or more.
"""

from __future__ import annotations

import ast
import io
import os
import re
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[1]
FEWEST = 6
"""Words of a sentence, at least: what is shorter is a term. A word is made of letters."""

HOLE = "\0"
_WORD = re.compile(rf"[a-z0-9]+(?:['’][a-z]+)*|{HOLE}")
_END_OF_SENTENCE = re.compile(r"(?<=[.!?:;])[)\"'`]*\s+|\n\s*\n|\n\s*(?:[-*|#>]|\d+\.)\s")
_VERB = re.compile(r"%[-+# 0]*(?:\[\d+\])?[\d.*]*[a-zA-Z]")
_JOINED_STRINGS = re.compile(r'["`]\s*\+\s*["`]')
_COMMENT_MARK = re.compile(r"^[ \t]*(?://|#|\*)[/!]?", re.MULTILINE)
_READ = {".go", ".md", ".mdx", ".txt", ".rl", ".y", ".hcl", ".t", ".tf", ".html"}

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the product, and where it begins."""

    file: Path
    line: int
    words: Words

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {' '.join(self.words).replace(HOLE, '…')}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A sentence, and the file of another project that has it."""

    sentence: Sentence
    source: Path


def words(text: str) -> Words:
    """The words of a text; holes beside one another are one."""
    found = _WORD.findall(text.lower().replace("’", "'"))
    return tuple(word for before, word in pairwise(["", *found]) if not before == word == HOLE)


def product_files() -> list[Path]:
    """What is read: the code, the pages, and the README."""
    code = [*ROOT.glob("planner/**/*.py"), *ROOT.glob("providers/**/*.py")]
    return sorted([*code, *ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("providers/**/*.md")])


def sentences(files: Iterable[Path]) -> Iterator[Sentence]:
    """The sentences of the files, and what stands between their holes, of six words or more."""
    for file in files:
        text = file.read_text(encoding="utf-8")
        passages = _python(text) if file.suffix == ".py" else [(1, text)]
        for line, passage in passages:
            for offset, sentence in _split(passage):
                for part in _parts(words(sentence)):
                    yield Sentence(file, line + offset, part)


def _split(passage: str) -> Iterator[tuple[int, str]]:
    start = 0
    for end in [*(found.end() for found in _END_OF_SENTENCE.finditer(passage)), len(passage)]:
        yield passage.count("\n", 0, start), passage[start:end]
        start = end


def _parts(whole: Words) -> set[Words]:
    """A sentence, and its parts between holes."""
    parts: list[Words] = [()]
    for word in whole:
        if word == HOLE:
            parts.append(())
        else:
            parts[-1] += (word,)
    stripped = tuple(" ".join(whole).strip(f"{HOLE} ").split(" "))
    return {part for part in [stripped, *parts] if sum(word.replace("'", "").isalpha() for word in part) >= FEWEST}


def _python(text: str) -> Iterator[tuple[int, str]]:
    """The strings, docstrings and comments of a module, with their lines."""
    yield from _comments(text)
    waiting: list[ast.AST] = [ast.parse(text)]
    while waiting:
        node = waiting.pop()
        string = string_of(node)
        if string is None or isinstance(node, ast.JoinedStr | ast.BinOp):
            waiting.extend(ast.iter_child_nodes(node))
        if string is not None and isinstance(node, ast.expr):
            yield node.lineno, string


def string_of(node: ast.AST) -> str | None:
    """The text of a string, an f-string or a sum of strings, with its holes; None for anything else."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(string_of(value) or HOLE for value in values)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            pair = [string_of(left), string_of(right)]
            return None if pair == [None, None] else "".join(HOLE if each is None else each for each in pair)
    return None


def _comments(text: str) -> Iterator[tuple[int, str]]:
    """Each run of comments on lines that follow one another."""
    run: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT:
            continue
        if token.start[0] != last + 1 and run:
            yield last - len(run) + 1, "\n".join(run)
            run = []
        run.append(token.string.lstrip("#"))
        last = token.start[0]
    if run:
        yield last - len(run) + 1, "\n".join(run)


def source_words(text: str) -> Words:
    """The words of a file in another language, with its comments and strings as running text."""
    plain = _COMMENT_MARK.sub(" ", _JOINED_STRINGS.sub("", text))
    return words(_VERB.sub(HOLE, plain.replace("\\n", " ").replace("\\t", " ").replace('\\"', '"')))


def copied(ours: Iterable[Sentence], checkouts: Sequence[Path]) -> list[Hit]:
    """Our sentences that stand in a file of one of the checkouts, each once."""
    beginnings: defaultdict[Words, list[Sentence]] = defaultdict(list)
    for sentence in ours:
        beginnings[sentence.words[:FEWEST]].append(sentence)
    hits: dict[Sentence, Hit] = {}
    for checkout in checkouts:
        for source in sorted(checkout.rglob("*")):
            if source.suffix in _READ and source.is_file():
                theirs = source_words(source.read_text(encoding="utf-8", errors="replace"))
                for sentence in _in(theirs, beginnings):
                    hits.setdefault(sentence, Hit(sentence, source.relative_to(checkout.parent)))
    return _longest(hits.values())


def _in(theirs: Words, beginnings: Mapping[Words, Sequence[Sentence]]) -> Iterator[Sentence]:
    for at, beginning in enumerate(zip(*(theirs[offset:] for offset in range(FEWEST)), strict=False)):
        for sentence in beginnings.get(beginning, ()):
            if theirs[at : at + len(sentence.words)] == sentence.words:
                yield sentence


def _longest(hits: Iterable[Hit]) -> list[Hit]:
    """The hits without those that are parts of others at the same place."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.sentence.file, hit.sentence.line, -len(hit.sentence.words))):
        place = (hit.sentence.file, hit.sentence.line)
        text = " ".join(hit.sentence.words)
        if not any(place == (k.sentence.file, k.sentence.line) and text in " ".join(k.sentence.words) for k in kept):
            kept.append(hit)
    return kept


def checkouts_at_hand(setting: str) -> list[Path]:
    """The checkouts to compare with: those of the setting, or `hcl`, `opentofu` and `go-cty` beside this one."""
    named = [Path(part) for part in setting.split(os.pathsep) if part]
    return [path for path in named or [ROOT.parent / name for name in ("hcl", "opentofu", "go-cty")] if path.is_dir()]


def main(arguments: Sequence[str]) -> int:
    """Print each copied sentence with its place; 1 where there is one."""
    checkouts = [Path(argument).resolve() for argument in arguments]
    if not checkouts or not all(map(Path.is_dir, checkouts)):
        sys.stderr.write("usage: python tests/sentences.py CHECKOUT…\n")
        return 2
    hits = copied(sentences(product_files()), checkouts)
    for hit in hits:
        sys.stdout.write(f"{hit.sentence}\n    {hit.source}\n")
    sys.stdout.write(f"{len(hits)} sentences stand in other projects.\n")
    return int(bool(hits))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
