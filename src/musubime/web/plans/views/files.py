"""What pages of a plan load or readers take home: layers, charts, files, the QR code of its address."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import segno
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag

from musubime.language import LANGUAGES
from musubime.web.accounts.rights import may

from ..common import find, find_loaded
from ..drawings import CHARTS, chart_file, has_chart
from ..layers import LAYERS
from ..making import FILES, VIEW

TYPES = {
    ".html": "text/html; charset=utf-8", ".json": "application/json", ".gpkg": "application/geopackage+sqlite3",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}


def _etag(path: Path) -> str:
    found = path.stat()
    return quote_etag(f"{found.st_mtime_ns:x}-{found.st_size:x}")


def _checked(request: HttpRequest, etag: str, response: HttpResponse) -> HttpResponse:
    """Kept by the reader's browser alone, and asked for again each time: a plan may be withdrawn."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["ETag"] = etag
    answer = get_conditional_response(request, etag, None, response)
    return answer if isinstance(answer, HttpResponse) else response


@may("plans.see")
def layer(request: HttpRequest, key: str, name: str) -> HttpResponse:
    path = find(request, key).folder / VIEW / f"{name}.geojson.gz"
    if name not in LAYERS or not path.is_file():
        raise Http404
    packed = path.read_bytes()
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(packed, content_type="application/geo+json")
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = HttpResponse(gzip.decompress(packed), content_type="application/geo+json")
    patch_vary_headers(response, ["Accept-Encoding"])
    return _checked(request, _etag(path), response)


@may("plans.see")
def chart(request: HttpRequest, key: str, settlement: str, chart: str, language: str) -> HttpResponse:
    _, loaded = find_loaded(request, key)
    found = loaded.settlement(settlement)
    wanted = next((one for one in LANGUAGES if one == language), None)
    if found is None or wanted is None or chart not in CHARTS or not has_chart(loaded, found, chart):
        raise Http404
    path = chart_file(loaded, found, chart, wanted)
    return _checked(request, _etag(path), HttpResponse(path.read_bytes(), content_type="image/svg+xml"))


@may("plans.see")
def download(request: HttpRequest, key: str, name: str) -> HttpResponseBase:
    """A file of the plan, to be saved: never opened on the site's own address, where it could act as the site."""
    plan = find(request, key)
    path = plan.folder / name
    if name not in FILES or not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{plan.name} {name}",
                        content_type=TYPES[path.suffix], headers={"Cache-Control": "private, no-cache"})


@may("plans.see")
def qr(request: HttpRequest, key: str) -> HttpResponse:
    """The address as a QR code, to be put on paper or on the projector."""
    address = request.build_absolute_uri(find(request, key).get_absolute_url())
    drawn = io.BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", scale=6, border=4, light="#ffffff", nl=False)
    return HttpResponse(drawn.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "private, no-cache"})
