"""Whether a file declares a backend is known from its tokens."""

from __future__ import annotations

import pytest

from planner.config.early_backend import may_declare_backend


@pytest.mark.parametrize(
    "text",
    [
        'cl {\n  backend "local" {\n  }\n}\n',
        'locals {\n  a = "${1}"\n}\ncl /* here */ {\n  limits {}\n\n  # where\n  backend "local" {}\n}\n',
        'cl {}\ncl { backend "local" {} }',
    ],
)
def test_a_backend_in_the_settings_is_seen(text: str) -> None:
    assert may_declare_backend(text, "main.hcl")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cl {\n}\n",
        "# the backend is local\ncl {\n}\n",
        'locals {\n  backend = "local"\n}\n',
        'cl {\n  limits {\n    backend = 1\n  }\n}\nresource "backend" "cl" {\n  a = [cl, { backend = 1 }]\n}\n',
        'locals {\n  text = <<-EOT\n    cl {\n      backend "local" {}\n    }\n  EOT\n}\n',
    ],
)
def test_the_word_elsewhere_is_no_backend(text: str) -> None:
    assert not may_declare_backend(text, "main.hcl")


@pytest.mark.parametrize("text", ['cl {\n  a = "\n  backend "local" {}\n}\n', "cl {\n  backend", "} } backend"])
def test_a_broken_file_with_the_word_may_declare_one(text: str) -> None:
    assert may_declare_backend(text, "main.hcl")


@pytest.mark.parametrize(
    ("text", "declares"),
    [
        ('{"cl": {"backend": {"local": {}}}}', True),
        ('[{"cl": [{"limits": {}}, {"\\u0062ackend": {"local": {}}}]}]', True),
        ('{"cl": {"backend', True),
        ('{"locals": {"backend": 1}, "cl": {}}', False),
        ('{"cl": null}', False),
        ("7", False),
    ],
)
def test_of_json_it_is_known_too(text: str, declares: bool) -> None:
    assert may_declare_backend(text, "main.hcl.json") is declares
