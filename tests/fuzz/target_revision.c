/*
 * Revisions: strict JSON, one body, and the fold of a set of them. What decodes encodes to a
 * canonical body that decodes to itself; a fold is the same whatever the order.
 */
#include "proto/record/fold.h"
#include "proto/record/ijson.h"
#include "proto/record/revision.h"
#include "tests/fuzz/fuzz.h"

static void fuzz_json(struct slice text)
{
    json_t *value = NULL, *again = NULL;
    const char *why = NULL;
    enum err err = ijson_decode(text, LIMIT_BODY_BYTES, &value, &why);
    if (err != ERR_OK) {
        FUZZ_CHECK(why != NULL && (err == ERR_MALFORMED || err == ERR_TOO_BIG));
        return;
    }
    struct buf dump = {0}, twice = {0};
    ijson_dump(&dump, value);
    FUZZ_CHECK(ijson_decode(buf_slice(&dump), SIZE_MAX, &again, &why) == ERR_OK);
    ijson_dump(&twice, again);
    FUZZ_CHECK(slice_eq(buf_slice(&dump), buf_slice(&twice)));
    FUZZ_CHECK(json_equal(value, again));
    char *kept = ijson_text(value);
    FUZZ_CHECK(strlen(kept) == dump.len && ijson_str(value, "type") != NULL);
    free(kept);
    if (json_is_object(value)) ijson_set_str(value, "type", "x");
    buf_fini(&dump);
    buf_fini(&twice);
    json_decref(value);
    json_decref(again);
}

static bool decode(struct slice body, struct revision *out)
{
    struct revision_id id = {{1}};
    const char *why = NULL;
    enum err err = revision_decode(body, &id, out, &why);
    if (err != ERR_OK) FUZZ_CHECK(why != NULL && err_blame(err) == BLAME_PEER);
    return err == ERR_OK;
}

static void fuzz_body(struct slice body)
{
    struct revision revision, again;
    struct buf first = {0}, second = {0};
    const char *why = NULL;
    if (!decode(body, &revision)) return;
    enum err err = revision_encode(&revision, &first, &why);
    if (err == ERR_OK) {
        FUZZ_CHECK(decode(buf_slice(&first), &again));
        FUZZ_CHECK(revision_encode(&again, &second, &why) == ERR_OK);
        FUZZ_CHECK(slice_eq(buf_slice(&first), buf_slice(&second)));
        FUZZ_CHECK(json_equal(revision.sections, again.sections));
        revision_fini(&again);
    } else {
        FUZZ_CHECK(err == ERR_TOO_BIG && first.len == 0);
    }
    char ref[REVISION_REF_CHARS + 1];
    struct school_id owner;
    struct record_id record;
    revision_ref(ref, &revision.owner, &revision.record);
    FUZZ_CHECK(revision_ref_decode(ref, &owner, &record) == ERR_OK);
    FUZZ_CHECK(school_id_eq(&owner, &revision.owner) &&
               record_id_eq(&record, &revision.record));
    FUZZ_CHECK(revision_ref_decode(ref + 1, &owner, &record) == ERR_MALFORMED);
    buf_fini(&first);
    buf_fini(&second);
    revision_fini(&revision);
}

/* ---- a set of revisions, built from few bytes ---- */

enum { SET_MAX = 12 };

static const char *const contents[] = {
    "{}",
    "{\"head\":{\"title\":\"Parent night\"}}",
    "{\"head\":{\"title\":\"b\",\"ramp\":null},\"plan\":{}}",
    "{\"do\":{\"observations\":[{\"id\":\"1\",\"text\":\"x\"}]}}",
    "{\"do\":{\"observations\":[{\"id\":\"1\",\"deleted\":true},{\"id\":\"2\",\"text\":\"y\"}]}"
    "}",
    "{\"do\":{\"observations\":\"a word\",\"data\":[]}}",
    "{\"do\":{\"observations\":[{\"id\":\"2\",\"text\":\"z\"}],\"surprises\":\"none\"}}",
    "{\"study\":{\"results\":[{\"id\":\"q\",\"matched\":true}],\"summary\":\"s\"}}",
};
enum { CONTENTS = sizeof(contents) / sizeof(*contents) };

struct set {
    struct revision revisions[SET_MAX];
    struct fold_entry entries[SET_MAX];
    size_t n;
};

static void set_add(struct set *set, struct fuzz_in *in)
{
    struct revision *r = &set->revisions[set->n];
    uint8_t flags = fuzz_u8(in);
    uint16_t parents = fuzz_u16(in);
    memset(r, 0, sizeof(*r));
    fuzz_count(r->id.b, sizeof(r->id.b), (uint8_t)(flags * 7 + set->n));
    r->id.b[31] = (uint8_t)set->n;
    r->record.b[0] = 1;
    r->owner.b[0] = 2;
    r->edit.b[0] = (uint8_t)set->n;
    strcpy(r->type, (flags & 8) != 0 ? "idea" : "cycle");
    r->v = 1 + (flags & 3);
    r->parents = mem_zalloc(SET_MAX * sizeof(*r->parents));
    for (size_t i = 0; i < set->n; i++) {
        if ((parents >> i & 1) == 0) continue;
        r->parents[r->n_parents++] = set->revisions[i].id;
        if (set->revisions[i].lamport >= r->lamport) r->lamport = set->revisions[i].lamport;
    }
    if ((flags & 16) != 0 && r->n_parents < SET_MAX) { /* one that is not here */
        memset(&r->parents[r->n_parents++], 0xee, 32);
    }
    r->lamport += (flags & 64) != 0 ? 3 : 1;
    r->person = mem_strdup("teacher 1");
    r->at = mem_strdup("2026-03-02T09:30:00Z");
    r->sections = json_loads(contents[fuzz_below(in, CONTENTS)], 0, NULL);
    struct buf body = {0};
    const char *why = NULL;
    struct revision decoded;
    FUZZ_CHECK(revision_encode(r, &body, &why) == ERR_OK);
    FUZZ_CHECK(revision_decode(buf_slice(&body), &r->id, &decoded, &why) == ERR_OK);
    FUZZ_CHECK(decoded.lamport == r->lamport && decoded.n_parents == r->n_parents);
    revision_fini(&decoded);
    buf_fini(&body);
    struct fold_entry *entry = &set->entries[set->n];
    switch (fuzz_below(in, 6)) {
    case 0:
        *entry = fold_entry_void(r);
        break;
    case 1:
        *entry = fold_entry_erased(&r->id, r->lamport);
        break;
    default:
        *entry = fold_entry_full(r);
        break;
    }
    set->n++;
}

static void fuzz_set(struct fuzz_in *in)
{
    struct set *set = mem_zalloc(sizeof(*set));
    while (set->n < SET_MAX && fuzz_more(in))
        set_add(set, in);
    struct fold_state state, other;
    fold_init(&state, set->entries, set->n);
    for (size_t i = 0; i < state.n_status; i++)
        FUZZ_CHECK(strlen(fold_status_name(state.status[i])) > 0);
    /* Backwards, and with one of them twice. */
    struct fold_entry back[SET_MAX + 1];
    for (size_t i = 0; i < set->n; i++)
        back[i] = set->entries[set->n - 1 - i];
    if (set->n > 0) back[set->n] = set->entries[0];
    fold_init(&other, back, set->n + (set->n > 0));
    json_t *x = fold_json(&state), *y = fold_json(&other);
    FUZZ_CHECK(json_equal(x, y));
    FUZZ_CHECK(state.n_heads == other.n_heads && state.lamport_next == other.lamport_next);
    if (set->n > 0) {
        size_t past = fold_past(back, set->n, &set->revisions[set->n / 2].id);
        FUZZ_CHECK(past <= set->n);
    }
    /* One after another, the sections of all give what the fold's own steps give. */
    json_t *section = json_object();
    for (size_t i = 0; i < set->n; i++) {
        const char *name;
        json_t *write;
        json_object_foreach(set->revisions[i].sections, name, write)
        {
            fold_apply(section, write);
        }
    }
    json_decref(section);
    json_decref(x);
    json_decref(y);
    fold_fini(&state);
    fold_fini(&other);
    for (size_t i = 0; i < set->n; i++)
        revision_fini(&set->revisions[i]);
    free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_in in = fuzz_in_of(data, n);
    switch (fuzz_u8(&in) % 3) {
    case 0:
        fuzz_json(fuzz_rest(&in));
        break;
    case 1:
        fuzz_body(fuzz_rest(&in));
        break;
    default:
        fuzz_set(&in);
        break;
    }
    return 0;
}

static void put_text(fuzz_put_fn put, void *ctx, uint8_t mode, const char *text)
{
    struct buf seed = {0};
    buf_put_u8(&seed, mode);
    buf_put_str(&seed, text);
    put(ctx, buf_slice(&seed));
    buf_fini(&seed);
}

void fuzz_seeds(fuzz_put_fn put, void *ctx)
{
    static const char *const texts[] = {"{\"a\":1,\"a\":2}",
                                        "[1,-9007199254740993]",
                                        "9007199254740992",
                                        "1e400",
                                        "\"\\u0000\"",
                                        "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]",
                                        "{\"b\":[true,false,null],\"a\":0.5}",
                                        "\"\xff\"",
                                        "{\"x\":\"\\ud83d\\ude00\"} ",
                                        "[1] 2",
                                        "",
                                        "{\"type\":\"x\"}",
                                        "\"\\ud800\""};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        put_text(put, ctx, 0, texts[i]);
    for (uint8_t i = 0; i < CONTENTS; i++) {
        struct revision r = {.v = 1, .lamport = 1U + i % 2, .type = "cycle"};
        struct revision_id parents[2] = {{{1}}, {{2}}};
        struct buf body = {0};
        const char *why = NULL;
        r.parents = parents;
        r.n_parents = i % 3;
        char person[] = "teacher", at[] = "2026-03-02T09:30:00Z";
        r.person = person;
        r.at = at;
        r.sections = json_loads(contents[i], 0, NULL);
        buf_put_u8(&body, 1);
        FUZZ_CHECK(revision_encode(&r, &body, &why) == ERR_OK);
        put(ctx, buf_slice(&body));
        buf_fini(&body);
        json_decref(r.sections);
    }
    for (uint8_t i = 0; i < 40; i++) {
        uint8_t seed[1 + 8 * 5] = {2};
        for (uint8_t r = 0; r < 8; r++) {
            uint8_t *row = seed + 1 + r * 5;
            row[0] = i % 5 == 4 ? (uint8_t)(8 << (r % 4)) : 0;
            row[2] = (uint8_t)(r == 0 ? 0 : i % 3 == 0 ? 1 << (r - 1) : (i * 37 + r * 11) & 63);
            row[3] = (uint8_t)(i * 3 + r * 5);
            row[4] = (uint8_t)(i % 7 == 3 ? r : 5);
        }
        put(ctx, slice_of(seed, (size_t)1 + (i % 8 + 1) * 5));
    }
}
