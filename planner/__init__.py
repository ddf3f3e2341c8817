"""`cl`: a declarative planner for Alibaba Cloud ClassicLink. `docs/architecture.md` shows the rooms."""

__version__ = "0.2.0-dev"

VERSION_LINE = f"cl v{__version__}"
"""What `cl version` prints."""
