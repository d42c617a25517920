"""Who reaches what: by road, on foot, by bus. Methods and sources: docs/methods/access.md."""

from .bus import bus_days as bus_days
from .detour import detour_factor as detour_factor
from .drivers import without_car as without_car
from .food import far_share as far_share
from .food import food_access as food_access
from .model import BusDays as BusDays
from .model import DetourFactor as DetourFactor
from .model import FoodAccess as FoodAccess
from .model import Places as Places
from .model import Points as Points
from .model import Profile as Profile
from .model import Reach as Reach
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
from .times import travel_times as travel_times

__all__ = [
    "BusDays", "DetourFactor", "FoodAccess", "Places", "Points", "Profile", "Reach", "RoadNetwork", "RoundTrip",
    "SnapReport", "Snapping", "bus_days", "catchment_users", "detour_factor", "far_share", "food_access",
    "gather_places", "nearest_two", "note_islands", "nth_nearest", "reach", "road_network", "travel_times",
    "without_car",
]
