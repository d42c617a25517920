from musubime.web.settings import *  # noqa: F403
from musubime.web.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "trial"]
