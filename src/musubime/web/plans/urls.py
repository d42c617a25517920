from django.urls import path

from .views import desk, files, pages

app_name = "plans"
urlpatterns = [
    path("", pages.listed, name="list"),
    path("compare/", pages.compare, name="compare"),
    path("new/", desk.choose, name="choose"),
    path("new/<slug:slug>/", desk.new, name="new"),
    path("bring/<slug:slug>/", desk.bring, name="bring"),
    path("<slug:key>/", pages.page, name="page"),
    path("<slug:key>/settlements/", pages.settlements, name="settlements"),
    path("<slug:key>/settlements/<path:settlement>/", pages.settlement, name="settlement"),
    path("<slug:key>/charts/<slug:chart>-<slug:language>/<path:settlement>.svg", files.chart, name="chart"),
    path("<slug:key>/basis/", pages.basis, name="basis"),
    path("<slug:key>/layers/<slug:name>.geojson", files.layer, name="layer"),
    path("<slug:key>/files/<str:name>", files.download, name="file"),
    path("<slug:key>/qr.svg", files.qr, name="qr"),
    path("<slug:key>/publish/", desk.publish, name="publish"),
    path("<slug:key>/withdraw/", desk.withdraw, name="withdraw"),
    path("<slug:key>/rename/", desk.rename, name="rename"),
    path("<slug:key>/delete/", desk.delete, name="delete"),
]
