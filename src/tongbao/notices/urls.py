"""Addresses of warnings at the desk."""

from django.urls import path, re_path

from tongbao.notices.views import audiences, drafts, evidence, partners

app_name = "notices"
urlpatterns = [
    path("warnings/", drafts.index, name="index"),
    path("warnings/new/", drafts.begin, name="begin"),
    path("warnings/levels/", drafts.levels, name="levels"),
    path("warnings/audiences/", audiences.index, name="audiences"),
    path("warnings/audiences/new/", audiences.keep, name="new-audience"),
    path("warnings/audiences/<slug:public_id>/", audiences.keep, name="audience"),
    path("warnings/audiences/<slug:public_id>/remove/", audiences.remove, name="remove-audience"),
    path("warnings/partners/", partners.index, name="partners"),
    path("warnings/partners/<slug:public_id>/", partners.alert, name="partner"),
    path("warnings/statistics/", evidence.statistics, name="statistics"),
    path("warnings/<slug:public_id>/", drafts.draft, name="draft"),
    path("warnings/<slug:public_id>/edit/", drafts.edit, name="edit"),
    path("warnings/<slug:public_id>/files/", drafts.enclose, name="enclose"),
    path("warnings/<slug:public_id>/files/<slug:file>/drop/", drafts.drop_file, name="drop-file"),
    path("warnings/<slug:public_id>/second/", drafts.second, name="second"),
    path("warnings/<slug:public_id>/submit/", drafts.submit, name="submit"),
    path("warnings/<slug:public_id>/approve/", drafts.approve, name="approve"),
    path("warnings/<slug:public_id>/return/", drafts.give_back, name="return"),
    path("warnings/<slug:public_id>/discard/", drafts.discard, name="discard"),
    path("warnings/<slug:public_id>/alone/", drafts.alone, name="alone"),
    path("warnings/<slug:public_id>/review/", drafts.review, name="review"),
    path("warnings/<slug:public_id>/send/", drafts.send_prepared, name="send-prepared"),
    re_path(r"^notices/(?P<public_id>[a-z2-7]{20})/(?P<kind>update|cancel)/$", drafts.follow, name="follow"),
    re_path(
        r"^notices/(?P<public_id>[a-z2-7]{20})/take-over/(?P<organisation>[a-z2-7]{20})/$",
        drafts.take_over,
        name="take-over",
    ),
    path("operations/<slug:public_id>/call-tree/", drafts.call_tree, name="call-tree"),
    path("notices/<slug:public_id>/evidence/", evidence.page, name="evidence"),
    re_path(
        r"^notices/(?P<public_id>[a-z2-7]{20})/evidence\.(?P<form>pdf|csv|json|cap)$",
        evidence.export,
        name="evidence-as",
    ),
]
