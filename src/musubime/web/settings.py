"""Settings of the site. All that differs between two sites comes from its data folder and these variables:

MUSUBIME_DATA (folder), DATABASE_URL (PostgreSQL; SQLite in the data folder when it is not set), MUSUBIME_HOSTS (names
under which the site is reached, with commas), MUSUBIME_PROXY=1 (behind a proxy that speaks HTTPS and sets
X-Forwarded-Proto), MUSUBIME_DEBUG=1 (developers only), MUSUBIME_EMAIL_URL (smtp://user:password@host:587?from=address;
no mail is sent without it).
"""

import importlib.util
import os

import dj_database_url
from csp.constants import NONE, SELF

from musubime.web.accounts.mail import mail_settings
from musubime.web.data import data_folder

DATA = data_folder()
DEBUG = bool(os.environ.get("MUSUBIME_DEBUG"))
BEHIND_PROXY = bool(os.environ.get("MUSUBIME_PROXY"))
SECRET_KEY = DATA.read_secret()
_hosts = [host.strip() for host in os.environ.get("MUSUBIME_HOSTS", "").split(",") if host.strip()]
ALLOWED_HOSTS = _hosts or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in _hosts] if BEHIND_PROXY else []

INSTALLED_APPS = [
    "musubime.web.pages",
    "musubime.web.accounts",
    "musubime.web.jobs",
    "musubime.web.places",
    "musubime.web.plans",
    "musubime.web.surveys",
    "musubime.web.workshop",
    "musubime.web.upkeep",
    "musubime.web.api",
    "ninja",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "simple_history",
]

MIDDLEWARE = [
    "musubime.web.upkeep.logs.LogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # above the static files: the map's library is 914 kB
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "musubime.web.pages.middleware.LanguageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "musubime.web.accounts.middleware.RightsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "musubime.web.urls"
WSGI_APPLICATION = "musubime.web.wsgi.application"
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {
        "context_processors": [
            "django.template.context_processors.request",
            "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
            "musubime.web.pages.context.page",
        ],
        "builtins": ["musubime.web.pages.templatetags.musubime"],
    },
}]

# IMMEDIATE: a transaction takes the write lock when it begins, so that it waits its turn and never fails half way.
# FULL: what was acknowledged stands on the disk.
_sqlite = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": DATA.database,
    "OPTIONS": {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    },
}
DATABASES = {"default": dj_database_url.config(conn_max_age=600, conn_health_checks=True)
             if os.environ.get("DATABASE_URL") else _sqlite}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "language"
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True

STATIC_URL = "static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA.uploads}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "musubime.web.pages.static_files.MapLibreFinder",
]
WHITENOISE_MAX_AGE = 3600
WHITENOISE_USE_FINDERS = True  # static files are served from the packages they came in: nothing to collect

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    *(["django.contrib.auth.hashers.Argon2PasswordHasher"] if importlib.util.find_spec("argon2") else []),
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "musubime.web.accounts.passwords.DifferentCharactersValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username"}  # an address may serve several people, so it cannot tell who signs in
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_UNIQUE_EMAIL = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody makes this site write to strangers
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = False  # shared machines: a session ends with the browser
ACCOUNT_ADAPTER = "musubime.web.accounts.adapter.AccountAdapter"
MFA_ADAPTER = "musubime.web.accounts.adapter.MFAAdapter"
MFA_TOTP_TOLERANCE = 1  # a clock that is half a minute wrong
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
_mail = mail_settings(os.environ.get("MUSUBIME_EMAIL_URL", ""))
MAIL_IS_SENT = bool(_mail["MAIL_IS_SENT"])
globals().update(_mail)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Musubime"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "pages/locked.html"
AXES_ENABLE_ADMIN = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "musubime.web.accounts.clients.client_address"
AXES_USERNAME_CALLABLE = "musubime.web.accounts.clients.counted_name"
AXES_VERBOSE = False  # names and addresses of people are no business of the program's log
# Attempts are counted in files, which all processes of the site share.
CACHES = {"default": {
    "BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": DATA.root / "cache",
    "OPTIONS": {"MAX_ENTRIES": 5000},
}}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_PROXY
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_SSL_REDIRECT = BEHIND_PROXY
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_PROXY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False  # other names of a town's domain are not ours to bind
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "worker-src": [SELF, "blob:"],  # the map draws in a worker that it makes itself
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

SILENCED_SYSTEM_CHECKS = [
    "security.W004", "security.W008", "security.W012", "security.W016",  # HTTPS is the proxy's: see BEHIND_PROXY
    "security.W005", "security.W021",
]

LOGGING = {
    "version": 1, "disable_existing_loggers": False,
    "formatters": {"json": {"()": "pythonjsonlogger.json.JsonFormatter",
                            "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
    "loggers": {"musubime.requests": {"level": os.environ.get("MUSUBIME_LOG", "INFO")}},
}
