#include "daemon/view/members.h"

#include <jansson.h>
#include <stdlib.h>

#include "daemon/view/tables.h"
#include "proto/base/check.h"
#include "proto/base/text.h"
#include "proto/envelope/envelope.h"
#include "proto/record/ijson.h"

enum { OPENS_A_SLICE = 64, MAP_SEED = 0x6b697468 };

void members_init(struct members *members, struct db *db, const struct view_options *options)
{
    *members = (struct members){.db = db,
                                .school = options->school,
                                .box_pk = options->box_pk,
                                .box_sk = options->box_sk};
    map_init(&members->chain_at, sizeof(struct chain), MAP_SEED);
}

void members_fini(struct members *members)
{
    fold_free(members->fold);
    keyring_free(members->ring);
    map_fini(&members->chain_at);
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
                             .body = entry->payload};
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

static void put_schools(struct members *members)
{
    struct fold_school school;
    db_run(members->db, "DELETE FROM schools", "");
    for (size_t i = 0; fold_school_at(members->fold, i, &school); i++) {
        char *name = name_of(school.name);
        db_run(members->db, "INSERT INTO schools VALUES(?,?,?,?,?,?,?)", "btiiiii", school.id.b,
               sizeof(school.id.b), name, (int64_t)(school.status == FOLD_LIVE),
               (int64_t)school.left, (int64_t)school.steward, (int64_t)school.hub,
               (int64_t)school.observer);
        free(name);
    }
    struct fold_device device;
    db_run(members->db, "DELETE FROM devices", "");
    for (size_t i = 0; fold_device_at(members->fold, i, &device); i++) {
        char *name = name_of(device.name);
        db_run(members->db, "INSERT INTO devices VALUES(?,?,?,?)", "bbti", device.id.b,
               sizeof(device.id.b), device.school.b, sizeof(device.school.b), name,
               (int64_t)(device.status == FOLD_LIVE));
        free(name);
    }
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

static void put_space(struct members *members, const struct fold_space *space)
{
    bool own =
        space->space_class == SPACE_OWN && school_id_eq(&space->school, &members->school);
    char *name = name_of(space->name);
    char *schools = members_text(members->fold, &space->tag);
    int64_t part = fold_part(members->fold, &space->tag, &members->school);
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
    put_schools(members);
    struct fold_space space;
    for (size_t i = 0; fold_space_at(members->fold, i, &space); i++) {
        put_space(members, &space);
    }
    char *name = name_of(fold_network_name(members->fold));
    db_run(members->db, "INSERT OR REPLACE INTO meta VALUES('network', ?)", "b",
           members->network.b, sizeof(members->network.b));
    db_run(members->db, "INSERT OR REPLACE INTO meta VALUES('network_name', ?)", "t", name);
    free(name);
    db_exec(members->db, TABLES_SHAPES);
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
