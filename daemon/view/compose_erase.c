/* Taking back: from an audience, or from everywhere for good; what is older than a school
 * keeps. */
#include <stdlib.h>
#include <string.h>

#include "daemon/view/compose.h"
#include "daemon/view/draft.h"
#include "daemon/view/reader.h"
#include "daemon/view/sql.h"
#include "proto/record/revision.h"

static int by_id(const void *x, const void *y)
{
    return revision_id_cmp(x, y);
}

static void add_erase(struct compose *out, sqlite3_stmt *row, const struct query_key *key)
{
    struct compose_erase *grown =
        arena_alloc(&out->arena, (out->erases_n + 1) * sizeof(*grown));
    if (out->erases_n > 0) {
        memcpy(grown, out->erases, out->erases_n * sizeof(*grown));
    }
    struct compose_erase *erase = &grown[out->erases_n++];
    out->erases = grown;
    erase->record = key->record;
    db_copy(row, 0, erase->chain.device.b, sizeof(erase->chain.device.b));
    db_copy(row, 1, erase->chain.tag.b, sizeof(erase->chain.tag.b));
    erase->seq = (uint64_t)sqlite3_column_int64(row, 2);
    erase->lamport = (uint64_t)sqlite3_column_int64(row, 3);
    db_copy(row, 4, erase->edit.b, sizeof(erase->edit.b));
    db_copy(row, 5, erase->revision.b, sizeof(erase->revision.b));
    struct revision revision;
    if (revision_decode(db_blob(row, 6), &erase->revision, &revision, NULL) == ERR_OK) {
        struct revision_id *parents =
            arena_dup(&out->arena, revision.parents, revision.n_parents * sizeof(*parents));
        if (revision.n_parents > 0) {
            qsort(parents, revision.n_parents, sizeof(*parents), by_id);
        }
        erase->parents = parents;
        erase->parents_n = revision.n_parents;
        revision_fini(&revision);
    }
}

/* What this school wrote of a record, in one space or (NULL) in all. */
static void add_erases(struct view_reader *reader, int64_t record, const int64_t *space,
                       const struct query_key *key, struct compose *out)
{
    sqlite3_stmt *row =
        db_start(&reader->db,
                 "SELECT c.device, c.tag, v.seq, v.lamport, v.edit, v.revision, v.body FROM"
                 " revisions v JOIN chains c ON c.id = v.chain WHERE v.record = ? AND"
                 " (? OR v.space = ?) AND c.school = ? ORDER BY v.lseq",
                 "iiib", record, (int64_t)(space == NULL), space == NULL ? 0 : *space,
                 reader->school.b, sizeof(reader->school.b));
    while (db_next(&reader->db, row)) {
        add_erase(out, row, key);
    }
}

/* What an erase of a record of this school takes: in a space, or (no audience) everywhere. */
static enum err erase_in(struct view_reader *reader, const char *id,
                         const struct compose_audience *audience, struct compose *out)
{
    struct draft *draft = mem_zalloc(sizeof(*draft));
    struct draft_space target;
    enum err err = draft_load(draft, reader, id, out);
    if (err == ERR_OK) {
        err = draft_mine(draft);
    }
    if (err == ERR_OK && audience != NULL && audience->class == SPACE_OWN) {
        err =
            draft_problem(out, ERR_REFUSED, "",
                          "what this school keeps for itself is read by nobody else: take it "
                          "back from buddies, hub, network, a group or a school; or erase it");
    }
    if (err == ERR_OK && audience != NULL &&
        draft_space_of(reader, audience, &target) != ERR_OK) {
        err = draft_problem(out, ERR_NOT_FOUND, "", "this school is not in that audience");
    }
    if (err == ERR_OK) {
        add_erases(reader, draft->row, audience == NULL ? NULL : &target.id, &draft->key, out);
        if (out->erases_n == 0) {
            err = draft_problem(out, ERR_NOT_FOUND, "",
                                "nothing that this school wrote of it is there");
        }
    }
    draft_unload(draft);
    free(draft);
    return err;
}

static enum err erase(struct view_reader *reader, const char *id,
                      const struct compose_audience *audience, struct compose *out)
{
    draft_clear(out);
    enum err err = reader_begin(reader);
    if (err == ERR_OK) {
        err = erase_in(reader, id, audience, out);
    }
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}

enum err compose_unshare(struct view_reader *reader, const char *id,
                         const struct compose_audience *audience, struct compose *out)
{
    return erase(reader, id, audience, out);
}

enum err compose_erase(struct view_reader *reader, const char *id, struct compose *out)
{
    return erase(reader, id, NULL, out);
}

/* ------------------------------------------------------------------------------ retention --
 */

static void retire(struct view_reader *reader, struct compose *out)
{
    struct query_key key = {.owner = reader->school};
    sqlite3_stmt *row =
        db_start(&reader->db,
                 "SELECT r.id, r.record FROM records r WHERE " SQL_AGED
                 " ORDER BY r.at, r.record LIMIT ?2",
                 "bi", reader->school.b, sizeof(reader->school.b), (int64_t)COMPOSE_RETIRE);
    int64_t rows[COMPOSE_RETIRE];
    struct record_id ids[COMPOSE_RETIRE];
    size_t n = 0;
    while (db_next(&reader->db, row) && n < COMPOSE_RETIRE) {
        rows[n] = sqlite3_column_int64(row, 0);
        db_copy(row, 1, ids[n].b, sizeof(ids[n].b));
        n++;
    }
    for (size_t i = 0; i < n && out->erases_n < COMPOSE_RETIRE; i++) {
        key.record = ids[i];
        add_erases(reader, rows[i], NULL, &key, out);
        out->erased_n++;
    }
}

enum err compose_retire(struct view_reader *reader, const char *before, struct compose *out)
{
    draft_clear(out);
    view_reader_set_archive(reader, before);
    enum err err = reader_begin(reader);
    if (err == ERR_OK) retire(reader, out);
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}
