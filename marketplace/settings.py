"""Settings: wiring only, from the environment; everything a deployment may change is named here.

`make up` starts the embedded parts and fills the environment; DATABASE_URL, REDIS_URL and
CHAIN_RPC_URL replace each of them.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from marketplace.environment import flag, number, required, seconds, whole
from marketplace.media.address import BadAddress, storages_of

django_stubs_ext.monkeypatch()  # generic admin and manager classes at run time
BASE_DIR = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("REFRAIN_HOME", BASE_DIR / ".run"))


def media_storages(address: str) -> dict[str, Any]:
    try:
        return storages_of(address)
    except BadAddress as error:
        raise ImproperlyConfigured(str(error)) from None


def written_at(folder: Path) -> int:
    """When its code, templates or styles were last written, in nanoseconds."""
    sources = (path for path in folder.rglob("*.*") if path.suffix in SOURCES)
    return max(path.stat().st_mtime_ns for path in sources)


SOURCES = {".py", ".html", ".css", ".js", ".svg"}
DEMO = flag("DEMO")
DEBUG = False
SECRET_KEY = required("SECRET_KEY")
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
# Where links lead that are read elsewhere: in mails, in previews of pages.
OWN_ADDRESS = (
    f"https://{ALLOWED_HOSTS[0].lstrip('.')}" if flag("HTTPS") else "http://localhost:8000"
)
if OWN_ADDRESS == "https://*":
    OWN_ADDRESS = required("SITE_URL")  # "*" allows every host and is none
SITE_URL = (os.environ.get("SITE_URL") or OWN_ADDRESS).rstrip("/")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("TRUSTED_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "marketplace.users",
    "marketplace.wallet",
    "marketplace.catalog",
    "marketplace.pricing",
    "marketplace.listening",
    "marketplace.discovery",
    "marketplace.library",
    "marketplace.studio",
    "marketplace.operations",
    "marketplace.idempotency",
    "marketplace.mail",
    "marketplace.demo",
    "royalties",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "marketplace.packed.Packed",
    "marketplace.policy.policy",
    "marketplace.users.coming_back.coming_back",
    "marketplace.users.coming_back.leading_up",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "marketplace.users.api_keys.by_key",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "marketplace.urls"
ASGI_APPLICATION = "marketplace.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "marketplace" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "marketplace.users.frame.frame",
            ],
            "builtins": [
                "marketplace.templatetags.amounts",
                "marketplace.templatetags.keeping",
                "marketplace.templatetags.mosaics",
                "marketplace.templatetags.pictures",
                "marketplace.templatetags.plots",
                "marketplace.templatetags.previews",
                "marketplace.templatetags.receipt_rows",
                "marketplace.templatetags.splits",
                "marketplace.templatetags.track_rows",
            ],
        },
    }
]

# A page gives its connection back when it is made: they are pooled by process, not by thread.
DATABASES = {
    "default": dj_database_url.parse(required("DATABASE_URL"))
    | {
        "ENGINE": "marketplace.database",  # PostgreSQL's, with a pool that outlives a restart
        "OPTIONS": {
            "pool": {"min_size": 0, "max_size": 12, "timeout": 10},
            # see royalties.prepared
            "prepare_threshold": 5,
            "options": "-c plan_cache_mode=force_generic_plan",
        },
    }
}
REDIS_URL = required("REDIS_URL")
CHAIN_RPC_URL = os.environ.get("CHAIN_RPC_URL", "http://127.0.0.1:8545")
CHAIN_ID = whole("CHAIN_ID", 31337, 1)
CHAIN_CONFIRMATIONS = whole("CHAIN_CONFIRMATIONS", 1, 1)
CHAIN_LEASE = seconds("CHAIN_LEASE", 15)  # of a worker on one key's transactions
CHAIN_BUMP_AFTER = seconds("CHAIN_BUMP_AFTER", 60)  # not mined for so long: replaced, paying more
CHAIN_MAX_FEE_WEI = int(number("CHAIN_MAX_FEE_GWEI", 500) * 10**9)
CHAIN_SIGNER = os.environ.get("CHAIN_SIGNER", "royalties.signers.FileSigner")
FAILPOINT = os.environ.get("FAILPOINT", "")  # where a process dies, in tests
FAILPOINTS_ALLOWED = flag("FAILPOINTS_ALLOWED")
# The custody's HD seed and the role keys come from this file (made by `make up`, mode 0600).
CHAIN_KEYS_FILE = Path(os.environ.get("CHAIN_KEYS_FILE", HOME / "chain-keys.json"))
CACHES = {
    "default": {"BACKEND": "marketplace.store.Store", "LOCATION": REDIS_URL},
    "pages": {
        "BACKEND": "marketplace.kept.Pages",
        "LOCATION": REDIS_URL,
        # a new release shows nothing that an older one has drawn
        "KEY_PREFIX": f"pages:{written_at(BASE_DIR / 'marketplace')}",
    },
}
# What pages show alike to everybody may be this old; 0 makes each page anew.
PAGE_KEPT_SECONDS = number("PAGE_KEPT_SECONDS", 15)
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["marketplace.users.backends.WithParty"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3_600  # how long the link in a mail is good for
LOGIN_URL = "users:login"
LOGIN_REDIRECT_URL = "discovery:home"
LOGOUT_REDIRECT_URL = "users:login"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
USE_I18N = False  # one language; asking for it at each word took a sixth of a page's time
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "marketplace" / "static"]
MEDIA_ROOT = HOME / "media"  # originals, renditions, covers; served by views, never by path
BUNDLES_ROOT = HOME / "bundles"
MODELS_ROOT = HOME / "models"
FINGERPRINTS_ROOT = HOME / "fingerprints"
# Where all of it lies instead: s3://bucket/folder?endpoint=...&region=...; MEDIA_ROOT then holds
# work under way alone, the others copies.
MEDIA_STORAGE = os.environ.get("MEDIA_STORAGE", "")
STORAGES = media_storages(MEDIA_STORAGE) | {
    "staticfiles": {"BACKEND": "marketplace.hashed.HashedStaticFiles"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
UPLOAD_MAX_BYTES = whole("UPLOAD_MAX_BYTES", 200 * 1024 * 1024, 1)

# The mail server; without one, mails are written to files.
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = whole("EMAIL_PORT", 587, 1, 65_535)
EMAIL_USE_SSL = EMAIL_PORT == 465  # encrypted from the first byte; others, once they are asked to
EMAIL_USE_TLS = not EMAIL_USE_SSL and os.environ.get("EMAIL_USE_TLS", "1") in {"1", "true", "yes"}
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_TIMEOUT = 10
EMAIL_FILE_PATH = HOME / "mail"
SENT_BY = "django.core.mail.backends.smtp" if EMAIL_HOST else "marketplace.mail.files"
EMAIL_BACKEND = f"{SENT_BY}.EmailBackend"
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", "Refrain <refrain@localhost>")

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = flag("HTTPS")
SECURE_SSL_REDIRECT = flag("HTTPS")
SECURE_HSTS_SECONDS = 31_536_000 if flag("HTTPS") else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if flag("HTTPS") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# The price of one play, in micros (1 USD = 1,000,000): bounds, first price, step and tick.
PRICE_FLOOR_MICROS = 5_000
PRICE_CAP_MICROS = 12_000
PRICE_LAUNCH_MICROS = 6_000
PRICE_TICK_MICROS = 100
PRICE_MAX_STEP = 0.05
# of the songs, drawn by their key: their price stands, to measure the others by; more in the demo,
# so that among its thirty songs there are enough to compare
PRICE_HELD_BPS = 3_300 if DEMO else 200
# What an hour's prices were made of can be downloaded for so long; its hash stays.
PRICE_INPUTS_KEPT = seconds("PRICE_INPUTS_KEPT", 35 * 86_400)
# Of a feed's places, those that go by chance to songs that few have heard; 0 to 0.5.
EXPLORE_SHARE = number("EXPLORE_SHARE", 0.1)
if EXPLORE_SHARE > 0.5:
    raise ImproperlyConfigured(f"EXPLORE_SHARE is a share from 0 to 0.5, not {EXPLORE_SHARE:g}")
# How long it is kept which list was shown to whom, by which outcomes and exposure are told.
SHOWN_KEPT = seconds("SHOWN_KEPT", 35 * 86_400)
FREE_PLAYS_MOST = 50_000  # of a song, given away by its artist as it comes out
FREE_PLAYS_A_LISTENER = whole("FREE_PLAYS_A_LISTENER", 3)  # of those, of one song
QUOTE_TTL = timedelta(minutes=10)
PLATFORM_BPS = 500
UNITS_RESERVED = 600_000
UNITS_PRICE_MICROS = 5 if DEMO else 100  # micros a listener pays for the first unit
UNITS_LISTENER_CAP = 50_000
UNITS_PLAYS_A_DAY = 20  # of one song that earn one listener units

COUNT_AFTER = timedelta(seconds=30)  # or half the track, whichever is less
HEAD_EXTRA = timedelta(seconds=10)  # or a tenth of the track, whichever is less
# but not less than this: browsers hand on sound in blocks of 32 KiB, two seconds of it, and would
# fall silent just before a short song's counting point
HEAD_LEAST = timedelta(seconds=3)
HEARTBEAT_TIMEOUT = seconds("HEARTBEAT_TIMEOUT", 60)
HOLD_WINDOW = seconds("HOLD_WINDOW", 0 if DEMO else 86_400)
# Top-ups that their payer's bank can take back for so long; plays wait until the newest such money
# is so old. Test money can't be taken back.
TOP_UP_REVERSIBLE = seconds("TOP_UP_REVERSIBLE", 0)
TOP_UP_HOLD_WINDOW = seconds("TOP_UP_HOLD_WINDOW", 0 if DEMO else 259_200)
# A fraud hold: how long artists may answer once they saw it, or did not look for so long, and then
# operators may decide; left undecided, the plays are released.
HOLD_SEEN_WITHIN = seconds("HOLD_SEEN_WITHIN", 86_400 if DEMO else 2_419_200)
HOLD_ANSWER_WITHIN = seconds("HOLD_ANSWER_WITHIN", 600 if DEMO else 1_209_600)
HOLD_DECIDE_WITHIN = seconds("HOLD_DECIDE_WITHIN", 600 if DEMO else 1_209_600)
ACCRUAL_WINDOW = seconds("ACCRUAL_WINDOW", 15 if DEMO else 60)
SETTLEMENT_PERIOD = seconds("SETTLEMENT_PERIOD", 300 if DEMO else 86_400)
ACTIVATION_DELAY = seconds("ACTIVATION_DELAY", 30 if DEMO else 43_200)
# How long a changed wallet waits before anything is sent to it.
WALLET_NOTICE = seconds("WALLET_NOTICE", 600 if DEMO else 172_800)
# The most that custody sends to people's own wallets in any 24 hours.
CUSTODY_DAILY_MICROS = whole("CUSTODY_DAILY_MICROS", 10_000_000_000)
# The least that leaves at once, of money and of a song's units: each costs custody gas.
WITHDRAWAL_LEAST_MICROS = whole("WITHDRAWAL_LEAST_MICROS", 10_000 if DEMO else 1_000_000)
WITHDRAWAL_LEAST_UNITS = whole("WITHDRAWAL_LEAST_UNITS", 100)
# requests that leave at one cut-off: the next root waits until each has had its transaction
UNITS_LEAVE_AT_ONCE = whole("UNITS_LEAVE_AT_ONCE", 500)
# How long units earned by listening stay in the house at least.
UNITS_COOL_OFF = seconds("UNITS_COOL_OFF", 60 if DEMO else 604_800)
# How long the answer to a write is kept for a request that is sent again under its key.
IDEMPOTENCY_KEPT = seconds("IDEMPOTENCY_KEPT", 86_400)
TEST_MONEY = flag("TEST_MONEY") or DEMO  # top-ups without a payment provider
# where tokens are worth nothing, so that test money can be given away: local nodes, Sepolia
TEST_CHAINS = {1337, 31337, 11155111}
TOP_UP_MAX_MICROS = 500_000_000

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_ROUTES = {
    "marketplace.catalog.tasks.*": {"queue": "audio"},
    "royalties.tasks.chain_*": {"queue": "chain"},
    "marketplace.operations.tasks.chain_*": {"queue": "chain"},
}
# Celery is a doorbell: each of these looks for due rows in the database and does them once.
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": every, "options": {"expires": max(every * 2, 10)}}
    for name, task, every in [
        ("end silent streams", "marketplace.listening.tasks.end_silent", 5.0),
        ("expire quotes", "marketplace.pricing.tasks.expire_quotes", 15.0),
        ("move prices", "marketplace.pricing.tasks.step_prices", 60.0),
        ("drop old inputs of prices", "marketplace.pricing.tasks.drop_inputs", 3600.0),
        ("send mail", "marketplace.mail.tasks.send", 30.0),
        ("forget answers", "marketplace.idempotency.tasks.forget_answers", 3600.0),
        ("report prices", "marketplace.pricing.tasks.report_prices", 3600.0),
        ("accrue", "royalties.tasks.accrue", ACCRUAL_WINDOW.total_seconds()),
        ("close due period", "royalties.tasks.close_due_period", 5.0),
        ("release holds nobody decided", "royalties.tasks.lapse_fraud_holds", 60.0),
        ("send outbox", "royalties.tasks.chain_send", 2.0),
        ("follow chain", "royalties.tasks.chain_follow", 2.0),
        ("analyse left-over tracks", "marketplace.catalog.tasks.sweep", 30.0),
        ("compare ledger and chain", "marketplace.operations.tasks.reconcile", 60.0),
        ("look at keys", "marketplace.operations.tasks.chain_look_at_keys", 30.0),
        ("add up what rises", "marketplace.discovery.tasks.rise", 60.0 if DEMO else 300.0),
        ("count what is most played", "marketplace.discovery.tasks.count_most_played", 120.0),
        (
            "look for newcomers",
            "marketplace.discovery.tasks.look_for_newcomers",
            60.0 if DEMO else 300.0,
        ),
        (
            "add up exposure",
            "marketplace.discovery.tasks.add_up_exposure",
            60.0 if DEMO else 3600.0,
        ),
        ("forget lists shown", "marketplace.discovery.tasks.forget_shown", 3600.0),
        ("index fingerprints", "marketplace.discovery.tasks.index_fingerprints", 3600.0),
        ("remove files let go of", "marketplace.catalog.tasks.remove_files", 60.0),
        ("compare files with rows", "marketplace.catalog.tasks.take_stock", 60.0),
        ("forget refused copies", "marketplace.catalog.tasks.forget", 3600.0),
        ("train recommender", "marketplace.discovery.tasks.train", 120.0 if DEMO else 3600.0),
    ]
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": [
        "marketplace.parsers.ShallowJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "EXCEPTION_HANDLER": "marketplace.problems.handle",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Refrain",
    "DESCRIPTION": (
        "What a player and an importer need. Amounts are micros of a dollar. Every write takes an"
        " Idempotency-Key header: sent again under its key it happens once and is answered again."
    ),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "APPEND_COMPONENTS": {"securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer"}}},
    "SECURITY": [{"apiKey": []}],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
