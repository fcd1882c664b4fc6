/* Holds the decoder and the fold to tests/vectors/record, which another program made. */
#include "proto/base/limits.h"
#include "tests/unit/proto/record/records.h"

static void bodies_decode_or_are_refused_as_published(void **state)
{
    (void)state;
    json_t *root = tests_json("vectors/record/revision.json"), *one;
    size_t i, good = 0;
    json_array_foreach(json_object_get(root, "cases"), i, one)
    {
        const char *body = tests_str(one, "body"), *name = tests_str(one, "name");
        struct revision_id id = {0};
        struct revision revision;
        enum err err = revision_decode(slice_of(body, strlen(body)), &id, &revision, NULL);
        if (strcmp(err_name(err), tests_str(one, "result")) != 0) {
            fail_msg("%s: %s", name, err_name(err));
        }
        if (err != ERR_OK) continue;
        good++;
        revision_fini(&revision);
    }
    assert_true(good >= 8 && i - good >= 20);
    json_decref(root);
}

static struct fold_entry entry_of(const json_t *json, struct revision *revision)
{
    const char *mark = tests_str(json, "mark");
    struct revision_id id;
    assert_ok(text_unhex(id.b, sizeof(id.b), tests_str(json, "id")));
    if (strcmp(mark, "erased") == 0) {
        json_int_t lamport = json_integer_value(json_object_get(json, "lamport"));
        return fold_entry_erased(&id, (uint64_t)lamport);
    }
    const char *body = tests_str(json, "body");
    assert_ok(revision_decode(slice_of(body, strlen(body)), &id, revision, NULL));
    return strcmp(mark, "void") == 0 ? fold_entry_void(revision) : fold_entry_full(revision);
}

static void sets_fold_to_the_published_states(void **state)
{
    (void)state;
    json_t *root = tests_json("vectors/record/fold.json"), *one, *entry;
    size_t i, k;
    json_array_foreach(json_object_get(root, "cases"), i, one)
    {
        struct revision revisions[RECORDS_MAX] = {0};
        struct fold_entry entries[RECORDS_MAX];
        const json_t *list = json_object_get(one, "revisions");
        json_array_foreach(list, k, entry) entries[k] = entry_of(entry, &revisions[k]);
        struct fold_state s;
        fold_init(&s, entries, json_array_size(list));
        json_t *got = fold_json(&s);
        char *a = ijson_text(got), *b = ijson_text(json_object_get(one, "state"));
        if (strcmp(a, b) != 0) fail_msg("%s:\n%s\n%s", tests_str(one, "name"), a, b);
        free(a);
        free(b);
        json_decref(got);
        fold_fini(&s);
        json_array_foreach(list, k, entry) revision_fini(&revisions[k]);
    }
    assert_true(i >= 90);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_decode_or_are_refused_as_published),
        cmocka_unit_test(sets_fold_to_the_published_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
