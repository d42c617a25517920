"""Collection without a server: workbooks go out, come back, are checked, kept, compiled and signed off."""

from .collect import Order as Order
from .collect import check_folder as check_folder
from .collect import write_workbooks as write_workbooks
from .history import history as history
from .history import returned_answers as returned_answers
from .model import Answers as Answers
from .model import Finding as Finding
from .model import Given as Given
from .municipalities import Municipalities as Municipalities
from .municipalities import read_municipalities as read_municipalities
from .overview import overview as overview
from .reading import Asked as Asked
from .reading import Received as Received
from .reading import receive_one as receive_one
from .sent import Sent as Sent
from .sent import as_given as as_given
from .sent import shown as shown
from .signing import settle as settle
from .signing import sign_off as sign_off
from .signing import use as use
from .tables import csv_text as csv_text
from .tables import load_returns as load_returns
from .tables import save_returns as save_returns
from .tables import tabulate as tabulate
from .template import write_workbook as write_workbook
from .typed import Record as Record
from .typed import check_record as check_record
from .typed import empty_record as empty_record
from .typed import given_of as given_of
from .typed import marks_of as marks_of
from .typed import record_of as record_of
from .typed import record_of_answers as record_of_answers
from .typed import value_of as value_of
from .wave import Wave as Wave
from .wave import compile_waves as compile_waves
from .wave import open_wave as open_wave

__all__ = [
    "Answers", "Asked", "Finding", "Given", "Municipalities", "Order", "Received", "Record", "Sent", "Wave",
    "as_given", "check_folder", "check_record", "compile_waves", "csv_text", "empty_record", "given_of", "history",
    "load_returns", "marks_of", "open_wave", "overview", "read_municipalities", "receive_one", "record_of",
    "record_of_answers", "returned_answers", "save_returns", "settle", "shown", "sign_off", "tabulate", "use",
    "value_of", "write_workbook", "write_workbooks",
]
