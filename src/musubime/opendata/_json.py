"""Read a JSON file within the size limit of tables; whatever is wrong with it becomes one clear error."""

from __future__ import annotations

import json
from typing import Any

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.tabular import decode, table_bytes

from .model import Probe


def read_json(probe: Probe) -> Any:
    data = table_bytes(probe.path)
    decoded, _, _ = decode(data, probe.path)
    try:
        return json.loads(decoded)
    except (json.JSONDecodeError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise InputError(Fault(
            text("The JSON is damaged or only half there."), text("Fetch it again from its publisher."),
            file=probe.path.name, row=line,
        )) from error
