"""A page for each of some stacks, from one server: ``python docs/embedding/serve.py FILE...``."""

import sys
from pathlib import Path

import panel as pn

from jpkl import JPkl

# Each visitor gets a viewer of their own; frames are read when they are asked for.
pages = {Path(path).stem: lambda path=path: JPkl.load(path).view() for path in sys.argv[1:]}
pn.serve(pages, title="Cells", show=False)
