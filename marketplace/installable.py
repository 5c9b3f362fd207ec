"""The manifest by which a phone or computer keeps Refrain among its programs.

There is no service worker: without the network there is no price, no quote and no sound, and a page
kept for that time would show old ones.
"""

from django.http import HttpRequest, JsonResponse
from django.templatetags.static import static
from django.views.decorators.http import require_safe

PAPER = {"light": "#f5f1e8", "dark": "#14120e"}  # `--paper` of css/tokens.css
ICONS = [("any-192", 192, "any"), ("any-512", 512, "any"), ("maskable-512", 512, "maskable")]
KEPT_SECONDS = 3_600


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """As the W3C's Web Application Manifest has it."""
    answer = JsonResponse(
        {
            "id": "/",
            "name": "Refrain",
            "short_name": "Refrain",
            "description": "Music with a price you can see and a receipt you can check.",
            "lang": "en",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": PAPER["light"],
            "theme_color": PAPER["light"],
            "categories": ["music"],
            "icons": [
                {
                    "src": static(f"icons/{name}.png"),
                    "sizes": f"{side}x{side}",
                    "type": "image/png",
                    "purpose": purpose,
                }
                for name, side, purpose in ICONS
            ],
        },
        content_type="application/manifest+json",
    )
    answer["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    return answer
