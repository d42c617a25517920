from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from musubime.language import text
from musubime.web.jobs.work import JobContext, work


@work("trial.write", text("Done"))
def write(job: JobContext, *, out: str, pipe: str) -> dict[str, Any]:
    """Writes half a file under a temporary name, says so into the pipe and waits for ever; when out.go is there, writes
    it whole and renames it. Killed in between, nothing stands under the last name."""
    part = Path(out).with_suffix(f".{job.job.runs}.part")
    job.progress(0.5, text("Waiting"))
    part.write_text("half")
    if not Path(f"{out}.go").exists():
        Path(pipe).write_bytes(b"half")  # opens when the test reads
        quiet = f"{out}.{job.job.runs}.quiet"
        os.mkfifo(quiet)
        os.read(os.open(quiet, os.O_RDWR), 1)  # nobody ever writes there
    part.write_text("half whole")
    part.replace(out)
    return {"address": "/plans/"}
