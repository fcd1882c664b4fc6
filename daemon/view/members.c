#include "daemon/view/members.h"

#include <jansson.h>
#include <stdlib.h>

#include "daemon/view/tables.h"
#include "proto/base/check.h"
#include "proto/base/text.h"
#include "proto/crypto/hash.h"
#include "proto/envelope/envelope.h"
#include "proto/record/ijson.h"

enum { OPENS_A_SLICE = 64, MAP_SEED = 0x6b697468 };

/* Rows that are compared with what the table has of them. Bytes alone: it is a map's key. */
enum row_kind { ROW_SCHOOL, ROW_NAME, ROW_DEVICE, ROW_SPACE };
struct row_key {
    uint8_t kind, id[32];
};

void members_init(struct members *members, struct db *db, const struct view_options *options)
{
    *members = (struct members){.db = db,
                                .school = options->school,
                                .box_pk = options->box_pk,
                                .box_sk = options->box_sk};
    map_init(&members->chain_at, sizeof(struct chain), MAP_SEED);
    map_init(&members->shown, sizeof(struct row_key), MAP_SEED);
}

/* What the tables have is not known any more: all is written again. */
static void forget_rows(struct members *members)
{
    map_fini(&members->shown);
    map_init(&members->shown, sizeof(struct row_key), MAP_SEED);
}

void members_fini(struct members *members)
{
    fold_free(members->fold);
    keyring_free(members->ring);
    map_fini(&members->chain_at);
    map_fini(&members->shown);
    free(members->chains);
    free(members->erases);
    KEY_WIPE(&members->box_sk);
    *members = (struct members){0};
}

static void note_erase(struct members *members, struct slice body)
{
    struct arena arena = {0};
    struct statement statement;
    if (statement_decode(&statement, &arena, body) == ERR_OK &&
        statement.type == STATEMENT_ERASE) {
        MEM_RESERVE(members->erases, members->erases_n, members->erases_cap);
        members->erases[members->erases_n++] = (struct members_erase){
            statement.u.erase.chain, statement.u.erase.seq, statement.u.erase.id};
    }
    arena_fini(&arena);
}

void members_add(struct members *members, const struct log_entry *entry)
{
    struct envelope envelope;
    if (entry->header.n != ENVELOPE_HEADER_BYTES ||
        envelope_decode(&envelope, entry->header) != ERR_OK) {
        return; /* damage; the store counts it */
    }
    struct fold_item item = {.device = envelope.device,
                             .seq = envelope.seq,
                             .prev = envelope.prev,
                             .body = entry->payload,
                             .vouched = entry->vouched};
    envelope_id(&item.id, entry->header.p);
    if (members->fold == NULL) {
        /* The store holds one network: its `found` is the one with a zero network. */
        if (network_id_is_zero(&envelope.network)) {
            memcpy(members->network.b, item.id.b, sizeof(members->network.b));
        } else {
            members->network = envelope.network;
        }
        members->fold = fold_new(&members->network);
        members->ring = keyring_new();
        keyring_add_box(members->ring, &members->box_pk, &members->box_sk);
    }
    enum fold_added added = fold_add(members->fold, &item);
    if (added == FOLD_ADDED || added == FOLD_WAITS) {
        members->stale = true;
        if (entry->payload.n > 0 && entry->payload.p[0] == STATEMENT_ERASE) {
            note_erase(members, entry->payload);
        }
    }
}

/* ------------------------------------------------------------------------- the tables ---- */

static char *name_of(struct statement_text text)
{
    char *name = mem_zalloc(text.n + 1);
    memcpy(name, text.p == NULL ? "" : text.p, text.n);
    return name;
}

/*
 * Whether the table has it otherwise, or not at all. A network of a thousand schools has ten
 * thousand rows, and a statement changes a handful of them.
 */
enum row_news { ROW_SAME, ROW_CHANGED, ROW_NEW };
static enum row_news news(struct members *members, enum row_kind kind, const void *id, size_t n,
                          const struct buf *row)
{
    struct row_key key = {.kind = (uint8_t)kind};
    uint8_t digest[16];
    uint64_t hash;
    memcpy(key.id, id, n);
    hash_bytes(digest, sizeof(digest), slice_of(NULL, 0), "kith/1 view row", buf_slice(row),
               slice_of(NULL, 0));
    memcpy(&hash, digest, sizeof(hash));
    uint64_t *known = map_get(&members->shown, &key);
    if (known != NULL && *known == hash) return ROW_SAME;
    bool was = known != NULL;
    map_put(&members->shown, &key, hash);
    return was ? ROW_CHANGED : ROW_NEW;
}

/* What a row comes to for `news`. Reused from row to row. */
static void row_begin(struct buf *row, struct statement_text name, const uint8_t *flags,
                      size_t n)
{
    row->len = 0;
    buf_put(row, flags, n);
    buf_put(row, name.p, name.n);
}

static void put_school(struct members *members, const struct fold_school *school)
{
    char *name = name_of(school->name);
    db_run(members->db, "INSERT OR REPLACE INTO schools VALUES(?,?,?,?,?,?,?,?2,NULL,NULL)",
           "btiiiii", school->id.b, sizeof(school->id.b), name,
           (int64_t)(school->status == FOLD_LIVE), (int64_t)school->left,
           (int64_t)school->steward, (int64_t)school->hub, (int64_t)school->observer);
    free(name);
}

/* How many are listed. *names: the greatest news of a name. */
static size_t put_schools(struct members *members, enum row_news *names)
{
    struct fold_school school;
    struct buf row = {0};
    size_t n = 0;
    for (; fold_school_at(members->fold, n, &school); n++) {
        const uint8_t flags[] = {school.status, school.left, school.steward, school.hub,
                                 school.observer};
        row_begin(&row, school.name, flags, sizeof(flags));
        if (news(members, ROW_SCHOOL, school.id.b, sizeof(school.id.b), &row) == ROW_SAME)
            continue;
        put_school(members, &school);
        row_begin(&row, school.name, NULL, 0);
        enum row_news name = news(members, ROW_NAME, school.id.b, sizeof(school.id.b), &row);
        if (name == ROW_CHANGED || *names == ROW_SAME) *names = name;
    }
    buf_fini(&row);
    return n;
}

static size_t put_devices(struct members *members)
{
    struct fold_device device;
    struct buf row = {0};
    size_t n = 0;
    for (; fold_device_at(members->fold, n, &device); n++) {
        const uint8_t flags[] = {device.status};
        row_begin(&row, device.name, flags, sizeof(flags));
        buf_put(&row, device.school.b, sizeof(device.school.b));
        if (news(members, ROW_DEVICE, device.id.b, sizeof(device.id.b), &row) == ROW_SAME)
            continue;
        char *name = name_of(device.name);
        db_run(members->db, "INSERT OR REPLACE INTO devices VALUES(?,?,?,?)", "bbti",
               device.id.b, sizeof(device.id.b), device.school.b, sizeof(device.school.b), name,
               (int64_t)(device.status == FOLD_LIVE));
        free(name);
    }
    buf_fini(&row);
    return n;
}

/* Schools and devices. The greatest news of a school's name. */
static enum row_news put_people(struct members *members)
{
    enum row_news names = ROW_SAME;
    size_t schools = put_schools(members, &names), devices = put_devices(members);
    if ((size_t)db_int(members->db, 0, "SELECT count(*) FROM schools", "") == schools &&
        (size_t)db_int(members->db, 0, "SELECT count(*) FROM devices", "") == devices) {
        return names;
    }
    /* One is listed no more, for what admitted it does not stand: rare. */
    db_run(members->db, "DELETE FROM schools", "");
    db_run(members->db, "DELETE FROM devices", "");
    forget_rows(members);
    (void)put_schools(members, &names);
    (void)put_devices(members);
    return ROW_CHANGED;
}

/* In order of width: own, school-and-hub, group, network. */
static int64_t width_of(enum space_class class)
{
    switch (class) {
    case SPACE_OWN:
        return 0;
    case SPACE_HUB:
        return 1;
    case SPACE_GROUP:
        return 2;
    case SPACE_NETWORK:
        return 3;
    }
    return 4;
}

static char *members_text(const struct fold *fold, const struct space_tag *tag)
{
    json_t *list = json_array();
    struct school_id school;
    for (size_t i = 0; fold_part_at(fold, tag, FOLD_MEMBER, i, &school); i++) {
        char hex[2 * sizeof(school.b) + 1];
        text_hex(hex, school.b, sizeof(school.b));
        CHECK(json_array_append_new(list, json_string(hex)) == 0);
    }
    char *text = ijson_text(list);
    json_decref(list);
    return text;
}

/* Whether the row is otherwise now. */
static bool put_space(struct members *members, const struct fold_space *space)
{
    bool own =
        space->space_class == SPACE_OWN && school_id_eq(&space->school, &members->school);
    char *schools = members_text(members->fold, &space->tag);
    int64_t part = fold_part(members->fold, &space->tag, &members->school);
    const uint8_t flags[] = {(uint8_t)part};
    struct buf row = {0};
    row_begin(&row, space->name, flags, sizeof(flags));
    buf_put_str(&row, schools);
    bool same = news(members, ROW_SPACE, space->tag.b, sizeof(space->tag.b), &row) == ROW_SAME;
    buf_fini(&row);
    if (same) {
        free(schools);
        return false;
    }
    char *name = name_of(space->name);
    if (own) {
        db_run(members->db, "UPDATE spaces SET tag = ?, space = ? WHERE id = 1 AND tag IS NULL",
               "bb", space->tag.b, sizeof(space->tag.b), space->id.b, sizeof(space->id.b));
    }
    db_run(members->db,
           "INSERT INTO spaces(tag, space, class, width, school, name, part, members)"
           " VALUES(?,?,?,?,?,?,?,?) ON CONFLICT(tag) DO UPDATE SET name = excluded.name,"
           " part = excluded.part, members = excluded.members",
           "bbiibtit", space->tag.b, sizeof(space->tag.b), space->id.b, sizeof(space->id.b),
           (int64_t)space->space_class, width_of(space->space_class), space->school.b,
           sizeof(space->school.b), name, part, schools);
    free(schools);
    free(name);
    return true;
}

static void put_spaces(struct members *members, bool names_changed)
{
    struct fold_space space;
    struct numbers {
        int64_t *v;
        size_t n, cap;
    } rows = {0};
    for (size_t i = 0; fold_space_at(members->fold, i, &space); i++) {
        if (!put_space(members, &space) || names_changed) continue;
        MEM_RESERVE(rows.v, rows.n, rows.cap);
        rows.v[rows.n++] = db_int(members->db, 0, "SELECT id FROM spaces WHERE tag = ?", "b",
                                  space.tag.b, sizeof(space.tag.b));
    }
    for (size_t i = 0; i < rows.n; i++)
        db_run(members->db, TABLES_AUDIENCES TABLES_ONE_SPACE, "i", rows.v[i]);
    if (names_changed) db_exec(members->db, TABLES_AUDIENCES);
    free(rows.v);
}

void members_refresh(struct members *members)
{
    if (!members->stale || members->fold == NULL) {
        return;
    }
    fold_refresh(members->fold);
    bool more = true;
    while (more) {
        (void)keyring_step(members->ring, members->fold, OPENS_A_SLICE, &more);
    }
    bool first = members->shown.count == 0;
    enum row_news names = put_people(members);
    char *name = name_of(fold_network_name(members->fold));
    db_run(members->db, "INSERT OR REPLACE INTO meta VALUES('network', ?)", "b",
           members->network.b, sizeof(members->network.b));
    db_run(members->db, "INSERT OR REPLACE INTO meta VALUES('network_name', ?)", "t", name);
    free(name);
    bool called = db_int(members->db, 0, "SELECT EXISTS(SELECT 1 FROM called)", "") != 0;
    if (called) db_exec(members->db, TABLES_CALLED);
    if (called || names != ROW_SAME) db_exec(members->db, TABLES_OWNERS);
    put_spaces(members, first || names == ROW_CHANGED);
    members->generation++;
}

void members_called(struct members *members)
{
    if (members->fold == NULL) return;
    db_exec(members->db, TABLES_CALLED);
    db_exec(members->db, TABLES_OWNERS);
    put_spaces(members, true);
    members->generation++;
}

/* ------------------------------------------------------------------------- the chains ---- */

static void judge(struct members *members, struct members_chain *chain)
{
    struct fold_device device;
    struct fold_limit limit = {0, {{0}}, FOLD_CLIP_NOT_MEMBER};
    memset(&chain->school, 0, sizeof(chain->school));
    if (members->fold != NULL) {
        limit = fold_limit(members->fold, &chain->chain);
        if (fold_device(members->fold, &chain->chain.device, &device)) {
            chain->school = device.school;
        }
    }
    chain->upto = limit.limit;
    chain->why = limit.why;
    chain->space = db_int(members->db, 0, "SELECT id FROM spaces WHERE tag = ?", "b",
                          chain->chain.tag.b, sizeof(chain->chain.tag.b));
}

/* SQLite's integers are signed: open is -1. */
static int64_t upto_column(uint64_t upto)
{
    return upto == FOLD_OPEN ? -1 : (int64_t)upto;
}

static void put_chain(struct members *members, const struct members_chain *chain)
{
    db_run(members->db,
           "INSERT INTO chains VALUES(?,?,?,?,?,?,?) ON CONFLICT(id) DO UPDATE SET"
           " school = excluded.school, space = excluded.space, upto = excluded.upto,"
           " why = excluded.why",
           "ibbbiii", chain->id, chain->chain.device.b, sizeof(chain->chain.device.b),
           chain->chain.tag.b, sizeof(chain->chain.tag.b), chain->school.b,
           sizeof(chain->school.b), chain->space, upto_column(chain->upto),
           (int64_t)chain->why);
}

static struct members_chain *add_chain(struct members *members, const struct chain *chain)
{
    MEM_RESERVE(members->chains, members->chains_n, members->chains_cap);
    struct members_chain *added = &members->chains[members->chains_n++];
    *added = (struct members_chain){.id = (int64_t)members->chains_n, .chain = *chain};
    map_put(&members->chain_at, chain, members->chains_n);
    return added;
}

const struct members_chain *members_chain(struct members *members, const struct chain *chain)
{
    const uint64_t *at = map_get(&members->chain_at, chain);
    if (at != NULL) {
        return &members->chains[*at - 1];
    }
    struct members_chain *added = add_chain(members, chain);
    judge(members, added);
    put_chain(members, added);
    return members->db->err == ERR_OK ? added : NULL;
}

void members_judge(struct members *members, members_chain_fn changed, void *arg)
{
    for (size_t i = 0; i < members->chains_n; i++) {
        struct members_chain was = members->chains[i];
        struct members_chain *now = &members->chains[i];
        judge(members, now);
        bool whole = now->space != was.space || !school_id_eq(&now->school, &was.school);
        if (whole || now->upto != was.upto || now->why != was.why) {
            put_chain(members, now);
            uint64_t lower = now->upto < was.upto ? now->upto : was.upto;
            changed(arg, now, whole ? 0 : lower);
        }
    }
}

/* ------------------------------------------------------------------------- at the start -- */

static bool load_statement(void *arg, const struct log_entry *entry)
{
    members_add(arg, entry);
    return false;
}

static void load_chains(struct members *members)
{
    sqlite3_stmt *row = db_start(members->db,
                                 "SELECT device, tag, school, space, upto, why FROM chains"
                                 " ORDER BY id",
                                 "");
    while (db_next(members->db, row)) {
        struct chain chain;
        db_copy(row, 0, chain.device.b, sizeof(chain.device.b));
        db_copy(row, 1, chain.tag.b, sizeof(chain.tag.b));
        struct members_chain *added = add_chain(members, &chain);
        db_copy(row, 2, added->school.b, sizeof(added->school.b));
        added->space = sqlite3_column_int64(row, 3);
        int64_t upto = sqlite3_column_int64(row, 4);
        added->upto = upto < 0 ? FOLD_OPEN : (uint64_t)upto;
        added->why = (enum fold_clip)sqlite3_column_int64(row, 5);
    }
}

void members_undo(struct members *members)
{
    map_fini(&members->chain_at);
    map_init(&members->chain_at, sizeof(struct chain), MAP_SEED);
    members->chains_n = 0;
    members->stale = members->fold != NULL;
    forget_rows(members);
    load_chains(members);
}

enum err members_load(struct members *members, const struct log_reader *log)
{
    load_chains(members);
    enum err err = ERR_OK;
    sqlite3_stmt *row = db_start(members->db, "SELECT lseq FROM statements ORDER BY lseq", "");
    while (err == ERR_OK && db_next(members->db, row)) {
        err =
            log->get(log->ctx, (uint64_t)sqlite3_column_int64(row, 0), load_statement, members);
        if (err == ERR_NOT_FOUND) {
            err = ERR_CORRUPT; /* the log never loses a statement: this is another log's view */
        }
    }
    db_end(row);
    if (members->fold != NULL) {
        fold_refresh(members->fold);
        bool more = true;
        while (more) {
            (void)keyring_step(members->ring, members->fold, OPENS_A_SLICE, &more);
        }
    }
    members->stale = false;
    return err != ERR_OK ? err : members->db->err;
}
