#include "proto/record/revision.h"

#include "proto/base/limits.h"
#include "tests/unit/proto/record/records.h"

#define HEX32 "00112233445566778899aabbccddeeff"
#define HEX64 HEX32 HEX32

static const char good[] = "{\"record\":\"" HEX32 "\",\"owner\":\"" HEX64
                           "\",\"type\":\"cycle\",\"v\":1,\"edit\":\"" HEX32
                           "\",\"parents\":[],\"lamport\":1,\"person\":\"grade 9 lead\","
                           "\"at\":\"2026-03-01T09:30:00Z\",\"sections\":{\"head\":"
                           "{\"title\":\"Parent night\"}}}";

static enum err decode(const char *text, size_t n)
{
    struct revision_id id = records_id(7);
    struct revision revision;
    const char *why = NULL;
    enum err err = revision_decode(slice_of(text, n), &id, &revision, &why);
    if (err == ERR_OK)
        revision_fini(&revision);
    else
        assert_non_null(why);
    return err;
}

/* The good body with one piece of text put in another's place. */
static char *with(const char *old, const char *new)
{
    const char *at = strstr(good, old);
    assert_non_null(at);
    struct buf out = {0};
    buf_put(&out, good, (size_t)(at - good));
    buf_put_str(&out, new);
    buf_put_str(&out, at + strlen(old));
    buf_put_u8(&out, 0);
    return (char *)out.data;
}

static void each_member_is_judged(void **state)
{
    (void)state;
    static const struct {
        const char *old, *new;
        enum err err;
    } rows[] = {
        {"\"v\":1", "\"v\":2,\"mood\":[1,{}]", ERR_OK},
        {"\"type\":\"cycle\"", "\"type\":\"moon_phase9\"", ERR_OK},
        {"{\"head\":{\"title\":\"Parent night\"}}", "{}", ERR_OK},
        {"{\"title\":\"Parent night\"}", "{\"future\":{\"x\":[null]}}", ERR_OK},
        {"2026-03-01T09:30:00Z", "", ERR_OK},
        {"2026-03-01T09:30:00Z", "1970-01-01T00:00:00.123Z", ERR_OK},
        {"\"parents\":[]", "\"parents\":[\"" HEX64 "\"]", ERR_OK},
        {"\"record\":\"0", "\"record\":\"A", ERR_MALFORMED},
        {"\"record\":\"0", "\"record\":\"", ERR_MALFORMED},
        {"\"record\":", "\"recorder\":", ERR_MALFORMED},
        {"\"owner\":\"0", "\"owner\":\"g", ERR_MALFORMED},
        {"\"edit\":\"0", "\"edit\":\"00", ERR_MALFORMED},
        {"\"type\":\"cycle\"", "\"type\":\"\"", ERR_MALFORMED},
        {"\"type\":\"cycle\"", "\"type\":\"Cycle\"", ERR_MALFORMED},
        {"\"type\":\"cycle\"", "\"type\":7", ERR_MALFORMED},
        {"\"v\":1", "\"v\":0", ERR_MALFORMED},
        {"\"v\":1", "\"v\":1.0", ERR_MALFORMED},
        {"\"lamport\":1", "\"lamport\":0", ERR_MALFORMED},
        {"\"lamport\":1", "\"lamport\":9007199254740992", ERR_OK},
        {"\"lamport\":1", "\"lamport\":9007199254740993", ERR_MALFORMED},
        {"\"lamport\":1", "\"lamport\":\"1\"", ERR_MALFORMED},
        {"\"parents\":[]", "\"parents\":{}", ERR_MALFORMED},
        {"\"parents\":[]", "\"parents\":[\"" HEX32 "\"]", ERR_MALFORMED},
        {"\"parents\":[]", "\"parents\":[\"" HEX64 "\",\"" HEX64 "\"]", ERR_MALFORMED},
        {"\"person\":\"grade 9 lead\"", "\"person\":null", ERR_MALFORMED},
        {"2026-03-01T09:30:00Z", "2026-03-01 09:30:00Z", ERR_MALFORMED},
        {"2026-03-01T09:30:00Z", "2026-03-01T09:30:00+01:00", ERR_MALFORMED},
        {"2026-03-01T09:30:00Z", "2026-03-01T09:30:00.Z", ERR_MALFORMED},
        {"{\"title\":\"Parent night\"}", "[]", ERR_MALFORMED},
        {"\"head\":", "\"\":", ERR_MALFORMED},
        {"\"sections\":{\"head\":{\"title\":\"Parent night\"}}", "\"sections\":[]",
         ERR_MALFORMED},
        {"\"v\":1", "\"v\":1,\"v\":1", ERR_MALFORMED},
    };
    assert_ok(decode(good, strlen(good)));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *text = with(rows[i].old, rows[i].new);
        if (decode(text, strlen(text)) != rows[i].err) fail_msg("%s", text);
        free(text);
    }
    assert_err(ERR_MALFORMED, decode("[]", 2));
}

static void unknown_members_and_types_are_kept(void **state)
{
    (void)state;
    char *text =
        with("{\"title\":\"Parent night\"}", "{\"title\":\"x\",\"later\":{\"y\":[1]}}");
    struct revision_id id = records_id(9);
    struct revision revision;
    assert_ok(revision_decode(slice_of(text, strlen(text)), &id, &revision, NULL));
    records_equal(revision.sections, "{'head':{'title':'x','later':{'y':[1]}}}");
    assert_true(revision_id_eq(&revision.id, &id));
    assert_string_equal(revision.person, "grade 9 lead");
    revision_fini(&revision);
    free(text);
}

static void random_revision(struct rng *rng, struct revision *out)
{
    struct env env = tests_env(rng);
    *out = (struct revision){.v = 1 + rng_below(rng, 5), .lamport = 1 + rng_below(rng, 1000)};
    env_random(&env, out->record.b, sizeof(out->record.b));
    env_random(&env, out->owner.b, sizeof(out->owner.b));
    env_random(&env, out->edit.b, sizeof(out->edit.b));
    memcpy(out->type, "idea", 5);
    out->n_parents = rng_below(rng, 5);
    out->parents = mem_zalloc(out->n_parents * sizeof(*out->parents));
    for (size_t i = 0; i < out->n_parents; i++) {
        env_random(&env, out->parents[i].b, sizeof(out->parents[i].b));
    }
    out->person = mem_strdup(rng_chance(rng, 500) ? "" : "a \"quoted\" n\xc3\xa9w\nline");
    out->at = mem_strdup(rng_chance(rng, 500) ? "" : "2100-12-31T23:59:59Z");
    out->sections = json_object();
    for (uint64_t k = rng_below(rng, 4); k > 0; k--) {
        char name[2] = {(char)('a' + k), '\0'};
        json_object_set_new(out->sections, name,
                            json_pack("{s:i,s:f,s:[b,n]}", "n", (int)rng_below(rng, 99), "r",
                                      (double)rng_below(rng, 99) / 7, "l", 1));
    }
}

static void encode_then_decode_is_the_identity(void **state)
{
    (void)state;
    struct rng rng = {.state = 3};
    for (int round = 0; round < 500; round++) {
        struct revision a, b;
        random_revision(&rng, &a);
        struct buf one = {0}, two = {0};
        const char *why = "";
        assert_ok(revision_encode(&a, &one, &why));
        assert_ok(revision_decode(buf_slice(&one), &a.id, &b, &why));
        assert_memory_equal(&a.record, &b.record, sizeof(a.record));
        assert_memory_equal(&a.owner, &b.owner, sizeof(a.owner));
        assert_memory_equal(&a.edit, &b.edit, sizeof(a.edit));
        assert_int_equal(a.lamport, b.lamport);
        assert_int_equal(a.n_parents, b.n_parents);
        assert_string_equal(a.person, b.person);
        assert_string_equal(a.at, b.at);
        assert_true(json_equal(a.sections, b.sections));
        assert_ok(revision_encode(&b, &two, &why));
        assert_true(slice_eq(buf_slice(&one), buf_slice(&two)));
        buf_fini(&one);
        buf_fini(&two);
        revision_fini(&a);
        revision_fini(&b);
    }
}

static void a_body_at_each_bound_and_one_past_it(void **state)
{
    (void)state;
    for (size_t over = 0; over <= 1; over++) {
        enum err err = over == 0 ? ERR_OK : ERR_MALFORMED;
        struct buf parents = {0};
        buf_put_str(&parents, "\"parents\":[");
        for (size_t i = 0; i < LIMIT_REVISION_PARENTS + over; i++) {
            struct revision_id id = records_id((int)i);
            char hex[65];
            text_hex(hex, id.b, sizeof(id.b));
            buf_put_str(&parents, i == 0 ? "\"" : ",\"");
            buf_put_str(&parents, hex);
            buf_put_str(&parents, "\"");
        }
        buf_put_str(&parents, "]");
        buf_put_u8(&parents, 0);
        char *text = with("\"parents\":[]", (char *)parents.data);
        assert_err(err, decode(text, strlen(text)));
        free(text);
        buf_fini(&parents);

        char *person = records_repeat("p", LIMIT_NAME_BYTES + over);
        text = with("grade 9 lead", person);
        assert_err(err, decode(text, strlen(text)));
        free(text);
        free(person);

        char *type = records_repeat("t", REVISION_TYPE_BYTES + over);
        text = with("cycle", type);
        assert_err(err, decode(text, strlen(text)));
        free(text);
        free(type);

        size_t room = strlen("Parent night");
        char *title = records_repeat("x", LIMIT_BODY_BYTES - strlen(good) + room + over);
        text = with("Parent night", title);
        assert_int_equal(strlen(text), LIMIT_BODY_BYTES + over);
        assert_err(over == 0 ? ERR_OK : ERR_TOO_BIG, decode(text, strlen(text)));
        free(text);
        free(title);
    }
}

static void what_we_write_others_can_read_or_it_is_refused(void **state)
{
    (void)state;
    struct rng rng = {.state = 8};
    struct revision revision;
    struct buf out = {0};
    const char *why = NULL;
    random_revision(&rng, &revision);
    json_object_set_new(revision.sections, "head", json_object());
    char *text = records_repeat("x", LIMIT_BODY_BYTES);
    ijson_set_str(json_object_get(revision.sections, "head"), "title", text);
    assert_err(ERR_TOO_BIG, revision_encode(&revision, &out, &why));
    json_object_clear(revision.sections);
    json_object_set_new(revision.sections, "head", json_array());
    assert_err(ERR_INVALID, revision_encode(&revision, &out, &why));
    json_object_clear(revision.sections);
    free(revision.at);
    revision.at = mem_strdup("yesterday");
    assert_err(ERR_INVALID, revision_encode(&revision, &out, &why));
    assert_non_null(strstr(why, "`at`"));
    revision.at[0] = '\0';
    revision.person[0] = '\0';
    free(revision.person);
    revision.person = mem_strdup("\xff");
    assert_err(ERR_INVALID, revision_encode(&revision, &out, &why));
    assert_int_equal(out.len, 0);
    free(text);
    revision_fini(&revision);
}

static void random_changes_never_crash(void **state)
{
    (void)state;
    struct rng rng = {.state = 99};
    size_t read = 0;
    for (int round = 0; round < 20000; round++) {
        char text[sizeof(good)];
        size_t n = sizeof(good) - 1;
        memcpy(text, good, sizeof(good));
        for (uint64_t k = 1 + rng_below(&rng, 3); k > 0; k--) {
            text[rng_below(&rng, n)] = (char)rng_next(&rng);
        }
        if (rng_chance(&rng, 200)) n = rng_below(&rng, n);
        char *exact = mem_dup(text, n); /* the sanitizer sees a read past it */
        read += decode(exact, n) == ERR_OK;
        free(exact);
    }
    assert_true(read > 0);
}

static void references_go_both_ways(void **state)
{
    (void)state;
    struct school_id owner, owner_back;
    struct record_id record, record_back;
    memset(owner.b, 0xab, sizeof(owner.b));
    memset(record.b, 0x12, sizeof(record.b));
    char text[REVISION_REF_CHARS + 1];
    revision_ref(text, &owner, &record);
    assert_int_equal(strlen(text), REVISION_REF_CHARS);
    assert_ok(revision_ref_decode(text, &owner_back, &record_back));
    assert_true(school_id_eq(&owner, &owner_back));
    assert_true(record_id_eq(&record, &record_back));
    text[0] = 'A';
    assert_err(ERR_MALFORMED, revision_ref_decode(text, &owner_back, &record_back));
    text[0] = '/';
    assert_err(ERR_MALFORMED, revision_ref_decode(text, &owner_back, &record_back));
    assert_err(ERR_MALFORMED, revision_ref_decode("", &owner_back, &record_back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_member_is_judged),
        cmocka_unit_test(unknown_members_and_types_are_kept),
        cmocka_unit_test(encode_then_decode_is_the_identity),
        cmocka_unit_test(a_body_at_each_bound_and_one_past_it),
        cmocka_unit_test(what_we_write_others_can_read_or_it_is_refused),
        cmocka_unit_test(random_changes_never_crash),
        cmocka_unit_test(references_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
