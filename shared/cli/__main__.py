import sys

from shared.cli.command import main

sys.exit(main(sys.argv[1:]))
