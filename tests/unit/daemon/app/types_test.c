#include "daemon/app/types.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/tests.h"

#define MOON                                                                                   \
    "{\"title\":\"moon_phase\",\"properties\":{\"head\":{\"type\":\"object\",\"properties\":{" \
    "\"title\":{\"type\":\"string\"}}}}}"

static const struct {
    const char *file, *text;
    const char *why; /* NULL: it holds */
} files[] = {
    {"moon_phase.json", MOON, NULL},
    {"sun.json", MOON, "title: call the file as the type, TITLE.json"},
    {"idea.json",
     "{\"title\":\"idea\",\"properties\":{\"head\":{\"type\":\"object\",\"properties\":{"
     "\"title\":"
     "{\"type\":\"string\",\"maxLength\":3}}}}}",
     "there is a type of the name idea already, and it stays as it is: choose another name"},
    {"typo.json",
     "{\"title\":\"typo\",\"properties\":{\"head\":{\"type\":\"object\",\"properties\":{\"a\":"
     "{\"typ\":\"string\"}}}}}",
     "head.a: \"typ\" means nothing here; take it out"},
    {"cut.json", "{\"title\": \"cut\",\n\n", "line 3: the JSON ends in the middle"},
    {"empty.json", "", "line 1: the JSON ends in the middle"},
    {"latin.json", "{\"title\":\"\xe9\"}", "line 1: the text is not valid UTF-8"},
};

static void put(const char *folder, const char *name, const char *text)
{
    char path[300];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static const char *why_of(const json_t *refused, const char *file)
{
    size_t i;
    json_t *entry;
    json_array_foreach(refused, i, entry)
    {
        if (strcmp(json_string_value(json_object_get(entry, "file")), file) == 0) {
            return json_string_value(json_object_get(entry, "text"));
        }
    }
    return NULL;
}

static void remove_folder(const char *folder)
{
    char command[300];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

static void each_file_is_a_type_or_is_refused_with_its_place(void **state)
{
    (void)state;
    char folder[] = "/tmp/kith-types-XXXXXX", path[300];
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        put(folder, files[i].file, files[i].text);
    put(folder, "README.md", "not a type");
    put(folder, ".hidden.json", "{");
    (void)snprintf(path, sizeof(path), "%s/folder.json", folder);
    assert_int_equal(mkdir(path, 0700), 0);

    struct schema_set *set = schema_set_new();
    size_t before = schema_set_count(set);
    json_t *refused = types_load(set, folder);
    assert_int_equal(schema_set_count(set), before + 1);
    const struct schema *moon = schema_set_find(set, "moon_phase");
    assert_true(moon != NULL && !moon->built_in && schema_set_find(set, "idea")->built_in);
    assert_int_equal(moon->group, SCHEMA_GROUP_OWN);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const char *why = why_of(refused, files[i].file);
        if (files[i].why == NULL)
            assert_null(why);
        else
            assert_string_equal(why, files[i].why);
    }
    assert_non_null(strstr(why_of(refused, "folder.json"), "is it a file"));
    assert_int_equal(json_array_size(refused), 7);
    json_decref(refused);
    schema_set_free(set);
    remove_folder(folder);
}

static void without_a_folder_there_are_none(void **state)
{
    (void)state;
    struct schema_set *set = schema_set_bare();
    json_t *refused = types_load(set, "/nonexistent/schemas");
    assert_int_equal(json_array_size(refused), 0);
    assert_int_equal(schema_set_count(set), 0);
    json_decref(refused);
    schema_set_free(set);
}

/* At the bound and one past it: files, and bytes of one. */
static void bounds(void **state)
{
    (void)state;
    char folder[] = "/tmp/kith-types-XXXXXX", name[40], text[200];
    assert_non_null(mkdtemp(folder));
    for (int i = 0; i <= TYPES_FILES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "t%03d.json", i);
        (void)snprintf(text, sizeof(text),
                       "{\"title\":\"t%03d\",\"properties\":{\"head\":{\"type\":\"object\"}}}",
                       i);
        put(folder, name, text);
    }
    struct schema_set *set = schema_set_bare();
    json_t *refused = types_load(set, folder);
    assert_int_equal(schema_set_count(set), TYPES_FILES_MAX);
    assert_int_equal(json_array_size(refused), 1);
    assert_non_null(why_of(refused, "t200.json"));
    json_decref(refused);
    schema_set_free(set);

    for (size_t over = 0; over < 2; over++) {
        struct buf big = {0};
        buf_put_str(&big,
                    "{\"title\":\"t000\",\"properties\":{\"head\":{\"type\":\"object\"}}}");
        while (big.len < 256 * 1024 + over)
            buf_put_u8(&big, ' ');
        buf_put_u8(&big, 0);
        put(folder, "t000.json", (const char *)big.data);
        buf_fini(&big);
        set = schema_set_bare();
        refused = types_load(set, folder);
        assert_int_equal(why_of(refused, "t000.json") != NULL, over == 1);
        json_decref(refused);
        schema_set_free(set);
    }
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_file_is_a_type_or_is_refused_with_its_place),
        cmocka_unit_test(without_a_folder_there_are_none),
        cmocka_unit_test(bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
