/* The ideas that cycles test: an idea's state is made of its tests, and told again when they
 * change. */
#include <stdlib.h>
#include <string.h>

#include "daemon/view/shape.h"
#include "proto/record/ijson.h"

struct idea_history shape_history(struct db *db, const struct school_id *owner,
                                  const struct record_id *record, const json_t *sections)
{
    struct arena arena = {0};
    struct idea_test *tests = NULL;
    size_t n = 0, cap = 0;
    sqlite3_stmt *row =
        db_start(db,
                 "SELECT r.owner, r.record, c.decided_at, c.state, c.phase, c.decision,"
                 " c.predictions, c.matched FROM links l JOIN cycles c ON c.record = l.record"
                 " JOIN records r ON r.id = l.record WHERE l.target = ? AND l.owner = ?"
                 " AND l.path = 'head.idea' ORDER BY r.record, r.owner",
                 "bb", record->b, sizeof(record->b), owner->b, sizeof(owner->b));
    while (db_next(db, row)) {
        MEM_RESERVE(tests, n, cap);
        struct idea_test *test = &tests[n++];
        *test = (struct idea_test){.decided_at = arena_strdup(&arena, db_text(row, 2)),
                                   .decision = arena_strdup(&arena, db_text(row, 5)),
                                   .predictions = (size_t)sqlite3_column_int64(row, 6),
                                   .matched = (size_t)sqlite3_column_int64(row, 7)};
        db_copy(row, 0, test->owner.b, sizeof(test->owner.b));
        db_copy(row, 1, test->record.b, sizeof(test->record.b));
        for (int i = 0; i < CYCLE_STATE_COUNT; i++) {
            if (strcmp(db_text(row, 3), cycle_state_name((enum cycle_state)i)) == 0) {
                test->state = (enum cycle_state)i;
            }
            if (strcmp(db_text(row, 4), cycle_state_name((enum cycle_state)i)) == 0) {
                test->phase = (enum cycle_state)i;
            }
        }
    }
    struct idea_history history = idea_history(sections, tests, n);
    free(tests);
    arena_fini(&arena);
    return history;
}

static void shape_idea(struct shape *shape, int64_t record)
{
    struct school_id owner;
    struct record_id id;
    sqlite3_stmt *row = db_start(shape->db,
                                 "SELECT r.owner, r.record, s.sections, r.state FROM records r"
                                 " JOIN states s ON s.id = r.id * 65536 + r.space"
                                 " WHERE r.id = ? AND r.type = 'idea' AND r.hidden IS NULL",
                                 "i", record);
    if (!db_next(shape->db, row)) {
        return;
    }
    db_copy(row, 0, owner.b, sizeof(owner.b));
    db_copy(row, 1, id.b, sizeof(id.b));
    json_t *sections = NULL;
    enum err err = ijson_decode(db_blob(row, 2), SIZE_MAX, &sections, NULL);
    db_end(row);
    if (err != ERR_OK) {
        shape->db->err = ERR_CORRUPT;
        return;
    }
    struct idea_history history = shape_history(shape->db, &owner, &id, sections);
    db_run(shape->db,
           "UPDATE records SET state = ?, changed = ? WHERE id = ? AND state IS NOT ?", "tiit",
           idea_state_name(history.state), (int64_t)shape->applied, record,
           idea_state_name(history.state));
    json_decref(sections);
}

void shape_ideas(struct shape *shape)
{
    size_t at = 0;
    const void *key = NULL;
    uint64_t value = 0;
    while (map_next(&shape->ideas, &at, &key, &value)) {
        int64_t record = 0;
        memcpy(&record, key, sizeof(record));
        shape_idea(shape, record);
    }
    map_fini(&shape->ideas);
    map_init(&shape->ideas, sizeof(int64_t), 1);
}
