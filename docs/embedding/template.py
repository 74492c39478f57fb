"""A viewer in a Panel template.

Run ``panel serve docs/embedding/template.py --address localhost --args FILE``.
"""

import sys

import panel as pn

from jpkl import JPkl

pn.extension(template="vanilla")
pn.state.template.title = "Cells"
pn.pane.Markdown("Acquired on the spinning disk.").servable(target="sidebar")
JPkl.load(sys.argv[1]).view().servable()
