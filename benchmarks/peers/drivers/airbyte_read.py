"""Runs Airbyte's source as its command line does, in its own environment.

    python airbyte_read.py [--repaired] read --config … --catalog …

``--repaired``: the counter of nested blocks, which only ever grows in the released version and ends all reading at 31,
is held at zero (airbyte#69780).
"""

import sys

import source_notion.components as components
from source_notion.run import run

if "--repaired" in sys.argv:
    sys.argv.remove("--repaired")
    components.BlocksRetriever.current_block_depth = property(lambda self: 0, lambda self, value: None)
run()
