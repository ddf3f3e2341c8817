"""Grapheme clusters: what a reader sees as one character. By the library `regex`, loaded only for text beyond ASCII."""

from __future__ import annotations


def clusters(text: str) -> list[str]:
    """The grapheme clusters of a text."""
    if text.isascii() and "\r" not in text:
        return list(text)
    import regex

    # Terraform's rules are of Unicode 15.0, where Indic letters that are joined are still characters of their own
    parts = regex.splititer(r"(?<=[\p{M}\u200d])(?=\p{Lo})", text, flags=regex.V1)
    return [cluster for part in parts for cluster in regex.findall(r"\X", part)]


def cluster_count(text: str) -> int:
    return len(text) if text.isascii() and "\r" not in text else len(clusters(text))
