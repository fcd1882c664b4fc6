/* Whose numbers are there, and in time: months of a measure of the network, by hand. */
#include "daemon/report/completeness.h"

#include "tests/unit/daemon/view/world.h"

static void ref_of(struct world_school *school, const char *id,
                   char ref[REVISION_REF_CHARS + 1])
{
    struct query_key key;
    assert_ok(query_resolve(school->reader, id, &key));
    revision_ref(ref, &key.owner, &key.record);
}

static void publish(struct world_school *school, const char *measure, const char *period)
{
    char ref[REVISION_REF_CHARS + 1], sections[400], id[33];
    ref_of(school, measure, ref);
    (void)snprintf(
        sections, sizeof(sections),
        "{\"head\":{\"measure\":\"%s\",\"period\":\"%s\",\"edition\":1,\"least\":10},"
        "\"figures\":{\"denominator\":40,\"numerator\":20,\"cells\":[]}}",
        ref, period);
    world_new_record(school, "release", sections, id);
    world_share(school, id, "network");
    world_sync(school->world);
}

static void assert_rows(struct world_school *school, const char *from, const char *expected)
{
    struct report_options options = {.wall_s = school->world->wall_s};
    struct buf out = {0};
    (void)snprintf(options.from, sizeof(options.from), "%s", from);
    assert_ok(completeness_rows(school->reader, &options, &out));
    buf_put_u8(&out, 0);
    assert_string_equal((const char *)out.data, expected);
    buf_fini(&out);
}

/* Today is 1 March 2026: of months since November, four are over. */
static void months_of_a_network(void **state)
{
    (void)state;
    struct world *world = world_new(84);
    static const char *const names[] = {"Hub", "Adams", "Baker"};
    char measure[33];
    for (size_t i = 0; i < 3; i++)
        world_view_open(world_school(world, names[i]), NULL);
    struct world_school *hub = &world->schools[0], *a = &world->schools[1];
    world_found(hub, "Net");
    world_join(hub, a);
    world_join(hub, &world->schools[2]);
    world_sync(world);
    world_new_record(
        hub, "measure",
        "{\"head\":{\"name\":\"On track\",\"kind\":\"outcome\",\"unit\":\"percent\","
        "\"frequency\":\"month\"},\"standing\":{\"since\":\"2025-11-01\"}}",
        measure);
    world_share(hub, measure, "network");
    world_sync(world);
    assert_rows(a, "",
                "[\"Adams\",\"On track\",4,0,0,0.0,\"Nov 2025\"],"
                "[\"Baker\",\"On track\",4,0,0,0.0,\"Nov 2025\"]");
    publish(a, measure, "2025-11-01"); /* ended three months ago: late */
    publish(a, measure, "2026-02-01"); /* ended yesterday */
    publish(a, measure, "2026-02-01"); /* once more is not twice */
    publish(a, measure, "2026-03-01"); /* is not over */
    assert_rows(hub, "",
                "[\"Adams\",\"On track\",4,2,1,0.5,\"Dec 2025\"],"
                "[\"Baker\",\"On track\",4,0,0,0.0,\"Nov 2025\"]");
    assert_rows(hub, "2026-02-01",
                "[\"Adams\",\"On track\",1,1,1,1.0,null],"
                "[\"Baker\",\"On track\",1,0,0,0.0,\"Feb 2026\"]");
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(months_of_a_network)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
