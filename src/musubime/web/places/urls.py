from django.urls import path, re_path

from .views import bringing, directory, keeping, regions

app_name = "places"
urlpatterns = [
    path("", regions.listed, name="list"),
    path("import/", bringing.bring, name="import"),
    path("municipalities/", directory.directory, name="directory"),
    path("municipalities/import/", directory.official, name="official"),
    re_path(r"^municipalities/(?P<code>\d{6})/$", directory.municipality, name="municipality"),
    re_path(r"^municipalities/(?P<code>\d{6})/(?P<kind>hubs|rmos)/new/$", keeping.new, name="kept_new"),
    re_path(r"^(?P<kind>hubs|rmos)/(?P<pk>\d{1,18})/$", keeping.one, name="kept"),
    re_path(r"^(?P<kind>hubs|rmos)/(?P<pk>\d{1,18})/edit/$", keeping.edit, name="kept_edit"),
    re_path(r"^(?P<kind>hubs|rmos)/(?P<pk>\d{1,18})/delete/$", keeping.delete, name="kept_delete"),
    path("regions/<slug:slug>/", regions.region, name="region"),
    path("regions/<slug:slug>/settlements/", regions.settlements, name="settlements"),
    path("regions/<slug:slug>/settlements.csv", regions.settlements_csv, name="settlements_csv"),
    path("regions/<slug:slug>/settlements/<path:settlement>/", regions.settlement, name="settlement"),
    path("regions/<slug:slug>/facilities/", regions.facilities, name="facilities"),
    path("regions/<slug:slug>/areas/", regions.areas, name="areas"),
    path("regions/<slug:slug>/sources/", regions.sources, name="sources"),
    path("regions/<slug:slug>/layers/<slug:layer>.geojson", regions.layer, name="layer"),
    path("regions/<slug:slug>/visibility/", bringing.visibility, name="visibility"),
    path("regions/<slug:slug>/delete/", bringing.delete, name="delete"),
]
