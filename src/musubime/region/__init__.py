"""The workspace of one place, and the exchange tables that subjects hand to each other."""

from .model import Region as Region
from .tables import FACILITY_KINDS as FACILITY_KINDS
from .tables import FIVE_YEAR_AGES as FIVE_YEAR_AGES
from .tables import SERVICES as SERVICES
from .tables import SEXES as SEXES
from .tables import Basis as Basis
from .tables import Demand as Demand
from .tables import Facilities as Facilities
from .tables import Floats as Floats
from .tables import Ints as Ints
from .tables import Mode as Mode
from .tables import MunicipalSeries as MunicipalSeries
from .tables import Network as Network
from .tables import Population as Population
from .tables import Roads as Roads
from .tables import Settlements as Settlements
from .tables import Status as Status
from .tables import TravelTimes as TravelTimes
from .tables import TurnRule as TurnRule
from .tables import VitalYears as VitalYears

__all__ = [
    "FACILITY_KINDS", "FIVE_YEAR_AGES", "SERVICES", "SEXES", "Basis", "Demand", "Facilities", "Floats", "Ints",
    "Mode", "MunicipalSeries", "Network", "Population", "Region", "Roads", "Settlements", "Status",
    "TravelTimes", "TurnRule", "VitalYears",
]
