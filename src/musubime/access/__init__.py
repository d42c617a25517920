"""Who reaches what: by road, on foot, by bus. Methods and sources: docs/methods/access.md."""

from .bus import bus_days as bus_days
from .cuts import close_roads as close_roads
from .cuts import road_cuts as road_cuts
from .decay import Cutoff as Cutoff
from .decay import Decay as Decay
from .decay import Exponential as Exponential
from .decay import Logistic as Logistic
from .decay import Steps as Steps
from .detour import detour_factor as detour_factor
from .drivers import without_car as without_car
from .food import far_share as far_share
from .food import food_access as food_access
from .measures import AccessTable as AccessTable
from .measures import FloatingCatchment as FloatingCatchment
from .measures import access_table as access_table
from .measures import floating_catchment as floating_catchment
from .measures import gini as gini
from .measures import opportunities as opportunities
from .measures import palma as palma
from .measures import tail_mean as tail_mean
from .model import BusDays as BusDays
from .model import DetourFactor as DetourFactor
from .model import FoodAccess as FoodAccess
from .model import Places as Places
from .model import Points as Points
from .model import Profile as Profile
from .model import Reach as Reach
from .model import RoadCut as RoadCut
from .model import RoadNetwork as RoadNetwork
from .model import RoundTrip as RoundTrip
from .model import Snapping as Snapping
from .model import SnapReport as SnapReport
from .nearest import catchment_users as catchment_users
from .nearest import nearest_two as nearest_two
from .nearest import nth_nearest as nth_nearest
from .nearest import reach as reach
from .network import note_islands as note_islands
from .network import road_network as road_network
from .places import gather_places as gather_places
from .times import nearest_places as nearest_places
from .times import travel_times as travel_times

__all__ = [
    "AccessTable", "BusDays", "Cutoff", "Decay", "DetourFactor", "Exponential", "FloatingCatchment",
    "FoodAccess", "Logistic", "Places", "Points", "Profile", "Reach", "RoadCut", "RoadNetwork", "RoundTrip",
    "SnapReport", "Snapping", "Steps", "access_table", "bus_days", "catchment_users", "close_roads",
    "detour_factor", "far_share", "floating_catchment", "food_access", "gather_places", "gini",
    "nearest_places", "nearest_two", "note_islands", "nth_nearest", "opportunities", "palma", "reach",
    "road_cuts", "road_network", "tail_mean", "travel_times", "without_car",
]
