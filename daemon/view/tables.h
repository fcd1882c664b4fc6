/*
 * tables.h: the text of the view's tables. README.md says what each column means. The hash of
 * this text is the database's version: change it and every view is made anew.
 */
#ifndef VIEW_TABLES_H
#define VIEW_TABLES_H

/* clang-format off */
#define TABLES_TEXT                                                                            \
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;"                           \
    "CREATE TABLE statements(lseq INTEGER PRIMARY KEY);"                                       \
    "CREATE TABLE schools(school BLOB PRIMARY KEY, name TEXT, live INTEGER, has_left INTEGER," \
    " steward INTEGER, hub INTEGER, observer INTEGER, admitted TEXT, standing TEXT,"           \
    " since TEXT) WITHOUT ROWID;"                                                              \
    "CREATE TABLE called(school BLOB PRIMARY KEY, name TEXT, standing TEXT, since TEXT)"       \
    " WITHOUT ROWID;"                                                                          \
    "CREATE TABLE owners(id BLOB PRIMARY KEY, json TEXT, hex TEXT UNIQUE) WITHOUT ROWID;"      \
    "CREATE TABLE devices(device BLOB PRIMARY KEY, school BLOB, name TEXT, live INTEGER)"      \
    " WITHOUT ROWID;"                                                                          \
    "CREATE TABLE spaces(id INTEGER PRIMARY KEY, tag BLOB UNIQUE, space BLOB, class INTEGER,"  \
    " width INTEGER, school BLOB, name TEXT, part INTEGER, members TEXT,"      \
    " audience TEXT);"                     \
    "CREATE TABLE chains(id INTEGER PRIMARY KEY, device BLOB, tag BLOB, school BLOB,"          \
    " space INTEGER, upto INTEGER, why INTEGER, UNIQUE(device, tag));"                         \
    "CREATE TABLE revisions(lseq INTEGER PRIMARY KEY, chain INTEGER, seq INTEGER,"             \
    " status INTEGER, standing INTEGER, role INTEGER, key BLOB, gone BLOB, record INTEGER,"    \
    " space INTEGER, revision BLOB, lamport INTEGER, edit BLOB, person TEXT, at TEXT,"         \
    " body TEXT);"                                                                             \
    "CREATE INDEX revisions_record ON revisions(record, space) WHERE record IS NOT NULL;"      \
    "CREATE INDEX revisions_chain ON revisions(chain, seq) WHERE chain IS NOT NULL;"           \
    "CREATE INDEX revisions_local ON revisions(revision) WHERE chain IS NULL;"                 \
    "CREATE INDEX revisions_key ON revisions(key) WHERE key IS NOT NULL;"                      \
    "CREATE INDEX revisions_gone ON revisions(gone) WHERE gone IS NOT NULL;"                   \
    "CREATE INDEX revisions_role ON revisions(lseq) WHERE role IS NOT NULL;"                   \
    "CREATE INDEX revisions_status ON revisions(status) WHERE status > 3;"                     \
    "CREATE INDEX revisions_standing ON revisions(standing) WHERE standing > 0;"               \
    "CREATE TABLE records(id INTEGER PRIMARY KEY, record BLOB, owner BLOB, type TEXT,"         \
    " title TEXT, summary TEXT, state TEXT, flags TEXT, person TEXT, at TEXT, edit BLOB,"      \
    " created TEXT, lamport INTEGER, lseq INTEGER, changed INTEGER, space INTEGER,"            \
    " hidden BLOB, reason TEXT, UNIQUE(record, owner));"                                       \
    "CREATE INDEX records_lseq ON records(lseq);"                                              \
    "CREATE INDEX records_owner ON records(owner, type, at) WHERE space IS NOT NULL AND hidden" \
    " IS NULL;"                                                                                \
    "CREATE TABLE states(id INTEGER PRIMARY KEY, sections TEXT, derived TEXT, lseq INTEGER,"   \
    " lags INTEGER);"                                                                          \
    "CREATE INDEX states_lags ON states(id) WHERE lags;"                                       \
    "CREATE TABLE cycles(record INTEGER PRIMARY KEY, state TEXT, phase TEXT, decision TEXT,"   \
    " decided_at TEXT, questions INTEGER, predictions INTEGER, judged INTEGER,"                \
    " matched INTEGER, amendments INTEGER, due TEXT, touched TEXT, owner BLOB,"                \
    " idea_owner BLOB, idea BLOB, prior_owner BLOB, prior BLOB, scale TEXT, ramp TEXT);"       \
    "CREATE INDEX cycles_owner ON cycles(owner, state);"                                       \
    "CREATE INDEX cycles_awake ON cycles(owner) WHERE phase NOT IN ('decided', 'closed');"     \
    "CREATE TABLE trials(record INTEGER, grp TEXT, cond TEXT, worked INTEGER,"                 \
    " not_for INTEGER);"                                                                       \
    "CREATE INDEX trials_record ON trials(record);"                                            \
    "CREATE TABLE links(record INTEGER, path TEXT, owner BLOB, target BLOB);"                  \
    "CREATE INDEX links_record ON links(record);"                                              \
    "CREATE INDEX links_target ON links(owner, target);"                                       \
    "CREATE TABLE types(type TEXT PRIMARY KEY, digest BLOB) WITHOUT ROWID;"                    \
    "CREATE TABLE stale(record INTEGER PRIMARY KEY);"                                          \
    "CREATE VIRTUAL TABLE search USING fts5(title, words,"                                     \
    " tokenize = 'unicode61 remove_diacritics 2');"

/*
 * Shapes that many questions need, made when the membership changed. owners: a school, or the
 * network where it owns. spaces.audience: who reads it; of all spaces, or of one with
 * TABLES_ONE_SPACE and its row.
 */
#define TABLES_OWNERS                                                                          \
    "DELETE FROM owners;"                                                                      \
    "INSERT OR IGNORE INTO owners SELECT id, json_object('id', lower(hex(id)), 'name', name,"   \
    " 'mine', json(iif(id = (SELECT value FROM meta WHERE name = 'school'), 'true', 'false')))," \
    " lower(hex(id)) FROM (SELECT school AS id, name FROM schools UNION ALL SELECT n.value,"    \
    " t.value FROM meta n JOIN meta t ON t.name = 'network_name' WHERE n.name = 'network'"      \
    " UNION ALL SELECT value, NULL FROM meta WHERE name = 'school');"
/*
 * What a school's own record says of it goes before the name it was admitted under, unless that
 * is the name of another.
 */
#define TABLES_CALLED                                                                          \
    "UPDATE schools SET name = coalesce((SELECT c.name FROM called c WHERE c.school ="         \
    " schools.school AND c.name <> '' AND NOT EXISTS (SELECT 1 FROM schools o WHERE o.school"  \
    " <> c.school AND o.admitted = c.name COLLATE NOCASE)), admitted), standing = (SELECT"     \
    " c.standing FROM called c WHERE c.school = schools.school), since = (SELECT c.since"      \
    " FROM called c WHERE c.school = schools.school)"
#define TABLES_AUDIENCES                                                                       \
    "UPDATE spaces SET audience = iif(class = 1, json_object('class', 'network', 'space',"      \
    " lower(hex(space)), 'name', (SELECT value FROM meta WHERE name = 'network_name')),"        \
    " json_object('class', CASE class WHEN 2 THEN 'own' WHEN 3 THEN 'hub' ELSE 'group' END,"    \
    " 'space', iif(space IS NULL, NULL, lower(hex(space))), 'name', name, 'schools',"           \
    " json((SELECT json_group_array(json(o.json)) FROM json_each(spaces.members) m"            \
    " CROSS JOIN owners o ON o.hex = m.value))))"
#define TABLES_ONE_SPACE " WHERE id = ?"
/* clang-format on */

/* states.id is the record's id and the space's in one integer. */
#define TABLES_SPACES_MAX              65536
#define TABLES_STATE_ID(record, space) ((int64_t)(record)*TABLES_SPACES_MAX + (space))

/* What was read of an entry: revisions.status. X(NAME, "reason", "sentence") */
#define TABLES_STATUS_TABLE(X)                                                   \
    X(OK, "ok", "it reads")                                                      \
    X(RIGHTS, "rights", "its writer's school does not own the record")           \
    X(ROLE, "role", "its writer had no role in the network then")                \
    X(ERASED, "erased", "its owner erased it")                                   \
    X(NO_KEY, "no_key", "the key for it has not arrived")                        \
    X(DECRYPT, "decrypt", "it does not open with the key that it names")         \
    X(MALFORMED, "malformed", "what it holds is not a well-formed revision")     \
    X(NEWER, "newer", "it was written by a newer Kith")                          \
    X(CLIPPED, "clipped", "it lies past the point where its device was cut off") \
    X(FROZEN, "frozen", "its device contradicted itself before it")              \
    X(NOT_MEMBER, "not_member", "its device is not in the space")                    \
    X(OBSERVER, "observer", "its writer's school only reads in this network")

enum tables_status {
#define X(name, reason, text) TABLES_##name,
    TABLES_STATUS_TABLE(X)
#undef X
        TABLES_STATUS_COUNT
};

#endif
