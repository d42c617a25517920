"""What a plan looks like to its readers: page, workbook, layers, JSON. From results; nothing is computed here."""

from ._publish import publish as publish
from .access_files import publish_access as publish_access
from .geopackage import write_geopackage as write_geopackage
from .indicator_files import indicators_json as indicators_json
from .indicator_files import lights as lights
from .indicator_files import publish_indicators as publish_indicators
from .page import write_html as write_html
from .plan_json import write_json as write_json
from .population_files import publish_population as publish_population
from .settle_files import publish_settle as publish_settle
from .site_files import publish_site as publish_site
from .survey_workbook import write_survey_tables as write_survey_tables
from .workbook import write_workbook as write_workbook

__all__ = [
    "indicators_json", "lights", "publish", "publish_access", "publish_indicators", "publish_population",
    "publish_settle", "publish_site", "write_geopackage", "write_html", "write_json", "write_survey_tables",
    "write_workbook",
]
