/* Records of other schools, taken over from an export as records of this one. */
#include <stdlib.h>
#include <string.h>

#include "daemon/view/compose.h"
#include "daemon/view/draft.h"
#include "daemon/view/exported.h"
#include "proto/base/check.h"
#include "proto/base/text.h"
#include "proto/crypto/hash.h"
#include "proto/record/ijson.h"

bool compose_is_foreign(struct view_reader *reader, const char *line, struct query_key *key)
{
    json_t *json = json_loadb(line, strlen(line), JSON_REJECT_DUPLICATES, NULL);
    const json_t *body = json_object_get(json, "body");
    bool good =
        text_unhex(key->owner.b, sizeof(key->owner.b), ijson_str(body, "owner")) == ERR_OK &&
        text_unhex(key->record.b, sizeof(key->record.b), ijson_str(body, "record")) == ERR_OK;
    json_decref(json);
    return good && !school_id_eq(&key->owner, &reader->school);
}

/* -------------------------------------------------------------------------------- adopting --
 */

/* The same copy has the same ids whenever it is made, so that it is made once. */
struct copy_ids {
    const struct query_key *from;
    const struct school_id *by;
    uint64_t n;
};

static void copy_random(void *ctx, void *out, size_t n)
{
    struct copy_ids *ids = ctx;
    uint8_t block[32], *to = out;
    while (n > 0) {
        struct hash hash;
        size_t part = n < sizeof(block) ? n : sizeof(block);
        hash_init(&hash, sizeof(block), slice_of(NULL, 0), "kith/1 copy");
        hash_add(&hash, ids->from->owner.b, sizeof(ids->from->owner.b));
        hash_add(&hash, ids->from->record.b, sizeof(ids->from->record.b));
        hash_add(&hash, ids->by->b, sizeof(ids->by->b));
        hash_add_u64(&hash, ids->n++);
        hash_final(&hash, block);
        memcpy(to, block, part);
        to += part;
        n -= part;
    }
}

/* The lines of one space, narrowest first: what its owner sees there is the whole of it. */
struct source {
    struct revision *revisions;
    struct fold_entry *entries;
    size_t n;
    enum space_class class;
    char space[65];
};

/* Before: SPACE_OWN, SPACE_HUB, a group by its id, SPACE_NETWORK. */
static int rank(enum space_class class)
{
    return class == SPACE_OWN ? 0 : class == SPACE_HUB ? 1 : class == SPACE_GROUP ? 2 : 3;
}

static enum err read_lines(struct source *source, const char *const *lines, size_t n,
                           struct compose *out)
{
    enum err err = ERR_OK;
    source->revisions = mem_zalloc((n + 1) * sizeof(*source->revisions));
    source->entries = mem_zalloc((n + 1) * sizeof(*source->entries));
    for (size_t i = 0; i < n && err == ERR_OK; i++) {
        struct slice body;
        json_t *json = json_loads(lines[i], JSON_REJECT_DUPLICATES, NULL);
        const char *space = ijson_str(json_object_get(json, "space"), "space");
        int order = rank(exported_class(json)) - rank(source->class);
        if (order == 0) order = strcmp(space, source->space);
        if (i > 0 && order > 0) { /* a wider space than one that was seen */
            json_decref(json);
            continue;
        }
        if (i == 0 || order < 0) { /* a narrower one: all before is forgotten */
            for (size_t k = 0; k < source->n; k++)
                revision_fini(&source->revisions[k]);
            source->n = 0;
            source->class = exported_class(json);
            strncpy(source->space, space, sizeof(source->space) - 1);
        }
        err = exported_decode(lines[i], json, &source->revisions[source->n], &body, out);
        if (err == ERR_OK) {
            source->entries[source->n] = fold_entry_full(&source->revisions[source->n]);
            source->n++;
        }
        json_decref(json);
    }
    return err;
}

static enum err copy_of(struct view_reader *reader, const struct compose_who *who,
                        const struct source *source, const struct query_key *from,
                        struct compose *out)
{
    struct fold_state state;
    struct copy_ids ids = {.from = from, .by = &reader->school};
    const struct env env = {copy_random, &ids};
    const struct compose_who copier = {
        .env = &env, .person = who->person, .wall_s = who->wall_s};
    char ref[REVISION_REF_CHARS + 1];
    fold_init(&state, source->entries, source->n);
    if (!state.exists) {
        fold_fini(&state);
        return draft_problem(out, ERR_INVALID, "", "the beginning of this record is not here");
    }
    json_t *sections = author_current_sections(source->entries, source->n, &state);
    json_t *head = json_object_get(sections, "head");
    revision_ref(ref, &from->owner, &from->record);
    if (strcmp(state.type, "idea") == 0 && json_is_object(head)) {
        json_object_set_new(head, "based_on", json_string(ref));
    }
    char *text = ijson_text(sections);
    struct compose made;
    enum err err = compose_new(reader, &copier, state.type, text, false, &made);
    compose_fini(out);
    *out = made;
    free(text);
    json_decref(sections);
    fold_fini(&state);
    return err;
}

enum err compose_adopt(struct view_reader *reader, const struct compose_who *who,
                       const char *const *lines, size_t n, struct compose *out)
{
    struct source source = {0};
    struct query_key from, have;
    struct record_id copy;
    char hex[2 * sizeof(copy.b) + 1];
    CHECK(n > 0);
    draft_clear(out);
    enum err err = read_lines(&source, lines, n, out);
    if (err == ERR_OK) {
        from = (struct query_key){source.revisions[0].owner, source.revisions[0].record};
        struct copy_ids ids = {.from = &from, .by = &reader->school};
        copy_random(&ids, copy.b, sizeof(copy.b)); /* what a new record draws first is its id */
        text_hex(hex, copy.b, sizeof(copy.b));
        const struct schema *schema =
            schema_set_find(reader->schemas, source.revisions[0].type);
        if (query_resolve(reader, hex, &have) == ERR_OK) {
            err = draft_problem(out, ERR_EXISTS, "", "its copy is here already");
        } else if (schema != NULL && schema->audience == SCHEMA_AUDIENCE_TARGET) {
            err = draft_problem(out, ERR_EXISTS, "", "it stays with the record it speaks of");
        }
    }
    if (err == ERR_OK) err = copy_of(reader, who, &source, &from, out);
    for (size_t i = 0; i < source.n; i++)
        revision_fini(&source.revisions[i]);
    free(source.revisions);
    free(source.entries);
    return err;
}
