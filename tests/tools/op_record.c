/* Records: one revision's body, and what a set of revisions comes to. */
#include <string.h>

#include "proto/crypto/hash.h"
#include "proto/record/fold.h"
#include "proto/record/revision.h"
#include "tests/tools/ops.h"

static struct slice body_of(struct ask *ask, const json_t *object)
{
    const json_t *body = json_object_get(object, "body");
    if (!json_is_string(body)) {
        ask_fail(ask, "body", "must be a string: the JSON text of a revision");
        return (struct slice){0};
    }
    return slice_of(json_string_value(body), json_string_length(body));
}

static struct revision_id id_of(struct slice body)
{
    struct revision_id id;
    hash_bytes(id.b, sizeof(id.b), (struct slice){0}, REVISION_ID_LABEL, body,
               (struct slice){0});
    return id;
}

void op_record_revision(struct ask *ask)
{
    struct slice body = body_of(ask, ask->request);
    if (ask->failed) return;
    struct revision_id id = id_of(body);
    struct revision revision;
    const char *why = NULL;
    enum err err = revision_decode(body, &id, &revision, &why);
    ask_result(ask, err);
    if (err != ERR_OK) {
        json_object_set_new(ask->answer, "why", json_string(why == NULL ? "" : why));
        return;
    }
    ask_put_hex(ask->answer, "id", id.b, sizeof(id.b));
    ask_put_hex(ask->answer, "record", revision.record.b, sizeof(revision.record.b));
    ask_put_hex(ask->answer, "owner", revision.owner.b, sizeof(revision.owner.b));
    json_object_set_new(ask->answer, "type", json_string(revision.type));
    ask_put_number(ask->answer, "lamport", revision.lamport);
    struct buf again = {0};
    err = revision_encode(&revision, &again, &why);
    if (err == ERR_OK) {
        ask_put_text(ask->answer, "canonical", (const char *)again.data, again.len);
    }
    buf_fini(&again);
    revision_fini(&revision);
}

/* One row of "revisions"; `decoded` is its place for a decoded body. */
static bool take_entry(struct ask *ask, const json_t *row, struct revision *decoded,
                       struct fold_entry *out)
{
    const char *mark = ask_has(row, "mark") ? ask_text(ask, row, "mark") : "full";
    struct revision_id id;
    if (strcmp(mark, "erased") == 0) {
        ask_bytes(ask, row, "id", id.b, sizeof(id.b));
        uint64_t lamport = ask_number(ask, row, "lamport", INT64_MAX);
        *out = fold_entry_erased(&id, lamport);
        return false;
    }
    struct slice body = body_of(ask, row);
    if (ask->failed) return false;
    if (ask_has(row, "id")) {
        ask_bytes(ask, row, "id", id.b, sizeof(id.b));
    } else {
        id = id_of(body);
    }
    const char *why = NULL;
    if (ask->failed) return false;
    if (revision_decode(body, &id, decoded, &why) != ERR_OK) {
        ask_fail(ask, "body", why == NULL ? "does not decode" : why);
        return false;
    }
    if (strcmp(mark, "void") == 0) {
        *out = fold_entry_void(decoded);
    } else if (strcmp(mark, "full") == 0) {
        *out = fold_entry_full(decoded);
    } else {
        ask_fail(ask, "mark", "must be full, void or erased");
    }
    return true;
}

void op_record_merge(struct ask *ask)
{
    const json_t *list = ask_list(ask, ask->request, "revisions", false);
    if (ask->failed) return;
    size_t n = json_array_size(list), n_decoded = 0, i = 0;
    struct revision *decoded = arena_alloc(&ask->arena, (n + 1) * sizeof(*decoded));
    struct fold_entry *entries = arena_alloc(&ask->arena, (n + 1) * sizeof(*entries));
    for (; i < n && !ask->failed; i++) {
        if (take_entry(ask, json_array_get(list, i), &decoded[n_decoded], &entries[i])) {
            n_decoded++;
        }
    }
    if (!ask->failed) {
        struct fold_state state;
        fold_init(&state, entries, n);
        json_object_set_new(ask->answer, "state", fold_json(&state));
        fold_fini(&state);
        ask_result(ask, ERR_OK);
    }
    while (n_decoded > 0)
        revision_fini(&decoded[--n_decoded]);
}
