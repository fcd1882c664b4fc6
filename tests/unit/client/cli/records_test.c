#include "client/cli/records.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/tests.h"

static char *made(void)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    struct schema_set *set = schema_set_new();
    records_markdown(out, set);
    assert_int_equal(fclose(out), 0);
    schema_set_free(set);
    return text;
}

/* The page in docs/ is what the types say now. */
static void the_page_is_current(void **state)
{
    (void)state;
    FILE *file = fopen(TEST_DATA "/../docs/RECORDS.md", "rb");
    assert_non_null(file);
    struct buf page = {0};
    uint8_t bytes[4096];
    size_t got;
    while ((got = fread(bytes, 1, sizeof(bytes), file)) > 0)
        buf_put(&page, bytes, got);
    buf_put_u8(&page, 0);
    (void)fclose(file);
    char *text = made();
    if (strcmp((const char *)page.data, text) != 0) {
        fail_msg("docs/RECORDS.md is old; make it anew: kith help types --markdown");
    }
    free(text);
    buf_fini(&page);
}

/* Every type, section and field of every type stands in it, and what it asks. */
static void nothing_is_left_out(void **state)
{
    (void)state;
    char *text = made(), wanted[400];
    struct schema_set *set = schema_set_new();
    for (size_t i = 0; i < schema_set_count(set); i++) {
        const struct schema *schema = schema_set_at(set, i);
        const struct schema_field *field;
        (void)snprintf(wanted, sizeof(wanted), "### %s: `%s`", schema->label, schema->type);
        const char *part = strstr(text, wanted);
        if (part == NULL) fail_msg("%s", wanted);
        for (size_t at = 0; (field = schema_next(schema, &at)) != NULL;) {
            (void)snprintf(wanted, sizeof(wanted), "| `%s` | %s", field->name, field->label);
            if (strstr(part, wanted) == NULL) fail_msg("%s: %s", schema->type, wanted);
            if (json_object_get(field->json, "x-prompt") == NULL) continue;
            (void)snprintf(wanted, sizeof(wanted), "*%s*", field->prompt);
            if (strstr(part, wanted) == NULL) fail_msg("%s: %s", schema->type, wanted);
        }
    }
    schema_set_free(set);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_is_current),
        cmocka_unit_test(nothing_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
