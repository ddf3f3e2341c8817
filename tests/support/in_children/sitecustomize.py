"""Python imports this when it starts, where its folder is on PYTHONPATH: in each process that the tests start."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))

from support.made_documents import hold_makers

hold_makers()
