"""The application that a WSGI server runs."""

from django.core.wsgi import get_wsgi_application

from .data import use_data

use_data()
application = get_wsgi_application()

from .workshop.rooms import warm  # noqa: E402  Django must be set up first

warm()
