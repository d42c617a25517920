"""The door for apps that have long work: register it with `work`, start it with `enqueue`.

`recover` is called before a worker starts.
"""

from .queue import cancel, enqueue, recover
from .registry import Cancelled, JobContext, work

__all__ = ["Cancelled", "JobContext", "cancel", "enqueue", "recover", "work"]
