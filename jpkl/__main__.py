"""``python -m jpkl``: the command line, where no ``jpkl`` script is on the path."""

import sys

from jpkl._cli import main

if __name__ == "__main__":
    sys.exit(main())
