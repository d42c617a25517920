from django.urls import path

from . import pages_files, pages_return, pages_steps, pages_wave

RETURN = "<slug:wave>/returns/<str:code>/"

app_name = "surveys"
urlpatterns = [
    path("", pages_wave.listed, name="list"),
    path("new/", pages_wave.new, name="new"),
    path("<slug:wave>/", pages_wave.board, name="board"),
    path("<slug:wave>/settings/", pages_wave.settings, name="settings"),
    path("<slug:wave>/prefectures/<str:prefecture>/", pages_wave.desk, name="desk"),
    path("<slug:wave>/reminders/", pages_wave.reminders, name="reminders"),
    path("<slug:wave>/reminded/", pages_wave.reminded, name="reminded"),
    path("<slug:wave>/published/", pages_files.published, name="published"),
    path("<slug:wave>/files/", pages_files.files, name="files"),
    path("<slug:wave>/files/order/", pages_files.order, name="order"),
    path("<slug:wave>/files/<int:made>/publish/", pages_files.publish, name="publish"),
    path("<slug:wave>/files/<int:made>/<str:name>", pages_files.download, name="download"),
    path(RETURN, pages_return.overview, name="return"),
    path(RETURN + "sections/<str:section>/", pages_return.section, name="section"),
    path(RETURN + "rows/<str:roster>/", pages_return.rows, name="rows"),
    path(RETURN + "rows/<str:roster>/new/", pages_return.new_row, name="new_row"),
    path(RETURN + "rows/<str:roster>/<int:row>/", pages_return.row, name="row"),
    path(RETURN + "rows/<str:roster>/<int:row>/delete/", pages_return.delete_row, name="delete_row"),
    path(RETURN + "save/", pages_return.save_fields, name="save"),
    path(RETURN + "behalf/", pages_return.behalf, name="behalf"),
    path(RETURN + "carry/", pages_return.carry, name="carry"),
    path(RETURN + "conflicts/<int:pending>/", pages_return.conflict, name="conflict"),
    path(RETURN + "history/", pages_return.history, name="history"),
    path(RETURN + "comment/", pages_return.comment, name="comment"),
    path(RETURN + "workbook/", pages_steps.template, name="workbook"),
    path(RETURN + "upload/", pages_steps.send, name="upload"),
    path(RETURN + "received/<int:receipt>/", pages_steps.receipt, name="receipt"),
    path(RETURN + "received/<int:receipt>/file/", pages_steps.original, name="original"),
    path(RETURN + "contact/", pages_steps.contact, name="contact"),
    path(RETURN + "submit/", pages_steps.submit, name="submit"),
    path(RETURN + "withdraw/", pages_steps.withdraw, name="withdraw"),
    path(RETURN + "give-back/", pages_steps.give_back, name="give_back"),
    path(RETURN + "accept/", pages_steps.accept, name="accept"),
]
