#include "daemon/report/tables.h"

#include "proto/base/check.h"

/* What is shown here and not hidden. */
#define SEEN "(SELECT * FROM records WHERE space IS NOT NULL AND hidden IS NULL)"
#define NAME(id)                                                                    \
    "coalesce((SELECT json_extract(json, '$.name') FROM owners WHERE id = " id ")," \
    " 'this school')"
/* Schools, and this one before it has joined. */
#define SCHOOLS                                                                        \
    "(SELECT school AS id, name, hub FROM schools WHERE live UNION ALL SELECT value,"  \
    " 'this school', 0 FROM meta WHERE name = 'school' AND NOT EXISTS (SELECT 1 FROM " \
    "schools))"
/* A cycle that counts as a test: planned or further, not withdrawn. */
#define TEST               "(c.phase <> 'draft' AND c.state <> 'withdrawn')"
#define SHARE(part, whole) "iif(" whole " = 0, NULL, round(1.0 * (" part ") / (" whole "), 3))"
#define IS(condition)      "coalesce(sum(" condition "), 0)"

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
        .sql = "SELECT json_array(k.name, " IS("r.type = 'cycle'") ", " IS("r.type = 'idea'") ","
           " " IS("r.type = 'bright_spot'") ", " IS("r.type = 'feedback'") ", count(r.id))"
           " FROM " SCHOOLS " k LEFT JOIN " SEEN " r ON r.owner = k.id GROUP BY k.id"
           " ORDER BY count(r.id) DESC, k.name, k.id"},
    [REPORT_active] = {
        .title = "Active schools",
        .meaning = "Who wrote in the period, as far as this school may read it, by the dates "
               "that the writers gave.",
        .columns = (const struct tables_column[]){{"school", "School", "text"},
                                              {"changed", "Records changed", "count"},
                                              {"last", "Last", "text"},
                                              END},
        .sql = "SELECT json_array(k.name, "
           IS("substr(r.at, 1, 10) >= ?2 AND ?1 IS NOT NULL") ","
           " max(substr(r.at, 1, 10))) FROM " SCHOOLS " k LEFT JOIN " SEEN
           " r ON r.owner = k.id GROUP BY k.id ORDER BY max(r.at) DESC, k.name, k.id"},
    [REPORT_states] = {
        .title = "Cycles by state",
        .meaning = "Where the tests stand now, and how many schools have some there.",
        .columns = (const struct tables_column[]){{"state", "State", "text"},
                                              {"cycles", "Cycles", "count"},
                                              {"schools", "Schools", "count"},
                                              END},
        .sql = "SELECT json_array(s.column2, count(r.id), count(DISTINCT r.owner)) FROM (VALUES"
           " (0, 'draft'), (1, 'planned'), (2, 'doing'), (3, 'studying'), (4, 'decided'),"
           " (5, 'closed'), (6, 'paused'), (7, 'withdrawn')) s LEFT JOIN cycles c ON"
           " c.state = s.column2 LEFT JOIN records r ON r.id = c.record GROUP BY s.column1"
           " ORDER BY s.column1"},
    [REPORT_ideas] = {
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
        .sql = "SELECT json_array(r.title, " NAME("r.owner") ", r.state, count(c.record),"
           " count(DISTINCT y.owner), " IS("c.decision = 'adopt'") ","
           " " IS("c.decision = 'adapt'") ", " IS("c.decision = 'abandon'") ") FROM " SEEN
           " r LEFT JOIN links l ON l.target = r.record AND l.owner = r.owner AND"
           " l.path = 'head.idea' LEFT JOIN cycles c ON c.record = l.record AND " TEST
           " LEFT JOIN records y ON y.id = c.record WHERE r.type = 'idea' GROUP BY r.id"
           " ORDER BY count(c.record) DESC, r.title, r.record"},
    [REPORT_drivers] = {
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
           " AND l.path = 'head.idea' LEFT JOIN cycles c ON c.record = l.record AND " TEST
           " LEFT JOIN records y ON y.id = c.record WHERE d.type = 'driver' GROUP BY d.id"
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
           " FROM " SEEN " r JOIN cycles c ON c.record = r.id WHERE EXISTS (SELECT 1 FROM"
           " json_each(r.flags) WHERE value = 'done_not_studied') OR (c.phase = 'doing' AND"
           " c.state <> 'withdrawn' AND date(c.due) < ?1) ORDER BY c.due, r.record"},
    [REPORT_predictions] = {
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
        .sql = "SELECT json_array(k.name, count(c.record), " IS("c.predictions > 0") ","
           " " SHARE("sum(c.predictions > 0)", "count(c.record)") ", " IS("c.judged") ","
           " " IS("c.matched") ", " SHARE("sum(c.matched)", "coalesce(sum(c.judged), 0)") ")"
           " FROM " SCHOOLS " k LEFT JOIN " SEEN " r ON r.owner = k.id AND r.type = 'cycle'"
           " LEFT JOIN cycles c ON c.record = r.id AND " TEST " GROUP BY k.id"
           " ORDER BY k.name, k.id"},
    [REPORT_feedback] = {
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
        " r.type = 'feedback'), g AS MATERIALIZED (SELECT DISTINCT t.id / 65536 AS record,"
        " m.value AS school FROM states t JOIN spaces s ON s.id = t.id % 65536 AND"
        " s.class = 4, json_each(s.members) m) SELECT json_array(k.name,"
        " (SELECT count(*) FROM f WHERE f.owner = k.id AND f.about <> k.id),"
        " (SELECT count(*) FROM g JOIN " SEEN " r ON r.id = g.record WHERE"
        " g.school = lower(hex(k.id)) AND r.type IN ('cycle', 'idea', 'bright_spot') AND"
        " r.owner <> k.id AND NOT EXISTS (SELECT 1 FROM f WHERE f.owner = k.id AND"
        " f.target = r.record AND f.about = r.owner)),"
        " (SELECT count(*) FROM f WHERE f.about = k.id AND f.owner <> k.id),"
        " (SELECT count(*) FROM f WHERE f.about = k.id AND f.owner <> k.id AND f.state IN"
        " ('question', 'suggestion')),"
        " (SELECT count(*) FROM f WHERE f.about = k.id AND f.owner <> k.id AND f.state IN"
        " ('question', 'suggestion') AND EXISTS (SELECT 1 FROM links a WHERE"
        " a.target = f.record AND a.owner = f.owner AND a.path = 'head.answers')))"
        " FROM " SCHOOLS " k ORDER BY k.name, k.id"},
    [REPORT_share] = {
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
        " WHERE (r.type = 'feedback' AND l.path = 'head.target') OR (r.type = 'idea' AND"
        " l.path = 'head.based_on')), t AS (SELECT 0 AS n, 'feedback' AS what, * FROM (SELECT"
        " " IS("direct") " AS part, count(*) AS whole FROM e WHERE what = 'feedback') UNION ALL"
        " SELECT 1, 'ideas based on another''s', * FROM (SELECT " IS("direct") ", count(*) FROM"
        " e WHERE what = 'ideas') UNION ALL SELECT 2, 'together', * FROM (SELECT"
        " " IS("direct") ", count(*) FROM e))"
        " SELECT json_array(what, part, whole, " SHARE("part", "whole") ") FROM t ORDER BY n"},
    [REPORT_learnings] = {
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
        "SELECT json_array(k.name, " IS("c.decision = 'adopt'") ", " IS("c.decision = 'adapt'")
        ", " IS("c.decision = 'abandon'") ", "
        SHARE("sum(c.decision IN ('adapt', 'abandon'))", "count(c.record)") ") FROM " SCHOOLS
        " k LEFT JOIN " SEEN " r ON r.owner = k.id AND r.type = 'cycle' AND EXISTS (SELECT 1"
        " FROM states t JOIN spaces s ON s.id = t.id % 65536 WHERE t.id BETWEEN r.id * 65536"
        " AND r.id * 65536 + 65535 AND s.class <> 2) LEFT JOIN cycles c ON c.record = r.id AND"
        " c.decision IN ('adopt', 'adapt', 'abandon') GROUP BY k.id ORDER BY k.name, k.id"},
};
/* clang-format on */

const struct tables_report *tables_report(enum report_kind kind)
{
    CHECK(kind < REPORT_COUNT && reports[kind].sql != NULL);
    return &reports[kind];
}
