/*
 * sql.h: the shapes of query.h as SQL text, so that each is written once. All expect the tables
 * r (records), and where said c (cycles) and t (states) joined to it, and ?1 as today's date or
 * null.
 */
#ifndef VIEW_SQL_H
#define VIEW_SQL_H

/* clang-format off */
#define SQL_ME "(SELECT value FROM meta WHERE name = 'school')"
#define SQL_BOOL(condition) "json(iif(" condition ", 'true', 'false'))"

/* A school, or the network where it is an owner; an audience by the row of its space. */
#define SQL_SCHOOL(id) "(SELECT json FROM owners WHERE id = " id ")"
#define SQL_AUDIENCE_OF(space) "json((SELECT audience FROM spaces WHERE id = " space "))"
#define SQL_AUDIENCES                                                                          \
    "json((SELECT json_group_array(json(audience)) FROM (SELECT s.audience FROM states x JOIN" \
    " spaces s ON s.id = x.id % 65536 WHERE x.id BETWEEN r.id * 65536 AND r.id * 65536 + 65535" \
    " ORDER BY s.width, s.space)))"

#define SQL_AWAKE "c.phase NOT IN ('decided', 'closed') AND c.state NOT IN ('paused', 'withdrawn')"

/* The second line of a record: its type says where it lies. */
#define SQL_SUMMARY "json_extract(t.sections, r.summary)"

/* Stored flags and those that need today's date (proto/record/cycle.h says when). */
#define SQL_FLAG_ROWS                                                                          \
    "SELECT value FROM json_each(r.flags) UNION SELECT 'overdue' WHERE " SQL_AWAKE             \
    " AND date(c.due) < ?1 UNION SELECT 'done_not_studied' WHERE c.phase = 'doing'"            \
    " AND c.state <> 'withdrawn' AND date(c.due) < ?1 UNION SELECT 'stalled' WHERE " SQL_AWAKE \
    " AND c.phase <> 'draft' AND julianday(?1) - julianday(substr(c.touched, 1, 10)) > 30"

/* An unanswered question or suggestion. f: a record of type feedback. */
#define SQL_OPEN(f)                                                                            \
    "(" f ".state IN ('question', 'suggestion') AND NOT EXISTS (SELECT 1 FROM links al"        \
    " WHERE al.target = " f ".record AND al.owner = " f ".owner AND al.path = 'head.answers'))"

#define SQL_FEEDBACK                                                                           \
    "json((SELECT json_object('total', count(*), 'open', coalesce(sum(" SQL_OPEN("f") "), 0))" \
    " FROM links fl JOIN records f ON f.id = fl.record AND f.type = 'feedback'"                \
    " WHERE fl.target = r.record AND fl.owner = r.owner AND fl.path = 'head.target'))"

#define SQL_ITEM_FIELDS                                                                        \
    "'id', lower(hex(r.record)), 'short', substr(lower(hex(r.record)), 1, 6), 'owner',"        \
    " json(" SQL_SCHOOL("r.owner") "), 'type', r.type, 'v', json_extract(t.derived, '$.v'),"   \
    " 'title', r.title, 'summary', " SQL_SUMMARY ", 'state', r.state,"                       \
    " 'flags', json((SELECT json_group_array(value) FROM (" SQL_FLAG_ROWS "))),"               \
    " 'audiences', " SQL_AUDIENCES ", 'shown_in', " SQL_AUDIENCE_OF("r.space") ","             \
    " 'edit', lower(hex(r.edit)), 'revisions', json_extract(t.derived, '$.heads'),"            \
    " 'person', r.person, 'at', r.at, 'created_at', r.created, 'lseq', CAST(r.lseq AS TEXT),"  \
    " 'feedback', " SQL_FEEDBACK ", 'hidden', " SQL_BOOL("r.hidden IS NOT NULL") ","           \
    " 'hidden_by', json(iif(r.hidden IS NULL, 'null', " SQL_SCHOOL("r.hidden") ")),"           \
    " 'hidden_reason', r.reason"

/* Whether what r says may be read here: not hidden, not of a type without names. */
#define SQL_OPENLY "r.hidden IS NULL AND NOT " SQL_ANONYMOUS("r.type")
/* A function of readers alone (view.c). */
#define SQL_ANONYMOUS(type) "kith_anonymous(" type ")"

/* Whether r is in this school's archive. A function of readers alone (view.c). */
#define SQL_ARCHIVED "kith_archived(r.type, r.at)"
/* What the archive would take is what retention takes, of this school (?1). */
#define SQL_AGED "r.owner = ?1 AND " SQL_ARCHIVED

#define SQL_FULL_FIELDS                                                                        \
    ", 'sections', json(iif(" SQL_OPENLY ", t.sections, '{}')), 'withheld',"                   \
    " " SQL_BOOL(SQL_ANONYMOUS("r.type")) ", 'also_written',"                                  \
    " json(iif(" SQL_OPENLY ", json_extract(t.derived, '$.also'), '[]')), 'amendments',"       \
    " json(iif(r.hidden IS NULL, coalesce(json_extract(t.derived, '$.cycle.amendments'),"      \
    " '[]'), '[]')), 'written', json(json_extract(t.derived, '$.written')),"                   \
    " 'waiting', json_extract(t.derived, '$.waiting'),"                                        \
    " 'erased', json_extract(t.derived, '$.erased')"

#define SQL_ITEM "json_object(" SQL_ITEM_FIELDS ")"
#define SQL_FULL "json_object(" SQL_ITEM_FIELDS SQL_FULL_FIELDS ")"

#define SQL_FROM                                                                               \
    " FROM records r JOIN states t ON t.id = r.id * 65536 + r.space"                           \
    " LEFT JOIN cycles c ON c.record = r.id "
/* clang-format on */

#endif
