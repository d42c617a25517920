"""Where a figure came from, and how it was computed."""

from ._ledger import Figure as Figure
from ._ledger import Ledger as Ledger
from ._ledger import Note as Note
from ._ledger import NoteKind as NoteKind
from ._ledger import Source as Source
from ._ledger import file_source as file_source

__all__ = ["Figure", "Ledger", "Note", "NoteKind", "Source", "file_source"]
