/* A maintained view equals one made anew, whatever was written and in whatever order it came.
 */
#include "proto/base/text.h"
#include "tests/unit/daemon/view/world.h"

enum { SEEDS = 12, STEPS = 60 };

struct ids {
    char id[64][33];
    size_t owner[64];
    size_t n;
};

static const char *const patches[] = {
    "{\"head\":{\"title\":\"Another title\"}}",
    "{\"plan\":{\"change\":\"Ask two\",\"questions\":[{\"id\":\"q1\",\"question\":\"Why?\","
    "\"prediction\":\"Few\"}]}}",
    "{\"do\":{\"observations\":[{\"text\":\"They smiled\"}]}}",
    "{\"study\":{\"summary\":\"It takes longer\",\"results\":[{\"id\":\"q1\",\"matched\":"
    "\"yes\"}]}}",
    "{\"act\":{\"decision\":\"adapt\",\"why\":\"Nearly\"}}",
    "{\"do\":{\"carried_out\":\"partly\"}}",
};

static const char *const audiences[] = {"hub", "network", "buddies", "network"};

static void do_composed(struct world_school *school, enum err err, struct compose *compose)
{
    if (err == ERR_OK) {
        world_do(school, compose);
    }
    compose_fini(compose);
}

static void write_something(struct world *world, struct ids *ids, size_t who)
{
    struct world_school *school = &world->schools[who];
    struct compose compose, none;
    struct compose_audience audience;
    struct compose_who by = world_who(school);
    size_t pick = ids->n == 0 ? 0 : (size_t)rng_below(&world->rng, ids->n);
    uint64_t what = ids->n < 2 ? 0 : rng_below(&world->rng, 8);
    for (int tries = 0; what > 0 && tries < 40 && (ids->owner[pick] == who) != (what < 7);
         tries++) {
        pick =
            (size_t)rng_below(&world->rng, ids->n); /* edits of one's own, words on others' */
    }
    const char *id = ids->id[pick];
    switch (what) {
    case 0:
        if (ids->n < 64) {
            bool cycle = rng_chance(&world->rng, 600);
            assert_ok(compose_new(school->reader, &by, cycle ? "cycle" : "idea",
                                  cycle ? "{\"head\":{\"title\":\"A cycle\"}}"
                                        : "{\"head\":{\"title\":\"An idea\"}}",
                                  false, &compose));
            ids->owner[ids->n] = who;
            world_record_id(ids->id[ids->n++], &compose);
            do_composed(school, ERR_OK, &compose);
        }
        break;
    case 1:
    case 2:
    case 3: {
        const char *patch = patches[rng_below(&world->rng, 6)];
        enum err err = compose_edit(school->reader, &by, id, patch, NULL, &compose);
        do_composed(school, err, &compose);
        break;
    }
    case 4:
    case 5: {
        const char *with = audiences[rng_below(&world->rng, 4)];
        enum err err = compose_audience(school->reader, with, &audience, &none);
        compose_fini(&none);
        if (err == ERR_OK) {
            err = compose_share(school->reader, &by, id, &audience, &compose);
            do_composed(school, err, &compose);
        }
        break;
    }
    case 6: {
        const char *with = audiences[rng_below(&world->rng, 4)];
        enum err err = compose_audience(school->reader, with, &audience, &none);
        compose_fini(&none);
        if (err == ERR_OK) {
            err = compose_unshare(school->reader, id, &audience, &compose);
            do_composed(school, err, &compose);
        }
        break;
    }
    default: {
        enum err err =
            compose_feedback(school->reader, &by, id,
                             "{\"head\":{\"kind\":\"question\",\"text\":\"How?\"}}", &compose);
        do_composed(school, err, &compose);
        break;
    }
    }
}

static void rotate_or_hide(struct world *world, struct ids *ids)
{
    struct world_school *hub = &world->schools[0];
    struct fold_space space;
    if (rng_chance(&world->rng, 500)) {
        size_t i = (size_t)rng_below(&world->rng, 9);
        if (fold_space_at(world->fold, i, &space)) {
            /* The network's epochs are its stewards'. */
            size_t end = space.space_class == SPACE_NETWORK ? 1 : world->n;
            for (size_t k = 0; k < end; k++) {
                if (space.space_class <= SPACE_HUB && space.space_class != SPACE_NETWORK &&
                    !school_id_eq(&space.school, &world->schools[k].id)) {
                    continue;
                }
                if (fold_part(world->fold, &space.tag, &world->schools[k].id) == FOLD_MEMBER) {
                    world_epoch(&world->schools[k], &space.tag);
                    return;
                }
            }
        }
    } else if (ids->n > 0) {
        struct query_key key;
        size_t pick = (size_t)rng_below(&world->rng, ids->n);
        if (query_resolve(hub->reader, ids->id[pick], &key) == ERR_OK) {
            struct make make = world_make(hub);
            struct buf body = {0};
            if (make_hide(&body, &make, &key.owner, &key.record, "",
                          rng_chance(&world->rng, 700)) == ERR_OK) {
                (void)world_say(hub, &body);
            }
            buf_fini(&body);
        }
    }
}

/* Own things come at once and in order; others' later, each chain in its order. */
static void deliver_some(struct world *world, size_t who)
{
    struct world_school *school = &world->schools[who];
    for (size_t i = 0; i < world->said_n; i++) {
        struct world_said *said = &world->said[i];
        if (school->has[i]) continue;
        bool own = device_pk_eq(&said->chain.device, &school->device.device);
        bool before = true;
        for (size_t k = 0; k < i && before; k++) {
            before = school->has[k] || !chain_eq(&world->said[k].chain, &said->chain);
        }
        /* An own record needs the statements that its key came by, as at a real node. */
        if (own && said->kind == LOG_RECORD) {
            for (size_t k = 0; k < i; k++) {
                if (!school->has[k] && world->said[k].kind == LOG_STATEMENT) {
                    world_deliver_one(school, k);
                }
            }
        }
        if (before && (own || rng_chance(&world->rng, 150))) world_deliver_one(school, i);
    }
}

static void one_seed(uint64_t seed)
{
    struct world *world = world_new(seed);
    struct ids ids = {.n = 0};
    for (size_t i = 0; i < 3; i++) {
        static const char *const names[] = {"Hub", "Adams", "Baker"};
        world_view_open(world_school(world, names[i]), NULL);
    }
    world_found(&world->schools[0], "Net");
    world_join(&world->schools[0], &world->schools[1]);
    world_join(&world->schools[0], &world->schools[2]);
    (void)world_buddies(&world->schools[1], &world->schools[2]);
    for (size_t i = 0; i < 3; i++) {
        deliver_some(world, i);
        world_catch_up(&world->schools[i]);
    }
    for (size_t step = 0; step < STEPS; step++) {
        size_t who = (size_t)rng_below(&world->rng, 3);
        bool more = true;
        if (rng_chance(&world->rng, 120)) {
            rotate_or_hide(world, &ids);
        } else {
            write_something(world, &ids, who);
        }
        deliver_some(world, (size_t)rng_below(&world->rng, 3));
        deliver_some(world, who);
        assert_ok(
            view_step(world->schools[who].view, 1 + (size_t)rng_below(&world->rng, 20), &more));
        if (rng_chance(&world->rng, 100)) world_obey_erases(&world->schools[who]);
        if (rng_chance(&world->rng, 50)) world_assert_rebuild_equal(&world->schools[who]);
    }
    world_sync(world);
    for (size_t i = 0; i < 3; i++) {
        world_assert_rebuild_equal(&world->schools[i]);
        world_obey_erases(&world->schools[i]);
        world_assert_rebuild_equal(&world->schools[i]);
        struct buf why = {0};
        assert_ok(view_check(world->schools[i].view, &why));
        buf_fini(&why);
    }
    world_free(world);
}

static void rebuilt_equals_maintained(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        one_seed(seed);
    }
}

/* The network's states as one school has them: record, sections and what is derived. */
static void network_states(struct world_school *school, struct buf *out)
{
    struct buf dump = {0};
    char tag[33];
    struct space_tag network = world_tag(school, SPACE_NETWORK);
    text_hex(tag, network.b, sizeof(network.b));
    assert_ok(view_dump(school->view, &dump));
    buf_put_u8(&dump, 0);
    for (char *save = NULL, *line = strtok_r((char *)dump.data, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        if (strncmp(line, "state ", 6) != 0) continue;
        json_t *state = json_loads(line + 6, 0, NULL);
        if (strcmp(world_text(state, "1"), tag) == 0) {
            for (size_t i = 0; i < 4; i++) {
                buf_put_str(out, json_string_value(json_array_get(state, i)));
                buf_put_u8(out, '\n');
            }
        }
        json_decref(state);
    }
    buf_fini(&dump);
}

/* What two members both read they read alike, whatever came first. */
static void members_agree(void **state)
{
    static const char *const names[] = {"Hub", "Adams", "Baker"};
    (void)state;
    size_t compared = 0;
    for (uint64_t seed = 100; seed < 106; seed++) {
        struct world *world = world_new(seed);
        struct ids ids = {.n = 0};
        struct buf states[3] = {{0}, {0}, {0}};
        for (size_t i = 0; i < 3; i++)
            world_view_open(world_school(world, names[i]), NULL);
        world_found(&world->schools[0], "Net");
        world_join(&world->schools[0], &world->schools[1]);
        world_join(&world->schools[0], &world->schools[2]);
        world_sync(world);
        for (size_t step = 0; step < 50; step++) {
            write_something(world, &ids, (size_t)rng_below(&world->rng, 3));
            for (size_t i = 0; i < 3; i++) {
                deliver_some(world, i);
                world_catch_up(&world->schools[i]);
            }
        }
        world_sync(world);
        for (size_t i = 0; i < 3; i++) {
            network_states(&world->schools[i], &states[i]);
            compared += states[i].len;
            assert_true(slice_eq(buf_slice(&states[0]), buf_slice(&states[i])));
        }
        for (size_t i = 0; i < 3; i++)
            buf_fini(&states[i]);
        world_free(world);
    }
    assert_true(compared > 10000); /* a comparison of nothing with nothing proves nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rebuilt_equals_maintained),
        cmocka_unit_test(members_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
