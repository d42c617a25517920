from django.urls import path

from .views import entering, log, me, members, organisations, people, rights

app_name = "accounts"
urlpatterns = [
    path("first/", entering.first_run, name="first_run"),
    path("join/", entering.join, name="join"),
    path("join/finish/", entering.join_finish, name="join_finish"),
    path("join/<uuid:pk>/<str:code>/", entering.join_link, name="join_link"),
    path("me/", me.me, name="me"),
    path("me/sessions/", me.end_sessions, name="end_sessions"),
    path("rights/", rights.table, name="rights"),
    path("organisations/", organisations.listed, name="organisations"),
    path("organisations/new/", organisations.make, name="make_organisation"),
    path("organisations/<uuid:pk>/", members.page, name="organisation"),
    path("organisations/<uuid:pk>/change/", organisations.change, name="change_organisation"),
    path("organisations/<uuid:pk>/history/", organisations.history, name="history"),
    path("organisations/<uuid:pk>/invite/", members.invite, name="invite"),
    path("organisations/<uuid:pk>/members/<int:membership>/role/", members.change_role, name="change_role"),
    path("organisations/<uuid:pk>/members/<int:membership>/remove/", members.remove, name="remove"),
    path("organisations/<uuid:pk>/members/<int:membership>/code/", members.new_code, name="new_code"),
    path("invitations/<uuid:pk>/", members.sheet, name="sheet"),
    path("invitations/<uuid:pk>/withdraw/", members.withdraw, name="withdraw"),
    path("people/", people.listed, name="people"),
    path("people/<int:pk>/active/", people.set_active, name="set_active"),
    path("people/<int:pk>/administrator/", people.set_administrator, name="set_administrator"),
    path("people/<int:pk>/code/", people.new_code, name="person_new_code"),
    path("log/", log.page, name="log"),
    path("log.csv", log.export, name="log_export"),
]
