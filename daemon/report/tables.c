#include "daemon/report/tables.h"

#include "daemon/report/completeness.h"
#include "daemon/report/shapes.h"
#include "daemon/report/tensions.h"

#include "proto/base/check.h"

/* Schools, and this one before it has joined. */
#define SCHOOLS                                                                        \
    "(SELECT school AS id, name, hub FROM schools WHERE live UNION ALL SELECT value,"  \
    " 'this school', 0 FROM meta WHERE name = 'school' AND NOT EXISTS (SELECT 1 FROM " \
    "schools))"
/* A cycle that counts as a test: planned or further, not withdrawn. */
#define TEST               "(c.phase <> 'draft' AND c.state <> 'withdrawn')"
#define SHARE(part, whole) "iif(" whole " = 0, NULL, round(1.0 * (" part ") / (" whole "), 3))"
#define IS(condition)      "coalesce(sum(" condition "), 0)"
/* A day within the period that was asked for. */
#define WITHIN(day) "(?2 IS NULL OR " day " >= ?2) AND (?3 IS NULL OR " day " <= ?3)"
#define DAY(of)     "substr(" of ", 1, 10)"
/* A cycle's last work within the period, and for the student group. */
#define WORKED WITHIN(DAY("c.touched"))
/* Cycles: a row of `cycles` is a record that shows. */
#define FOR_GROUP                                                                     \
    "(?4 IS NULL OR EXISTS (SELECT 1 FROM trials g WHERE g.record = c.record AND g.grp = ?4))"
#define TITLE_OF(owner, record, none)                                                        \
    "coalesce((SELECT title FROM records WHERE record = " record " AND owner = " owner "), " none \
    ")"

#define END              \
    {                    \
        NULL, NULL, NULL \
    }

/* clang-format off */
static const struct tables_report reports[REPORT_COUNT] = {
    [REPORT_schools] = {
        .title = "Records by school",
        .meaning = "What each school has written, as far as this school may read it.",
        .columns =
        (const struct tables_column[]){{"school", "School", "text"},
                                       {"cycles", "Cycles", "count"},
                                       {"ideas", "Ideas", "count"},
                                       {"bright_spots", "Bright spots", "count"},
                                       {"feedback", "Feedback", "count"},
                                       {"records", "All", "count"},
                                       END},
        .sql = "WITH x AS MATERIALIZED (SELECT r.owner, sum(r.type = 'cycle') AS c, sum(r.type ="
           " 'idea') AS i, sum(r.type = 'bright_spot') AS b, sum(r.type = 'feedback') AS f,"
           " count(*) AS n FROM " SEEN " r GROUP BY r.owner) SELECT json_array(k.name,"
           " coalesce(x.c, 0), coalesce(x.i, 0), coalesce(x.b, 0), coalesce(x.f, 0),"
           " coalesce(x.n, 0)) FROM " SCHOOLS " k LEFT JOIN x ON x.owner = k.id"
           " ORDER BY coalesce(x.n, 0) DESC, k.name, k.id"},
    [REPORT_active] = {
        .filters = REPORT_BY_PERIOD,
        .title = "Active schools",
        .meaning = "Who wrote in the period, as far as this school may read it, by the dates "
               "that the writers gave.",
        .columns = (const struct tables_column[]){{"school", "School", "text"},
                                              {"changed", "Records changed", "count"},
                                              {"last", "Last", "text"},
                                              END},
        .sql = "WITH x AS MATERIALIZED (SELECT r.owner, " IS(WITHIN(DAY("r.at"))
           " AND ?1 IS NOT NULL") " AS n, max(r.at) AS last FROM " SEEN " r GROUP BY r.owner)"
           " SELECT json_array(k.name, coalesce(x.n, 0), " DAY("x.last") ") FROM " SCHOOLS
           " k LEFT JOIN x ON x.owner = k.id ORDER BY x.last DESC, k.name, k.id"},
    [REPORT_states] = {
        .filters = REPORT_BY_PERIOD | REPORT_BY_GROUP,
        .title = "Cycles by state",
        .meaning = "Where the tests stand now, and how many schools have some there.",
        .columns = (const struct tables_column[]){{"state", "State", "text"},
                                              {"cycles", "Cycles", "count"},
                                              {"schools", "Schools", "count"},
                                              END},
        .sql = "SELECT json_array(s.column2, count(c.record), count(DISTINCT c.owner)) FROM"
           " (VALUES (0, 'draft'), (1, 'planned'), (2, 'doing'), (3, 'studying'), (4, 'decided'),"
           " (5, 'closed'), (6, 'paused'), (7, 'withdrawn')) s LEFT JOIN cycles c ON"
           " c.state = s.column2 AND " WORKED " AND " FOR_GROUP " GROUP BY s.column1"
           " ORDER BY s.column1"},
    [REPORT_ideas] = {
        .filters = REPORT_BY_PERIOD,
        .title = "Adopt : adapt : abandon by change idea",
        .meaning = "What came of testing each idea; an abandoned idea is a finding too.",
        .columns = (const struct tables_column[]){{"idea", "Idea", "text"},
                                              {"school", "From", "text"},
                                              {"state", "State", "text"},
                                              {"cycles", "Cycles", "count"},
                                              {"schools", "Schools", "count"},
                                              {"adopt", "Adopt", "count"},
                                              {"adapt", "Adapt", "count"},
                                              {"abandon", "Abandon", "count"},
                                              END},
        .sql = "WITH x AS MATERIALIZED (SELECT c.idea_owner, c.idea, count(*) AS n,"
           " count(DISTINCT c.owner) AS k, " IS("c.decision = 'adopt'") " AS a, "
           IS("c.decision = 'adapt'") " AS b, " IS("c.decision = 'abandon'") " AS d FROM cycles c"
           " WHERE c.idea IS NOT NULL AND " TEST " AND " WORKED " GROUP BY c.idea_owner, c.idea)"
           " SELECT json_array(r.title, " NAME("r.owner") ", r.state, coalesce(x.n, 0),"
           " coalesce(x.k, 0), coalesce(x.a, 0), coalesce(x.b, 0), coalesce(x.d, 0)) FROM " SEEN
           " r LEFT JOIN x ON x.idea = r.record AND x.idea_owner = r.owner WHERE r.type = 'idea'"
           " ORDER BY coalesce(x.n, 0) DESC, r.title, r.record"},
    [REPORT_drivers] = {
        .filters = REPORT_BY_PERIOD,
        .title = "Cycles by driver",
        .meaning = "How much testing stands behind each thing that is believed to move the aim.",
        .columns = (const struct tables_column[]){{"driver", "Driver", "text"},
                                              {"ideas", "Ideas", "count"},
                                              {"cycles", "Cycles", "count"},
                                              {"schools", "Schools", "count"},
                                              {"decided", "Decided", "count"},
                                              END},
        .sql = "SELECT json_array(d.title, count(DISTINCT i.id), count(DISTINCT c.record),"
           " count(DISTINCT y.owner), count(DISTINCT iif(c.decision <> '', c.record, NULL)))"
           " FROM " SEEN " d LEFT JOIN links a ON a.target = d.record AND a.owner = d.owner"
           " AND a.path = 'head.drivers' LEFT JOIN records i ON i.id = a.record AND"
           " i.type = 'idea' LEFT JOIN links l ON l.target = i.record AND l.owner = i.owner"
           " AND l.path = 'head.idea' LEFT JOIN cycles c ON c.record = l.record AND "
           TEST " AND " WORKED " LEFT JOIN records y ON y.id = c.record WHERE d.type = 'driver'"
           " GROUP BY d.id"
           " ORDER BY d.title, d.record"},
    [REPORT_not_studied] = {
        .title = "Done but not studied",
        .meaning = "Tests whose doing is over or past its date, and nobody wrote what was learned.",
        .columns = (const struct tables_column[]){{"id", "Cycle", "text"},
                                              {"title", "Title", "text"},
                                              {"school", "School", "text"},
                                              {"due", "Due", "text"},
                                              END},
        .sql = "SELECT json_array(lower(hex(r.record)), r.title, " NAME("r.owner") ", c.due)"
           " FROM " SEEN " r JOIN cycles c ON c.record = r.id WHERE c.phase IN"
           " ('doing', 'studying') AND (r.flags LIKE '%\"done_not_studied\"%' OR (c.phase ="
           " 'doing' AND c.state <> 'withdrawn' AND date(c.due) < ?1)) ORDER BY c.due, r.record"},
    [REPORT_predictions] = {
        .filters = REPORT_BY_PERIOD | REPORT_BY_GROUP,
        .title = "Predictions",
        .meaning = "How many tests said beforehand what would happen, and how often it did; a "
               "prediction that failed taught something.",
        .columns = (const struct tables_column[]){{"school", "School", "text"},
                                              {"cycles", "Cycles", "count"},
                                              {"predicted", "With a prediction", "count"},
                                              {"share", "Share", "share"},
                                              {"judged", "Predictions judged", "count"},
                                              {"matched", "Matched", "count"},
                                              {"hit", "Share matched", "share"},
                                              END},
        .sql = "WITH x AS MATERIALIZED (SELECT c.owner, count(*) AS n, sum(c.predictions > 0)"
           " AS p, sum(c.judged) AS j, sum(c.matched) AS m FROM cycles c WHERE " TEST " AND "
           WORKED " AND " FOR_GROUP " GROUP BY c.owner) SELECT json_array(k.name,"
           " coalesce(x.n, 0), coalesce(x.p, 0), " SHARE("x.p", "coalesce(x.n, 0)") ","
           " coalesce(x.j, 0), coalesce(x.m, 0), " SHARE("x.m", "coalesce(x.j, 0)") ") FROM "
           SCHOOLS " k LEFT JOIN x ON x.owner = k.id ORDER BY k.name, k.id"},
    [REPORT_feedback] = {
        .filters = REPORT_BY_PERIOD,
        .title = "Feedback given, owed, answered",
        .meaning = "Given to other schools; owed on what was shared in a group and got none from "
               "this school yet; questions put to it, and answered.",
        .columns = (const struct tables_column[]){{"school", "School", "text"},
                                              {"given", "Given", "count"},
                                              {"owed", "Owed", "count"},
                                              {"got", "Got", "count"},
                                              {"asked", "Questions got", "count"},
                                              {"answered", "Answered", "count"},
                                              END},
        .sql =
        "WITH f AS (SELECT r.id, r.record, r.owner, r.state, l.target, l.owner AS about FROM "
        SEEN " r JOIN links l ON l.record = r.id AND l.path = 'head.target' WHERE"
        " r.type = 'feedback' AND " WITHIN(DAY("r.created")) "), g AS MATERIALIZED"
        " (SELECT DISTINCT t.id / 65536 AS record,"
        " m.value AS school FROM states t JOIN spaces s ON s.id = t.id % 65536 AND"
        " s.class = 4, json_each(s.members) m) SELECT json_array(k.name,"
        " (SELECT count(*) FROM f WHERE f.owner = k.id AND f.about <> k.id),"
        " (SELECT count(*) FROM g JOIN " SEEN " r ON r.id = g.record WHERE"
        " g.school = lower(hex(k.id)) AND r.type IN ('cycle', 'idea', 'bright_spot') AND"
        " r.owner <> k.id AND " WITHIN(DAY("r.created")) " AND NOT EXISTS (SELECT 1 FROM f WHERE"
        " f.owner = k.id AND"
        " f.target = r.record AND f.about = r.owner)),"
        " (SELECT count(*) FROM f WHERE f.about = k.id AND f.owner <> k.id),"
        " (SELECT count(*) FROM f WHERE f.about = k.id AND f.owner <> k.id AND f.state IN"
        " ('question', 'suggestion')),"
        " (SELECT count(*) FROM f WHERE f.about = k.id AND f.owner <> k.id AND f.state IN"
        " ('question', 'suggestion') AND EXISTS (SELECT 1 FROM links a WHERE"
        " a.target = f.record AND a.owner = f.owner AND a.path = 'head.answers')))"
        " FROM " SCHOOLS " k ORDER BY k.name, k.id"},
    [REPORT_share] = {
        .filters = REPORT_BY_PERIOD,
        .title = "The school-to-school share",
        .meaning = "Of all feedback between members and all ideas based on another's: the part "
               "that went from school to school and not through the hub.",
        .columns = (const struct tables_column[]){{"what", "What", "text"},
                                              {"schools", "School to school", "count"},
                                              {"all", "All, the hub's included", "count"},
                                              {"share", "Share", "share"},
                                              END},
        .sql =
        "WITH hub AS (SELECT school AS id FROM schools WHERE hub UNION SELECT value FROM meta"
        " WHERE name = 'network'), e AS (SELECT iif(r.type = 'feedback', 'feedback', 'ideas')"
        " AS what, r.owner NOT IN (SELECT id FROM hub) AND l.owner NOT IN (SELECT id FROM hub)"
        " AS direct FROM " SEEN " r JOIN links l ON l.record = r.id AND l.owner <> r.owner"
        " WHERE " WITHIN(DAY("r.created")) " AND ((r.type = 'feedback' AND l.path = 'head.target')"
        " OR (r.type = 'idea' AND l.path = 'head.based_on'))), t AS (SELECT 0 AS n, 'feedback'"
        " AS what, * FROM (SELECT"
        " " IS("direct") " AS part, count(*) AS whole FROM e WHERE what = 'feedback') UNION ALL"
        " SELECT 1, 'ideas based on another''s', * FROM (SELECT " IS("direct") ", count(*) FROM"
        " e WHERE what = 'ideas') UNION ALL SELECT 2, 'together', * FROM (SELECT"
        " " IS("direct") ", count(*) FROM e))"
        " SELECT json_array(what, part, whole, " SHARE("part", "whole") ") FROM t ORDER BY n"},
    [REPORT_learnings] = {
        .filters = REPORT_BY_PERIOD | REPORT_BY_GROUP,
        .title = "Learnings shared against successes shared",
        .meaning = "Decided tests that others may read: what worked and was adopted, and what did "
               "not and was adapted or abandoned.",
        .columns = (const struct tables_column[]){{"school", "School", "text"},
                                              {"successes", "Adopted", "count"},
                                              {"adapted", "Adapted", "count"},
                                              {"abandoned", "Abandoned", "count"},
                                              {"share", "Share that did not work", "share"},
                                              END},
        .sql =
        "WITH x AS MATERIALIZED (SELECT c.owner, count(*) AS n, sum(c.decision = 'adopt') AS a,"
        " sum(c.decision = 'adapt') AS b, sum(c.decision = 'abandon') AS d FROM cycles c WHERE"
        " c.decision IN ('adopt', 'adapt', 'abandon') AND " WITHIN(DAY("c.decided_at")) " AND "
        FOR_GROUP " AND (c.owner <> (SELECT value FROM meta WHERE name = 'school') OR EXISTS"
        " (SELECT 1 FROM states t JOIN spaces s ON s.id = t.id % 65536 WHERE t.id BETWEEN"
        " c.record * 65536 AND c.record * 65536 + 65535 AND s.class <> 2)) GROUP BY c.owner)"
        " SELECT json_array(k.name, coalesce(x.a, 0), coalesce(x.b, 0), coalesce(x.d, 0), "
        SHARE("x.b + x.d", "coalesce(x.n, 0)") ") FROM " SCHOOLS " k LEFT JOIN x ON"
        " x.owner = k.id ORDER BY k.name, k.id"},
    [REPORT_matrix] = {
        .filters = REPORT_BY_PERIOD | REPORT_BY_GROUP,
        .title = "What works, for whom, under what conditions",
        .meaning = "Tests of each idea by the student group they were for and the circumstances "
               "they ran in. A test for two groups counts in both. Works, Not: for how many it "
               "did, by what was studied.",
        .columns = (const struct tables_column[]){{"idea", "Idea", "text"},
                                              {"group", "For whom", "text"},
                                              {"condition", "Condition", "text"},
                                              {"cycles", "Tests", "count"},
                                              {"adopt", "Adopt", "count"},
                                              {"adapt", "Adapt", "count"},
                                              {"abandon", "Aband.", "count"},
                                              {"worked", "Works", "count"},
                                              {"not_for", "Not", "count"},
                                              END},
        .sql =
        "WITH x AS MATERIALIZED (SELECT c.idea_owner, c.idea, t.grp, t.cond, count(*) AS n,"
        " sum(c.decision = 'adopt') AS a, sum(c.decision = 'adapt') AS b,"
        " sum(c.decision = 'abandon') AS d, sum(t.worked) AS w, sum(t.not_for) AS o FROM trials t"
        " JOIN cycles c ON c.record = t.record WHERE " TEST " AND " WORKED " AND (?4 IS NULL OR"
        " t.grp = ?4) GROUP BY c.idea_owner, c.idea, t.grp, t.cond ORDER BY n DESC LIMIT ?5), y AS"
        " (SELECT *, " TITLE_OF("x.idea_owner", "x.idea", "'no idea named'")
        " AS title FROM x) SELECT"
        " json_array(title, coalesce(grp, 'not said'), coalesce(cond, 'not said'), n, a, b, d, w,"
        " o) FROM y ORDER BY idea IS NULL, title, idea, grp IS NULL, grp, cond IS NULL, cond"},
    /* Of ramps and paths as many first steps as there are rows to give, and no more, are followed:
     * the order is by their titles. */
    [REPORT_ramps] = {
        .title = "Tests that build on each other",
        .meaning = "Each ramp from its first test on: how the test grew, and what was decided.",
        .columns = (const struct tables_column[]){{"ramp", "Ramp", "text"},
                                              {"step", "Step", "count"},
                                              {"title", "Test", "text"},
                                              {"school", "School", "text"},
                                              {"scale", "Scale", "text"},
                                              {"state", "State", "text"},
                                              {"decision", "Decision", "text"},
                                              END},
        .sql =
        "WITH RECURSIVE p AS MATERIALIZED (SELECT c.record AS id, y.id AS prior FROM cycles c JOIN"
        " records y ON y.record = c.prior AND y.owner = c.prior_owner WHERE c.prior IS NOT NULL),"
        " ramp(root, id, step) AS (SELECT"
        " id, id, 1 FROM (SELECT o.id FROM (SELECT DISTINCT prior FROM p WHERE prior NOT IN"
        " (SELECT id FROM p)) x JOIN records o ON o.id = x.prior JOIN cycles f ON f.record = o.id"
        " ORDER BY o.title, o.id LIMIT ?5) UNION SELECT"
        " ramp.root, p.id, step + 1 FROM ramp JOIN p ON p.prior = ramp.id WHERE step < 100)"
        " SELECT json_array(coalesce(nullif(ramp, ''), first), step, title, " NAME("owner") ","
        " nullif(scale, ''), state, nullif(decision, '')) FROM (SELECT f.ramp, o.title AS first,"
        " step, r.title, r.owner, c.scale, c.state, c.decision FROM ramp JOIN records r ON"
        " r.id = ramp.id JOIN cycles c ON c.record = r.id JOIN records o ON o.id = root JOIN cycles"
        " f ON f.record = root ORDER BY o.title, o.id, step, r.created, r.id LIMIT ?5)"},
    [REPORT_paths] = {
        .title = "The path of each bright spot",
        .meaning = "Where it was seen, and who took it up: the ideas made of it, the tests of "
               "those.",
        .columns = (const struct tables_column[]){{"spot", "Bright spot", "text"},
                                              {"step", "Step", "count"},
                                              {"what", "What", "text"},
                                              {"title", "Title", "text"},
                                              {"school", "School", "text"},
                                              {"day", "Since", "text"},
                                              {"decision", "Decision", "text"},
                                              END},
        .sql =
        "WITH RECURSIVE path(root, id, step) AS (SELECT id, id, 0 FROM (SELECT id FROM " SEEN
        " WHERE type = 'bright_spot' ORDER BY title, id LIMIT ?5) UNION SELECT path.root, y.id,"
        " step + 1 FROM path JOIN records r"
        " ON r.id = path.id JOIN links l ON l.owner = r.owner AND l.target = r.record AND"
        " l.path IN ('head.based_on', 'head.idea', 'head.bright_spot') JOIN " SEEN " y ON"
        " y.id = l.record WHERE step < 20) SELECT json_array(spot, step, type, title, "
        NAME("owner") ", day, nullif(decision, '')) FROM (SELECT o.title AS spot, min(step) AS"
        " step, r.type, r.title, r.owner, " DAY("r.created") " AS day, c.decision FROM path JOIN"
        " records r ON r.id = path.id JOIN records o ON o.id = path.root LEFT JOIN cycles c ON"
        " c.record = r.id GROUP BY root, path.id ORDER BY o.title, o.id, min(step), r.created,"
        " r.id LIMIT ?5)"},
    [REPORT_standing] = {
        .filters = REPORT_BY_PERIOD,
        .title = "Where every team stands in this action period",
        .meaning = "Tests under way, and those decided in the period. Stalled: not touched for 30 "
               "days. The period is the newest that has begun, unless one is named.",
        .columns = (const struct tables_column[]){{"school", "School", "text"},
                                              {"planned", "Planned", "count"},
                                              {"doing", "Doing", "count"},
                                              {"studying", "Studying", "count"},
                                              {"decided", "Decided", "count"},
                                              {"unstudied", "Study due", "count"},
                                              {"stalled", "Stalled", "count"},
                                              {"last", "Last", "text"},
                                              END},
        .sql =
        "WITH x AS MATERIALIZED (SELECT c.owner, sum(c.state = 'planned') AS p,"
        " sum(c.state = 'doing') AS d, sum(c.state = 'studying') AS s, sum(c.state IN ('decided',"
        " 'closed')) AS e, sum(c.phase IN ('doing', 'studying') AND c.state <> 'withdrawn' AND"
        " date(c.due) < ?1) AS u, sum(c.phase NOT IN ('decided', 'closed') AND c.state NOT IN"
        " ('paused', 'withdrawn') AND julianday(?1) - julianday(" DAY("c.touched") ") > 30) AS t,"
        " max(" DAY("c.touched") ") AS last FROM cycles c WHERE " TEST " AND (" WORKED " OR"
        " c.phase NOT IN ('decided', 'closed') AND (?3 IS NULL OR ?1 <= ?3)) GROUP BY c.owner)"
        " SELECT json_array(k.name, coalesce(x.p, 0), coalesce(x.d, 0), coalesce(x.s, 0),"
        " coalesce(x.e, 0), coalesce(x.u, 0), coalesce(x.t, 0), x.last) FROM " SCHOOLS " k LEFT"
        " JOIN x ON x.owner = k.id WHERE x.owner IS NOT NULL OR NOT EXISTS (SELECT 1 FROM called"
        " e WHERE e.school = k.id AND e.standing IN ('merged', 'retired')) ORDER BY k.name, k.id"},
    [REPORT_completeness] = {
        .filters = REPORT_BY_PERIOD,
        .title = "Numbers expected, received, on time",
        .meaning = "For each open measure and each of its periods that is over: whether a school "
               "published its numbers, and within 30 days.",
        .columns = (const struct tables_column[]){{"school", "School", "text"},
                                              {"measure", "Measure", "text"},
                                              {"expected", "Expected", "count"},
                                              {"received", "Received", "count"},
                                              {"on_time", "On time", "count"},
                                              {"share", "Share received", "share"},
                                              {"missing", "Next missing", "text"},
                                              END},
        .make = completeness_rows},
    [REPORT_progress] = {
        .filters = REPORT_BY_PERIOD,
        .title = "Progress as team and hub see it",
        .meaning = "From 1 to 5 in halves. A gap is a reason to talk, in either direction.",
        .columns = (const struct tables_column[]){{"school", "School", "text"},
                                              {"period", "Period", "text"},
                                              {"team", "Team", "text"},
                                              {"hub", "Hub", "text"},
                                              {"gap", "Gap", "text"},
                                              END},
        .sql =
        "WITH s AS (SELECT r.id, r.lseq, json_extract(t.sections, '$.head.period') AS period,"
        " json_extract(t.sections, '$.head.score') AS score, json_extract(t.sections,"
        " '$.head.by') AS who, iif(json_extract(t.sections, '$.head.by') = 'hub',"
        " coalesce(substr(json_extract(t.sections, '$.head.about'), 1, 64), ''),"
        " lower(hex(r.owner))) AS school FROM " SEEN " r JOIN states t ON"
        " t.id = r.id * 65536 + r.space WHERE r.type = 'progress_score' AND "
        WITHIN(DAY("r.created"))
        "), n AS (SELECT *, row_number() OVER (PARTITION BY school, period, who ORDER BY lseq"
        " DESC) AS k FROM s), p AS (SELECT school, period, max(iif(who = 'team', score, NULL))"
        " AS team, max(iif(who = 'hub', score, NULL)) AS hub FROM n WHERE k = 1 GROUP BY school,"
        " period) SELECT json_array(coalesce((SELECT json_extract(json, '$.name') FROM owners"
        " WHERE hex = p.school), 'a school'), period, iif(team IS NULL, NULL, printf('%.1f',"
        " team)), iif(hub IS NULL, NULL, printf('%.1f', hub)), iif(team IS NULL OR hub IS NULL,"
        " NULL, printf('%+.1f', team - hub))) FROM p ORDER BY period DESC, 1"},
    [REPORT_tensions] = {
        .title = "Tensions: how far apart, where to",
        .meaning = "What several people of this school say together, from three answers on: no "
               "person is shown. The gap is between now and should.",
        .columns = (const struct tables_column[]){{"tension", "Tension", "text"},
                                              {"now", "Now", "text"},
                                              {"now_spread", "Spread", "text"},
                                              {"should", "Should", "text"},
                                              {"should_spread", "Spread", "text"},
                                              {"gap", "Gap", "text"},
                                              {"answers", "Answers", "count"},
                                              END},
        .make = tensions_rows},
};
/* clang-format on */

const struct tables_report *tables_report(enum report_kind kind)
{
    CHECK(kind < REPORT_COUNT && (reports[kind].sql != NULL || reports[kind].make != NULL));
    return &reports[kind];
}
