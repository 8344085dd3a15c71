"""Who may do what: permissions, access roles, the table of grants, and the functions a person holds in a project."""

from __future__ import annotations

from enum import StrEnum

MINIMUM_PASSWORD, MAXIMUM_PASSWORD = 15, 1024
LONGEST_NAME = 120


class Permission(StrEnum):
    """`<thing>:<verb>`. Every page names the one it needs."""

    SESSION_USE = "session:use"  # be signed in: own profile, language, sign-out
    PERSON_READ = "person:read"
    PERSON_MANAGE = "person:manage"
    PROJECT_READ = "project:read"  # see a project and everything on it
    PROJECT_OPEN = "project:open"  # start a new one
    PROJECT_IMPORT = "project:import"  # take one in from another installation
    PROJECT_MANAGE = "project:manage"  # its facts, its team, its participants
    TOOL_READ = "tool:read"
    TOOL_MANAGE = "tool:manage"
    CHECKLIST_ANSWER = "checklist:answer"
    CHECKLIST_START = "checklist:start"
    CHECKLIST_ASSIGN = "checklist:assign"  # ask people for answers, accept them or send them back, repeat a checklist
    ANSWER_GIVE = "answer:give"  # answer where one may: the project's checklists, or those of an audit one is on
    PACK_READ = "pack:read"
    PACK_EDIT = "pack:edit"  # adapt, import and publish packs
    FINDING_RAISE = "finding:raise"
    FINDING_TREAT = "finding:treat"  # correct, find the cause, act on it
    FINDING_CHECK = "finding:check"  # judge whether an action worked, close, open again
    AUDIT_READ = "audit:read"
    AUDIT_PLAN = "audit:plan"  # the programme, and audits with their teams
    AUDIT_CONDUCT = "audit:conduct"  # lead or carry out an audit one is on
    REVIEW_HOLD = "review:hold"  # the management review
    WORK_HAND_OVER = "work:hand_over"  # give all open work of a person to another
    EVIDENCE_ADD = "evidence:add"
    RECORD_WRITE = "record:write"  # needs, sources, consultations, paths, artefacts
    GATE_DECIDE = "gate:decide"
    GATE_WAIVE = "gate:waive"
    CONNECTOR_MANAGE = "connector:manage"  # hosts that may be read, and the secrets to read them with
    LETTERHEAD_MANAGE = "letterhead:manage"  # how the company's reports look
    TRIAL_RUN = "trial:run"
    TRIAL_DISPOSE = "trial:dispose"  # decide on an unexplained row
    REPORT_BUILD = "report:build"
    TRAIL_READ = "trail:read"
    JOB_READ = "job:read"


class Role(StrEnum):
    """Access roles. The first three hold everywhere; the others count on a project only where a membership says so."""

    ADMIN = "admin"
    QUALITY_LEAD = "quality_lead"
    AUDITOR = "auditor"
    PROJECT_MANAGER = "project_manager"
    CONTRIBUTOR = "contributor"
    GUEST = "guest"


P = Permission
EVERYWHERE = frozenset({Role.ADMIN, Role.QUALITY_LEAD, Role.AUDITOR})
ON_PROJECTS = frozenset({Role.PROJECT_MANAGER, Role.CONTRIBUTOR, Role.GUEST})

# What a role grants without any project at hand.
_SIGNED_IN = {P.SESSION_USE, P.JOB_READ}
GRANTS_ANYWHERE: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(
        {
            *_SIGNED_IN, P.PERSON_READ, P.PERSON_MANAGE, P.TOOL_READ, P.TRAIL_READ, P.PACK_READ, P.AUDIT_READ, P.WORK_HAND_OVER,
            P.CONNECTOR_MANAGE, P.LETTERHEAD_MANAGE, P.PROJECT_IMPORT,
        }
    ),
    Role.QUALITY_LEAD: frozenset(
        {
            *_SIGNED_IN,
            P.PERSON_READ,
            P.PROJECT_OPEN,
            P.PROJECT_IMPORT,
            P.TOOL_READ,
            P.TOOL_MANAGE,
            P.TRAIL_READ,
            P.PACK_READ,
            P.PACK_EDIT,
            P.AUDIT_READ,
            P.AUDIT_PLAN,
            P.REVIEW_HOLD,
            P.WORK_HAND_OVER,
        }
    ),
    Role.AUDITOR: frozenset({*_SIGNED_IN, P.PERSON_READ, P.TOOL_READ, P.TRAIL_READ, P.PACK_READ, P.AUDIT_READ}),
    Role.PROJECT_MANAGER: frozenset(
        {*_SIGNED_IN, P.PERSON_READ, P.PROJECT_OPEN, P.TOOL_READ, P.TOOL_MANAGE, P.PACK_READ, P.AUDIT_READ}
    ),
    Role.CONTRIBUTOR: frozenset({*_SIGNED_IN, P.TOOL_READ, P.PACK_READ}),
    Role.GUEST: frozenset(_SIGNED_IN),
}

# What a role grants on a project: for the first three on every project, for the others by membership.
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset({P.PROJECT_READ, P.TRAIL_READ}),
    Role.QUALITY_LEAD: frozenset(
        {
            P.PROJECT_READ,
            P.PROJECT_MANAGE,
            P.CHECKLIST_START,
            P.CHECKLIST_ASSIGN,
            P.CHECKLIST_ANSWER,
            P.ANSWER_GIVE,
            P.FINDING_RAISE,
            P.FINDING_TREAT,
            P.FINDING_CHECK,
            P.AUDIT_READ,
            P.AUDIT_PLAN,
            P.AUDIT_CONDUCT,
            P.EVIDENCE_ADD,
            P.RECORD_WRITE,
            P.GATE_DECIDE,
            P.GATE_WAIVE,
            P.TRIAL_RUN,
            P.TRIAL_DISPOSE,
            P.REPORT_BUILD,
            P.TRAIL_READ,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            P.PROJECT_READ,
            P.ANSWER_GIVE,
            P.FINDING_RAISE,
            P.FINDING_CHECK,
            P.AUDIT_READ,
            P.AUDIT_CONDUCT,
            P.EVIDENCE_ADD,
            P.REPORT_BUILD,
            P.TRAIL_READ,
        }
    ),
    Role.PROJECT_MANAGER: frozenset(
        {
            P.PROJECT_READ,
            P.PROJECT_MANAGE,
            P.CHECKLIST_START,
            P.CHECKLIST_ASSIGN,
            P.CHECKLIST_ANSWER,
            P.ANSWER_GIVE,
            P.FINDING_RAISE,
            P.FINDING_TREAT,
            P.AUDIT_READ,
            P.EVIDENCE_ADD,
            P.RECORD_WRITE,
            P.TRIAL_RUN,
            P.TRIAL_DISPOSE,
            P.REPORT_BUILD,
            P.TRAIL_READ,
        }
    ),
    Role.CONTRIBUTOR: frozenset(
        {
            P.PROJECT_READ,
            P.CHECKLIST_ANSWER,
            P.ANSWER_GIVE,
            P.FINDING_RAISE,
            P.FINDING_TREAT,
            P.AUDIT_READ,
            P.EVIDENCE_ADD,
            P.RECORD_WRITE,
            P.TRIAL_RUN,
        }
    ),
    Role.GUEST: frozenset({P.PROJECT_READ}),
}

# Who stands above whom: nobody grants above their own role (trust.md §3).
RANK: dict[Role, int] = {
    Role.GUEST: 0,
    Role.CONTRIBUTOR: 1,
    Role.PROJECT_MANAGER: 2,
    Role.AUDITOR: 2,
    Role.QUALITY_LEAD: 3,
    Role.ADMIN: 4,
}


class Function(StrEnum):
    """What a person answers for in a project, on top of the access role (names of the gates pack)."""

    SPONSOR = "sponsor"
    PROJECT_MANAGER = "project_manager"
    QUALITY_LEAD = "quality_lead"
    PROCESS_OWNER = "process_owner"
    TECHNICAL_LEAD = "technical_lead"
    SECURITY_LEAD = "security_lead"
    BILLING_LEAD = "billing_lead"
    SALES_LEAD = "sales_lead"
    ADOPTION_LEAD = "adoption_lead"
    CHANGE_AUTHORITY = "change_authority"
    INTERNAL_AUDITOR = "internal_auditor"


# The sponsor and the change authority decide gates whatever their access role on the project is.
FUNCTION_GRANTS: dict[Function, frozenset[Permission]] = {
    Function.SPONSOR: frozenset({P.GATE_DECIDE, P.GATE_WAIVE, P.TRIAL_DISPOSE}),
    Function.CHANGE_AUTHORITY: frozenset({P.GATE_DECIDE}),
    Function.INTERNAL_AUDITOR: frozenset(
        {P.ANSWER_GIVE, P.FINDING_RAISE, P.FINDING_CHECK, P.AUDIT_READ, P.AUDIT_CONDUCT}
    ),
}


class Hub(StrEnum):
    """Where in the company a person works (thesis §4.3: administrative, operational and sales views)."""

    ADMINISTRATION = "administration"
    TECHNICAL = "technical"
    SALES = "sales"


def granted(role: Role, membership: Role | None, functions: frozenset[Function]) -> frozenset[Permission]:
    """The permissions on one project of somebody with this access role, membership and functions; empty for an outsider."""
    rights: set[Permission] = set(GRANTS[role]) if role in EVERYWHERE else set()
    if membership is not None:
        rights |= GRANTS[membership]
        if role is not Role.ADMIN:  # an admin cannot answer, approve or sign, whatever else they hold
            for function in functions:
                rights |= FUNCTION_GRANTS.get(function, frozenset())
    if role is Role.ADMIN:
        rights &= GRANTS[Role.ADMIN]
    return frozenset(rights)
