"""The words for kinds, roles, rights and entries of the log."""

from __future__ import annotations

from collections.abc import Mapping

from musubime.language import Text, text, verbatim

from .models import Kind, Role
from .rights import ADMINISTRATOR, ANYONE, SIGNED_IN

KINDS: Mapping[str, Text] = {
    Kind.MINISTRY: text("Ministry"),
    Kind.PREFECTURE: text("Prefecture"),
    Kind.MUNICIPALITY: text("Municipality"),
    Kind.RMO: text("Region management organization"),
    Kind.INTERMEDIARY: text("Intermediary organisation"),
    Kind.COMPANY: text("Company"),
}
ROLES: Mapping[str, Text] = {
    Role.LEAD: text("Lead (also keeps the accounts)"),
    Role.STAFF: text("Staff"),
    Role.READER: text("Reader (changes nothing)"),
}
SHORT_ROLES: Mapping[str, Text] = {
    Role.LEAD: text("Lead"), Role.STAFF: text("Staff"), Role.READER: text("Reader"),
}
EVERYONE: Mapping[str, Text] = {
    ANYONE: text("Anyone"), SIGNED_IN: text("Anyone who is signed in"), ADMINISTRATOR: text("Administrator"),
}
RIGHT_WORDS: Mapping[str, Text] = {
    "accounts.enter": text("Sign in, or come in with an invitation"),
    "accounts.log": text("Read the log (a lead: of the own organisation)"),
    "accounts.me": text("Keep one's own account"),
    "accounts.members": text("Invite and keep the members (a lead: of the own organisation)"),
    "accounts.organisations": text("Make organisations and change them"),
    "accounts.people": text("See all accounts, close them, name administrators"),
    "accounts.rights": text("See who may do what"),
    "api.tokens": text("Give out and take back the API's tokens (a lead: of the own organisation)"),
    "jobs.cancel": text("Stop long work of the own area"),
    "jobs.see": text("See long work in the background"),
    "pages.see": text("Open the first page and choose the language"),
    "places.directory": text("Bring in the official lists of municipalities"),
    "places.edit": text("Keep the hubs and RMOs of the own area"),
    "places.import": text("Bring in regions of the own area"),
    "places.private": text("See regions of the own area that are not open to all"),
    "places.see": text("See places that are open to all"),
    "plans.drafts": text("See plans of the own area that are not published"),
    "plans.publish": text("Make and publish plans of the own area"),
    "plans.see": text("See plans that are published"),
    "surveys.answer": text("Answer for the own municipality"),
    "surveys.board": text("See how far a survey has come, in the whole country"),
    "surveys.contact": text("See who answers a return"),
    "surveys.desk": text("See the returns of the own area side by side"),
    "surveys.make": text("Make surveys"),
    "surveys.open": text("Open surveys to the whole country"),
    "surveys.return": text("See returns of the own area"),
    "surveys.review": text("Accept returns of the own area, or send them back"),
    "surveys.see": text("See surveys and what they found"),
    "upkeep.administer": text("Keep the site: backups, health, restart of work"),
    "upkeep.health": text("Ask whether the site is well"),
    "workshop.ask": text("Ask what if, in the workshop"),
    "workshop.moderate": text("Hide and show comments of the workshop"),
    "workshop.see": text("See variants of a plan"),
    "workshop.speak": text("Comment and vote in the workshop"),
}
ACTIONS: Mapping[str, Text] = {
    "signed_in": text("Signed in"),
    "signed_out": text("Signed out"),
    "sign_in_failed": text("A password was wrong"),
    "locked_out": text("Locked out after wrong passwords"),
    "second_factor_failed": text("A code of the second factor was wrong"),
    "second_factor_added": text("Second factor set up"),
    "second_factor_removed": text("Second factor removed"),
    "recovery_codes_made": text("Recovery codes made"),
    "password_changed": text("Password changed"),
    "password_reset": text("Password chosen anew"),
    "signed_out_everywhere": text("Signed out everywhere"),
    "first_run": text("First administrator made"),
    "organisation_made": text("Organisation made"),
    "organisation_changed": text("Organisation changed"),
    "invited": text("Invited"),
    "invitation_withdrawn": text("Invitation withdrawn"),
    "invitation_failed": text("An invitation's code was wrong"),
    "joined": text("Joined"),
    "role_changed": text("Role changed"),
    "member_removed": text("Removed from the organisation"),
    "new_code_given": text("New code given"),
    "account_closed": text("Account closed"),
    "account_opened": text("Account opened again"),
    "administrator_named": text("Named administrator"),
    "administrator_removed": text("No longer administrator"),
    "name_changed": text("Name changed"),
    "looked_at_members": text("Looked at the members"),
    "looked_at_people": text("Looked at all accounts"),
    "looked_at_log": text("Looked at the log"),
    "log_exported": text("Log exported"),
    "looked_at_history": text("Looked at the history"),
}
# What is known of a person and not of an organisation; a lead reads it of the own members.
SIGN_INS = frozenset({
    "signed_in", "signed_out", "sign_in_failed", "locked_out", "second_factor_failed", "second_factor_added",
    "second_factor_removed", "recovery_codes_made", "password_changed", "password_reset", "signed_out_everywhere",
})


def action_words(action: str) -> Text:
    """An action of the log in words: ours, that of a right, else the name itself."""
    return ACTIONS.get(action) or RIGHT_WORDS.get(action) or verbatim(action)
