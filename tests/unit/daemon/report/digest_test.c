/* The week on one page: what is in it, what is not, and that a page runs nothing. */
#include "daemon/report/digest.h"

#include "tests/unit/daemon/view/world.h"

static json_t *digest(struct world_school *school)
{
    struct buf out = {0};
    assert_ok(digest_make(school->reader, school->world->wall_s, 0, &out));
    return world_parse(&out);
}

/* The texts of a section, joined; NULL where there is none. */
static char *texts(const json_t *json, const char *name)
{
    json_t *section, *item;
    size_t i, k;
    struct buf out = {0};
    json_array_foreach(json_object_get(json, "sections"), i, section)
    {
        if (strcmp(world_text(section, "name"), name) != 0) continue;
        json_array_foreach(json_object_get(section, "items"), k, item)
        {
            if (k > 0) buf_put_str(&out, "; ");
            buf_put_str(&out, world_text(item, "text"));
        }
        buf_put_u8(&out, 0);
        return (char *)out.data;
    }
    return NULL;
}

static void assert_texts(const json_t *json, const char *name, const char *expected)
{
    char *found = texts(json, name);
    if (expected == NULL) {
        assert_null(found);
    } else {
        assert_non_null(found);
        assert_string_equal(found, expected);
    }
    free(found);
}

/* Today is 1 March 2026. */
static void what_a_week_brings(void **state)
{
    (void)state;
    struct world *world = world_new(85);
    char id[33];
    world_view_open(world_school(world, "Hub"), NULL);
    world_view_open(world_school(world, "Adams"), NULL);
    struct world_school *hub = &world->schools[0], *a = &world->schools[1];
    world_found(hub, "Net");
    world_join(hub, a);
    world_sync(world);
    json_t *json = digest(a);
    assert_int_equal(json_array_size(json_object_get(json, "sections")), 0);
    json_decref(json);
    world_new_record(hub, "idea", "{\"head\":{\"title\":\"Greet <by> name\"}}", id);
    world_share(hub, id, "network");
    world_new_record(
        a, "cycle",
        "{\"head\":{\"title\":\"Late\",\"end\":\"2026-02-20\"},\"plan\":{\"change\":"
        "\"x\"},\"do\":{\"carried_out\":\"yes\"}}",
        id);
    world_new_record(
        a, "cycle",
        "{\"head\":{\"title\":\"Soon\",\"end\":\"2026-03-10\"},\"plan\":{\"change\":"
        "\"x\"}}",
        id);
    world_new_record(
        a, "cycle",
        "{\"head\":{\"title\":\"Far\",\"end\":\"2026-06-10\"},\"plan\":{\"change\":"
        "\"x\"}}",
        id);
    world_new_record(a, "cycle",
                     "{\"head\":{\"title\":\"Tried\"},\"plan\":{\"change\":\"x\"},\"act\":{"
                     "\"decision\":\"abandon\",\"why\":\"Nobody came\"}}",
                     id);
    world_sync(world);
    json = digest(a);
    assert_texts(json, "new", "idea: Greet <by> name");
    assert_texts(json, "waits", "Study: Late");
    assert_texts(json, "comes", "Study: Soon");
    assert_texts(json, "learned", "abandon: Tried");
    assert_texts(json, "told", NULL);
    char *text = json_dumps(json, JSON_COMPACT);
    struct buf html = {0};
    assert_ok(digest_html(slice_of(text, strlen(text)), &html));
    buf_put_u8(&html, 0);
    assert_non_null(strstr((const char *)html.data, "Greet &lt;by&gt; name"));
    assert_null(strstr((const char *)html.data, "<by>"));
    assert_non_null(strstr((const char *)html.data, "Nobody came"));
    buf_fini(&html);
    free(text);
    json_decref(json);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_a_week_brings)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
