/* What a person can see of a log: alone, shared, erased, late, without right. */
#include "tests/unit/daemon/view/world.h"

#define CYCLE                                                                                \
    "{\"head\":{\"title\":\"Exit tickets\"},\"plan\":{\"change\":\"Ask one question at the " \
    "end\",\"questions\":[{\"question\":\"Do they answer?\",\"prediction\":\"Half of "       \
    "them\"}]}}"

static struct world_school *add(struct world *world, const char *name)
{
    struct world_school *school = world_school(world, name);
    world_view_open(school, NULL);
    return school;
}

/* A hub and two buddy schools, all up to date. */
static struct world *three(uint64_t seed)
{
    struct world *world = world_new(seed);
    struct world_school *hub = add(world, "Hub"), *a = add(world, "Adams"),
                        *b = add(world, "Baker");
    world_found(hub, "Net");
    world_join(hub, a);
    world_join(hub, b);
    (void)world_buddies(a, b);
    world_sync(world);
    return world;
}

static void alone_before_joining(void **state)
{
    (void)state;
    struct world *world = world_new(1);
    struct world_school *a = add(world, "Adams");
    char id[33];
    world_new_record(a, "cycle", CYCLE, id);
    world_edit(a, id, "{\"do\":{\"observations\":[{\"text\":\"Most did\"}]}}");
    json_t *record = world_show(a, id);
    assert_string_equal(world_text(record, "state"), "doing");
    assert_string_equal(world_text(record, "title"), "Exit tickets");
    assert_string_equal(world_text(record, "shown_in.class"), "own");
    assert_string_equal(world_text(record, "sections.do.observations.0.text"), "Most did");
    assert_int_equal(json_array_size(json_object_get(record, "history")), 2);
    json_decref(record);
    struct buf out = {0};
    assert_ok(query_search(a->reader, "obs most", NULL, 0, &out));
    json_t *found = world_parse(&out);
    assert_int_equal(json_array_size(json_object_get(found, "found")), 0);
    json_decref(found);
    assert_ok(query_search(a->reader, "mos", NULL, 0, &out));
    found = world_parse(&out);
    assert_string_equal(world_text(found, "found.0.id"), id);
    assert_non_null(strstr(world_text(found, "found.0.snippet"), "[Most]"));
    json_decref(found);
    world_assert_rebuild_equal(a);
    world_free(world);
}

/* Admission wraps what was local: the envelope takes the local revision's place. */
static void wrapped_on_admission(void **state)
{
    (void)state;
    struct world *world = world_new(2);
    struct world_school *a = add(world, "Adams");
    char id[33];
    world_new_record(a, "cycle", CYCLE, id);
    world_found(a, "Net");
    world_deliver(a);
    world_catch_up(a);
    struct space_tag own = world_tag(a, SPACE_OWN);
    (void)world_write(a, &own, a->log.entries[0].payload);
    world_deliver(a);
    world_catch_up(a);
    json_t *record = world_show(a, id);
    assert_int_equal(json_array_size(json_object_get(record, "history")), 1);
    assert_string_equal(world_text(record, "history.0.device.name"), "PC 1");
    json_decref(record);
    world_assert_rebuild_equal(a);
    a->log.dropped[0] = true;
    world_assert_rebuild_equal(a);
    world_free(world);
}

static void shared_with_a_buddy(void **state)
{
    (void)state;
    struct world *world = three(3);
    struct world_school *hub = &world->schools[0], *a = &world->schools[1],
                        *b = &world->schools[2];
    char id[33];
    world_new_record(a, "cycle", CYCLE, id);
    world_sync(world);
    assert_null(world_show(b, id));
    world_share(a, id, "Baker");
    world_sync(world);
    json_t *record = world_show(b, id);
    assert_non_null(record);
    assert_string_equal(world_text(record, "shown_in.class"), "group");
    assert_string_equal(world_text(record, "owner.name"), "Adams");
    json_decref(record);
    assert_null(world_show(hub, id));

    /* One edit goes to both spaces, under one edit id. */
    world_edit(a, id, "{\"do\":{\"carried_out\":\"yes\"}}");
    world_sync(world);
    record = world_show(b, id);
    json_t *own = world_show(a, id);
    assert_string_equal(world_text(record, "sections.do.carried_out"), "yes");
    assert_string_equal(world_text(record, "edit"), world_text(own, "edit"));
    assert_string_equal(world_text(own, "shown_in.class"), "own");
    assert_int_equal(json_array_size(json_object_get(own, "audiences")), 2);
    assert_int_equal(json_array_size(json_object_get(own, "flags")), 0);
    json_decref(own);
    json_decref(record);
    for (size_t i = 0; i < world->n; i++)
        world_assert_rebuild_equal(&world->schools[i]);
    world_free(world);
}

/* A plan that changes after Do is an amendment, here and in the wider space. */
static void amendments_travel(void **state)
{
    (void)state;
    struct world *world = three(4);
    struct world_school *a = &world->schools[1], *b = &world->schools[2];
    char id[33];
    world_new_record(a, "cycle", CYCLE, id);
    world_edit(a, id, "{\"do\":{\"carried_out\":\"yes\"}}");
    world_edit(a, id, "{\"plan\":{\"change\":\"Ask two questions\"}}");
    world_share(a, id, "network");
    world_sync(world);
    json_t *record = world_show(b, id);
    assert_string_equal(world_text(record, "derived.cycle.plan.change"),
                        "Ask one question at the end");
    assert_int_equal(json_array_size(json_object_get(record, "amendments")), 1);
    json_decref(record);
    world_edit(a, id, "{\"plan\":{\"change\":\"Ask three questions\"}}");
    world_edit(a, id, "{\"study\":{\"summary\":\"It takes longer\"}}");
    world_sync(world);
    record = world_show(b, id);
    assert_string_equal(world_text(record, "derived.cycle.plan.change"),
                        "Ask one question at the end");
    assert_string_equal(world_text(record, "derived.cycle.plan_now.change"),
                        "Ask three questions");
    assert_int_equal(json_array_size(json_object_get(record, "amendments")), 2);
    json_decref(record);
    record = world_show(a, id);
    for (size_t i = 0; i < json_array_size(json_object_get(record, "flags")); i++) {
        assert_string_not_equal(
            json_string_value(json_array_get(json_object_get(record, "flags"), i)), "lagging");
    }
    json_decref(record);
    world_free(world);
}

static void narrowest_space_shows(void **state)
{
    (void)state;
    struct world *world = three(5);
    struct world_school *hub = &world->schools[0], *a = &world->schools[1],
                        *b = &world->schools[2];
    char id[33];
    world_new_record(a, "idea", "{\"head\":{\"title\":\"Greet at the door\"}}", id);
    world_share(a, id, "hub");
    world_share(a, id, "network");
    world_share(a, id, "buddies");
    world_sync(world);
    json_t *record = world_show(hub, id);
    assert_string_equal(world_text(record, "shown_in.class"), "hub");
    json_decref(record);
    record = world_show(b, id);
    assert_string_equal(world_text(record, "shown_in.class"), "group");
    json_decref(record);

    /* Taking it back from the buddies leaves the network's. */
    struct compose compose, none;
    struct compose_audience audience;
    assert_ok(compose_audience(a->reader, "buddies", &audience, &none));
    compose_fini(&none);
    assert_ok(compose_unshare(a->reader, id, &audience, &compose));
    assert_int_equal(compose.erases_n, 1);
    world_do(a, &compose);
    compose_fini(&compose);
    world_sync(world);
    record = world_show(b, id);
    assert_string_equal(world_text(record, "shown_in.class"), "network");
    json_decref(record);
    for (size_t i = 0; i < world->n; i++) {
        world_assert_rebuild_equal(&world->schools[i]);
        world_obey_erases(&world->schools[i]);
        world_assert_rebuild_equal(&world->schools[i]);
    }
    world_free(world);
}

/* An erase takes the text out of the list, the history, the search and the database's pages. */
static void erased_is_gone(void **state)
{
    (void)state;
    struct world *world = three(6);
    struct world_school *a = &world->schools[1], *b = &world->schools[2];
    char id[33];
    world_new_record(a, "idea", "{\"head\":{\"title\":\"Zebrafinches at noon\"}}", id);
    world_share(a, id, "network");
    world_sync(world);
    struct compose compose, none;
    struct compose_audience audience;
    assert_ok(compose_audience(a->reader, "network", &audience, &none));
    compose_fini(&none);
    assert_ok(compose_unshare(a->reader, id, &audience, &compose));
    world_do(a, &compose);
    compose_fini(&compose);
    world_sync(world);
    assert_null(world_show(b, id));
    struct buf out = {0};
    assert_ok(query_search(b->reader, "zebrafinches", NULL, 0, &out));
    json_t *found = world_parse(&out);
    assert_int_equal(json_array_size(json_object_get(found, "found")), 0);
    json_decref(found);
    assert_ok(view_dump(b->view, &out));
    buf_put_u8(&out, 0);
    assert_null(strstr((char *)out.data, "Zebrafinches"));
    buf_fini(&out);
    world_free(world);
}

/* What comes before its key is counted, named, and read when the key has come. */
static void late_keys(void **state)
{
    (void)state;
    struct world *world = three(7);
    struct world_school *a = &world->schools[1], *b = &world->schools[2];
    char id[33];
    world_new_record(a, "idea", "{\"head\":{\"title\":\"Greet at the door\"}}", id);
    struct fold_space space;
    size_t group = 0;
    while (fold_space_at(world->fold, group, &space) && space.space_class != SPACE_GROUP)
        group++;
    size_t before = world->said_n;
    world_epoch(a, &space.tag);
    size_t after = world->said_n;
    world_deliver(a);
    world_catch_up(a);
    world_share(a, id, "buddies");
    for (size_t i = after; i < world->said_n; i++)
        world_deliver_one(b, i);
    world_catch_up(b);
    assert_null(world_show(b, id));
    struct buf out = {0};
    assert_ok(query_status(b->reader, world->wall_s, &out));
    json_t *status = world_parse(&out);
    assert_string_equal(world_text(status, "unreadable.0.reason"), "no_key");
    json_decref(status);
    assert_ok(query_unreadable(b->reader, 0, &out));
    json_t *list = world_parse(&out);
    assert_string_equal(world_text(list, "unreadable.0.school.name"), "Adams");
    json_decref(list);
    for (size_t i = before; i < after; i++)
        world_deliver_one(b, i);
    world_catch_up(b);
    json_t *record = world_show(b, id);
    assert_string_equal(world_text(record, "title"), "Greet at the door");
    json_decref(record);
    world_assert_rebuild_equal(b);
    world_free(world);
}

/* Only the owner's devices revise a record; only roles revise the network's. */
static void rights(void **state)
{
    (void)state;
    struct world *world = three(8);
    struct world_school *hub = &world->schools[0], *a = &world->schools[1],
                        *b = &world->schools[2];
    char id[33];
    struct compose compose;
    world_new_record(a, "idea", "{\"head\":{\"title\":\"Greet at the door\"}}", id);
    world_share(a, id, "network");
    world_sync(world);
    struct compose_who who = world_who(b);
    assert_err(ERR_REFUSED, compose_edit(b->reader, &who, id, "{\"head\":{\"title\":\"Mine\"}}",
                                         NULL, &compose));
    assert_non_null(strstr(compose.problems, "another school owns this"));
    compose_fini(&compose);

    /* A forged edit, well sealed in the right space, has no effect and is shown as such. */
    assert_ok(
        compose_edit(a->reader, &who, id, "{\"head\":{\"title\":\"Forged\"}}", NULL, &compose));
    struct space_tag network = world_tag(a, SPACE_NETWORK);
    (void)world_write(b, &network, compose.revisions[1].body);
    compose_fini(&compose);
    world_sync(world);
    json_t *record = world_show(hub, id);
    assert_string_equal(world_text(record, "title"), "Greet at the door");
    assert_string_equal(world_text(record, "history.1.standing"), "no right");
    json_decref(record);

    /* The network's own: by the hub, and not by a plain school. */
    assert_ok(compose_new(hub->reader, &who, "driver", "{\"head\":{\"title\":\"Belonging\"}}",
                          true, &compose));
    world_record_id(id, &compose);
    struct buf body = {0};
    buf_put(&body, compose.revisions[0].body.p, compose.revisions[0].body.n);
    world_do(hub, &compose);
    compose_fini(&compose);
    world_sync(world);
    record = world_show(b, id);
    assert_string_equal(world_text(record, "title"), "Belonging");
    assert_string_equal(world_text(record, "owner.name"), "Net");
    json_decref(record);
    assert_err(ERR_REFUSED, compose_new(b->reader, &who, "driver",
                                        "{\"head\":{\"title\":\"Ours\"}}", true, &compose));
    compose_fini(&compose);
    world_assert_rebuild_equal(b);
    buf_fini(&body);
    world_free(world);
}

/* Hidden network records show by whom; their owner still sees them. */
static void hidden(void **state)
{
    (void)state;
    struct world *world = three(9);
    struct world_school *hub = &world->schools[0], *a = &world->schools[1],
                        *b = &world->schools[2];
    char id[33];
    world_new_record(a, "idea", "{\"head\":{\"title\":\"Greet at the door\"}}", id);
    world_share(a, id, "network");
    world_sync(world);
    struct query_key key;
    assert_ok(query_resolve(a->reader, id, &key));
    for (int hide = 1; hide >= 0; hide--) {
        struct make make = world_make(hub);
        struct buf body = {0};
        assert_ok(make_hide(&body, &make, &key.owner, &key.record, "by mistake", hide == 1));
        (void)world_say(hub, &body);
        world_sync(world);
        json_t *record = world_show(b, id);
        assert_string_equal(world_text(record, "title"), hide ? "" : "Greet at the door");
        assert_string_equal(world_text(record, "hidden_by.name"), hide ? "Hub" : "");
        assert_string_equal(world_text(record, "hidden_reason"), hide ? "by mistake" : "");
        assert_string_equal(world_text(record, "sections.head.title"),
                            hide ? "" : "Greet at the door");
        json_decref(record);
        record = world_show(a, id);
        assert_string_equal(world_text(record, "title"), "Greet at the door");
        json_decref(record);
        world_assert_rebuild_equal(b);
    }
    world_free(world);
}

/* Past a removal's cut-off nothing has an effect, whenever it arrives. */
static void cut_off(void **state)
{
    (void)state;
    struct world *world = three(10);
    struct world_school *hub = &world->schools[0], *a = &world->schools[1],
                        *b = &world->schools[2];
    char id[33];
    world_new_record(a, "idea", "{\"head\":{\"title\":\"Greet at the door\"}}", id);
    world_share(a, id, "network");
    world_sync(world);
    size_t mark = world->said_n;
    struct make make = world_make(hub);
    struct make_frontier frontier = {world, world_head};
    struct buf body = {0};
    size_t left = 0;
    assert_ok(make_school_remove(&body, &make, &a->id, &frontier, &left));
    struct compose compose;
    struct compose_who who = world_who(a);
    assert_ok(compose_edit(a->reader, &who, id, "{\"head\":{\"title\":\"Too late\"}}", NULL,
                           &compose));
    world_do(a, &compose); /* before it heard of its removal */
    compose_fini(&compose);
    world_deliver(b);
    world_catch_up(b);
    json_t *record = world_show(b, id);
    assert_string_equal(world_text(record, "title"), "Too late");
    json_decref(record);
    (void)world_say(hub, &body);
    world_deliver(b);
    world_catch_up(b);
    record = world_show(b, id);
    assert_string_equal(world_text(record, "title"), "Greet at the door");
    json_decref(record);
    assert_true(world->said_n > mark);
    world_assert_rebuild_equal(b);
    world_free(world);
}

/* A device that contradicts itself counts up to the contradiction and no further. */
static void frozen(void **state)
{
    (void)state;
    struct world *world = three(12);
    struct world_school *a = &world->schools[1], *b = &world->schools[2];
    char id[33];
    world_new_record(a, "idea", "{\"head\":{\"title\":\"Greet at the door\"}}", id);
    world_share(a, id, "network");
    struct chain chain = {a->device.device, world_tag(a, SPACE_NETWORK)};
    struct place first = {0};
    assert_true(world_head(world, &chain, &first));
    world_edit(a, id, "{\"head\":{\"title\":\"Greet by name\"}}");
    world_sync(world);
    json_t *record = world_show(b, id);
    assert_string_equal(world_text(record, "title"), "Greet by name");
    json_decref(record);

    uint8_t other[ENVELOPE_HEADER_BYTES];
    struct buf payload = {0}, body = {0};
    struct envelope_signer signer = {world->network, &a->sk};
    struct envelope_epoch epoch;
    const uint8_t *one = NULL;
    assert_ok(keyring_write_key(world->ring, world->fold, &chain.tag, &epoch.id, &epoch.key));
    assert_ok(envelope_seal_record(other, &payload, &signer, &chain.tag, &first, &epoch,
                                   &world->env, slice_of("{}", 2)));
    for (size_t i = 0; i < world->said_n; i++) {
        if (chain_eq(&world->said[i].chain, &chain) && world->said[i].seq == first.seq + 1) {
            one = world->said[i].header;
        }
    }
    struct make make = world_make(b);
    assert_ok(make_proof(&body, &make, one, other));
    (void)world_say(b, &body);
    world_sync(world);
    record = world_show(b, id);
    assert_string_equal(world_text(record, "title"), "Greet at the door");
    json_decref(record);
    struct buf out = {0};
    assert_ok(query_status(b->reader, 0, &out));
    json_t *status = world_parse(&out);
    assert_string_equal(world_text(status, "unreadable.0.reason"), "frozen");
    json_decref(status);
    for (size_t i = 0; i < world->n; i++)
        world_assert_rebuild_equal(&world->schools[i]);
    buf_fini(&payload);
    world_free(world);
}

static void set_steward(struct world_school *hub, struct world_school *school, bool on)
{
    struct world *world = hub->world;
    struct make make = world_make(hub);
    struct make_frontier frontier = {world, world_head};
    struct buf body = {0};
    make.root = &hub->root_sk;
    make.root_pk = &hub->root_pk;
    assert_ok(make_role(&body, &make, &school->id, STATEMENT_STEWARD, on, &frontier));
    (void)world_say(hub, &body);
    world_sync(world);
}

/* The hub's root proposes it; with two stewards another has to agree. */
static void end_steward(struct world_school *hub, struct world_school *school)
{
    struct world *world = hub->world;
    struct make make = world_make(hub);
    struct make_frontier frontier = {world, world_head};
    struct envelope_signer signer = {world->network, &hub->sk};
    struct buf body = {0};
    uint8_t header[ENVELOPE_HEADER_BYTES];
    make.root = &hub->root_sk;
    make.root_pk = &hub->root_pk;
    assert_int_equal(fold_stewards(world->fold), 2);
    assert_ok(make_role(&body, &make, &school->id, STATEMENT_STEWARD, false, &frontier));
    assert_ok(envelope_make_statement(header, &signer, &hub->head, buf_slice(&body)));
    struct world_said *said = world_add(world, LOG_STATEMENT, header, buf_slice(&body));
    struct fold_item item = {.id = said->id,
                             .device = hub->device.device,
                             .seq = said->seq,
                             .prev = hub->head.id,
                             .body = buf_slice(&said->payload)};
    assert_int_equal(fold_add(world->fold, &item), FOLD_ADDED);
    fold_refresh(world->fold);
    hub->head = (struct place){said->seq, said->id};
    buf_fini(&body);
    assert_int_equal(fold_verdict(world->fold, &said->id), FOLD_VERDICT_PENDING);
    make = world_make(school);
    assert_ok(make_assent(&body, &make, &said->id));
    (void)world_say(school, &body);
}

/* What a steward wrote for the network stays; what it writes after its span has no effect. */
static void spans_of_roles(void **state)
{
    (void)state;
    struct world *world = three(13);
    struct world_school *hub = &world->schools[0], *a = &world->schools[1],
                        *b = &world->schools[2];
    char id[33];
    struct compose compose;
    struct compose_who who = world_who(hub);
    assert_ok(compose_new(hub->reader, &who, "driver", "{\"head\":{\"title\":\"Belonging\"}}",
                          true, &compose));
    world_record_id(id, &compose);
    world_do(hub, &compose);
    compose_fini(&compose);
    world_sync(world);
    assert_err(ERR_REFUSED, compose_edit(a->reader, &who, id, "{\"head\":{\"title\":\"x\"}}",
                                         NULL, &compose));
    compose_fini(&compose);
    set_steward(hub, a, true);
    world_edit(a, id, "{\"head\":{\"title\":\"Sense of belonging\"}}");
    world_sync(world);
    json_t *record = world_show(b, id);
    assert_string_equal(world_text(record, "title"), "Sense of belonging");
    json_decref(record);

    assert_ok(compose_edit(a->reader, &who, id, "{\"head\":{\"title\":\"Mine now\"}}", NULL,
                           &compose));
    end_steward(hub, a);
    world_do(a, &compose); /* it has not heard, or does not care */
    compose_fini(&compose);
    world_sync(world);
    record = world_show(b, id);
    assert_string_equal(world_text(record, "title"), "Sense of belonging");
    assert_string_equal(world_text(record, "history.2.standing"), "no role");
    json_decref(record);
    for (size_t i = 0; i < world->n; i++)
        world_assert_rebuild_equal(&world->schools[i]);
    world_free(world);
}

static void unknown_types_and_fields(void **state)
{
    (void)state;
    struct world *world = three(11);
    struct world_school *a = &world->schools[1], *b = &world->schools[2];
    char id[33];
    world_new_record(a, "weather_2030", "{\"sky\":{\"colour\":\"violet\"}}", id);
    world_share(a, id, "network");
    world_sync(world);
    json_t *record = world_show(b, id);
    assert_string_equal(world_text(record, "type"), "weather_2030");
    assert_string_equal(world_text(record, "sections.sky.colour"), "violet");
    json_decref(record);
    struct buf out = {0};
    assert_ok(query_search(b->reader, "violet", NULL, 0, &out));
    json_t *found = world_parse(&out);
    assert_string_equal(world_text(found, "found.0.id"), id);
    json_decref(found);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alone_before_joining),
        cmocka_unit_test(wrapped_on_admission),
        cmocka_unit_test(shared_with_a_buddy),
        cmocka_unit_test(amendments_travel),
        cmocka_unit_test(narrowest_space_shows),
        cmocka_unit_test(erased_is_gone),
        cmocka_unit_test(late_keys),
        cmocka_unit_test(rights),
        cmocka_unit_test(hidden),
        cmocka_unit_test(cut_off),
        cmocka_unit_test(frozen),
        cmocka_unit_test(spans_of_roles),
        cmocka_unit_test(unknown_types_and_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
