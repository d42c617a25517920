from django.urls import path

from .views import board, desk, papers, people

app_name = "workshop"
urlpatterns = [
    path("", board.listed, name="list"),
    path("<slug:plan>/", board.board, name="board"),
    path("<slug:plan>/view/", board.view, name="view"),
    path("<slug:plan>/ground.svg", board.ground, name="ground"),
    path("<slug:plan>/variants/", papers.variants, name="variants"),
    path("<slug:plan>/compare/", papers.compare, name="compare"),
    path("<slug:plan>/v/<slug:key>/", board.variant, name="variant"),
    path("<slug:plan>/v/<slug:key>/ask/", board.ask, name="ask"),
    path("<slug:plan>/v/<slug:key>/state/", board.state, name="state"),
    path("<slug:plan>/v/<slug:key>/share/", papers.share, name="share"),
    path("<slug:plan>/v/<slug:key>/paper/", papers.paper, name="paper"),
    path("<slug:plan>/v/<slug:key>/name/", people.name, name="name"),
    path("<slug:plan>/v/<slug:key>/vote/", people.vote, name="vote"),
    path("<slug:plan>/v/<slug:key>/comment/", people.comment, name="comment"),
    path("<slug:plan>/desk/", desk.desk, name="desk"),
    path("<slug:plan>/desk/hold/", desk.hold, name="hold"),
    path("<slug:plan>/desk/comments/<int:number>/", desk.decide, name="decide"),
    path("<slug:plan>/desk/names/<slug:key>/", desk.decide_name, name="decide_name"),
    path("<slug:plan>/desk/results.json", desk.export_json, name="export_json"),
    path("<slug:plan>/desk/results.csv", desk.export_csv, name="export_csv"),
]
