"""`python -m migration_lint`."""

import sys

from migration_lint.cli import main

if __name__ == "__main__":
    sys.exit(main())
