/*
 * The published vectors of membership, under tests/vectors/{statement,fold,grant,invite}: the
 * test reads and recomputes them. `unit_proto_member_vectors write` makes them anew (from fixed
 * seeds), which is how they were made; the README beside them says it to people.
 */
#include "tests/unit/proto/member/generate.h"
#include "tests/unit/proto/member/world.h"

#include "proto/base/text.h"
#include "proto/member/grant.h"

static json_t *hex(const void *bytes, size_t n)
{
    char *text = mem_zalloc(2 * n + 1);
    text_hex(text, bytes, n);
    json_t *json = json_string(text);
    free(text);
    return json;
}

static void put_hex(json_t *object, const char *key, const void *bytes, size_t n)
{
    json_object_set_new(object, key, hex(bytes, n));
}

/* -------------------------------------------------------------------------------- statement */

/* One body of each type from a seed. */
static json_t *statement_vectors(void)
{
    json_t *all = json_array();
    struct rng rng = {.state = 2024};
    for (uint8_t type = 1; type < STATEMENT_TYPES; type++) {
        struct arena arena = {0};
        struct buf body = {0};
        struct statement st = gen_statement(&rng, &arena, type);
        statement_encode(&body, &st);
        json_t *vector = json_object();
        json_object_set_new(vector, "type", json_string(statement_name(type)));
        json_object_set_new(vector, "number", json_integer(type));
        json_object_set_new(vector, "seen", json_integer((json_int_t)st.seen.n));
        put_hex(vector, "body", body.data, body.len);
        json_array_append_new(all, vector);
        buf_fini(&body);
        arena_fini(&arena);
    }
    return all;
}

static void statements_decode_as_published(void **state)
{
    (void)state;
    json_t *all = tests_json("vectors/statement/bodies.json");
    size_t i;
    json_t *vector;
    assert_int_equal(json_array_size(all), STATEMENT_TYPES - 1);
    json_array_foreach(all, i, vector)
    {
        struct arena arena = {0};
        struct statement st;
        struct buf again = {0};
        struct slice body = tests_hex(&arena, vector, "body");
        assert_ok(statement_decode(&st, &arena, body));
        assert_string_equal(statement_name(st.type), tests_str(vector, "type"));
        assert_int_equal(st.type, json_integer_value(json_object_get(vector, "number")));
        assert_int_equal(st.seen.n, json_integer_value(json_object_get(vector, "seen")));
        statement_encode(&again, &st);
        assert_true(slice_eq(body, buf_slice(&again)));
        buf_fini(&again);
        arena_fini(&arena);
    }
    json_decref(all);
}

/* ------------------------------------------------------------------------------------- fold */

static json_t *fold_vector(const struct world *w, const char *name)
{
    json_t *vector = json_object(), *items = json_array();
    json_object_set_new(vector, "name", json_string(name));
    put_hex(vector, "network", w->network.b, 32);
    for (size_t i = 0; i < w->n; i++) {
        json_t *item = json_object();
        put_hex(item, "header", w->headers[i], ENVELOPE_HEADER_BYTES);
        put_hex(item, "body", w->items[i].body.p, w->items[i].body.n);
        json_array_append_new(items, item);
    }
    json_object_set_new(vector, "statements", items);
    struct buf dump = {0};
    fold_dump(w->fold, &dump);
    json_object_set_new(vector, "dump", json_stringn((const char *)dump.data, dump.len));
    buf_fini(&dump);
    return vector;
}

/* A founding, a steward, a removal that an unknowing school crosses, and an epoch. */
static json_t *fold_story(uint64_t seed, bool crossing)
{
    struct world *w = world_new(seed);
    for (int s = 1; s <= 3; s++)
        world_admit(w, 0, s);
    world_steward(w, 1, -1);
    world_add_device(w, 3, 1);
    struct space_tag net = world_tag(w, SPACE_NETWORK, 0);
    struct keyring *ring = w->schools[0].devices[0].ring;
    struct epoch_key key;
    struct envelope_id epoch = WORLD_POST(
        w, 0, 0, false, make_space_epoch(&w->body, &w->make, &net, ring, &w->frontier, &key));
    assert_ok(keyring_add_epoch(ring, w->fold, &epoch, &key));
    WORLD_POST(w, 0, 0, false,
               make_space_grant(&w->body, &w->make, &epoch, ring, 32, &w->left));
    world_wrote(w, &w->schools[3].devices[0].pk, &net, 5);
    size_t base = w->n;
    WORLD_POST(
        w, 1, 0, false,
        make_school_remove(&w->body, &w->make, &w->schools[3].id, &w->frontier, &w->left));
    if (crossing) {
        world_rewind(w, base);
        WORLD_POST(w, 3, 1, false,
                   make_space_new(&w->body, &w->make, "Buddies", &w->schools[2].id, 1));
        world_all(w);
    }
    json_t *vector = fold_vector(w, crossing ? "a school crosses its removal" : "a removal");
    world_free(w);
    return vector;
}

static json_t *fold_vectors(void)
{
    json_t *all = json_array();
    json_array_append_new(all, fold_story(41, false));
    json_array_append_new(all, fold_story(42, true));
    return all;
}

/* Backwards and with the real checks: every header well signed, every id its own. */
static void folds_come_out_as_published(void **state)
{
    (void)state;
    json_t *all = tests_json("vectors/fold/stories.json"), *vector, *item;
    size_t v;
    assert_true(json_array_size(all) >= 2);
    json_array_foreach(all, v, vector)
    {
        struct arena arena = {0};
        struct network_id network;
        memcpy(network.b, tests_hex(&arena, vector, "network").p, 32);
        struct fold *fold = fold_new(&network);
        json_t *items = json_object_get(vector, "statements");
        for (size_t i = json_array_size(items); i-- > 0;) {
            item = json_array_get(items, i);
            struct slice header = tests_hex(&arena, item, "header");
            struct slice body = tests_hex(&arena, item, "body");
            struct envelope e;
            assert_ok(envelope_decode(&e, header));
            assert_ok(envelope_check_payload(&e, body));
            assert_true(envelope_verify_signature(header.p));
            struct fold_item in = {
                .device = e.device, .seq = e.seq, .prev = e.prev, .body = body};
            envelope_id(&in.id, header.p);
            assert_int_equal(fold_add(fold, &in), i == 0 ? FOLD_ADDED : FOLD_WAITS);
        }
        fold_refresh(fold);
        struct buf dump = {0};
        fold_dump(fold, &dump);
        buf_put_u8(&dump, 0);
        assert_string_equal((const char *)dump.data, tests_str(vector, "dump"));
        buf_fini(&dump);
        fold_free(fold);
        arena_fini(&arena);
    }
    json_decref(all);
}

/* ------------------------------------------------------------------------------------ grant */

static struct statement epoch_from(const struct space_id *space, const struct key_id *key_id,
                                   const struct envelope_id *parent, const uint8_t *keys)
{
    struct statement st = {.type = STATEMENT_SPACE_EPOCH};
    st.u.space_epoch.space = *space;
    st.u.space_epoch.key_id = *key_id;
    st.u.space_epoch.parents = (struct statement_list){.items = parent, .n = 1};
    st.u.space_epoch.keys = (struct statement_list){.items = keys, .n = 1};
    return st;
}

static json_t *grant_vectors(void)
{
    struct rng rng = {.state = 51};
    struct env env = tests_env(&rng);
    struct space_id space;
    struct envelope_id parent;
    struct epoch_key key, parent_key;
    struct key_id key_id;
    struct box_sk sk;
    struct box_pk pk;
    uint8_t sealed[STATEMENT_SEALED_BYTES];
    struct statement_grant grant;
    env_random(&env, space.b, 32);
    env_random(&env, parent.b, 32);
    env_random(&env, key.b, 32);
    env_random(&env, parent_key.b, 32);
    env_random(&env, sk.b, 32);
    dh_public(pk.b, sk.b);
    space_key_id(&key_id, &key, &space, &parent, 1);
    grant_seal_parent(sealed, &space, &key_id, &parent, 0, &key, &parent_key);
    struct statement st = epoch_from(&space, &key_id, &parent, sealed);
    assert_ok(grant_seal(&grant, &st, pk.b, &key, &env));
    json_t *vector = json_object();
    put_hex(vector, "space_id", space.b, 32);
    put_hex(vector, "parent_epoch", parent.b, 32);
    put_hex(vector, "epoch_key", key.b, 32);
    put_hex(vector, "key_id", key_id.b, 32);
    put_hex(vector, "parent_key", parent_key.b, 32);
    put_hex(vector, "parent_sealed", sealed, sizeof(sealed));
    put_hex(vector, "recipient_secret", sk.b, 32);
    put_hex(vector, "grant", &grant, sizeof(grant));
    json_t *all = json_array();
    json_array_append_new(all, vector);
    return all;
}

static void take(const json_t *vector, const char *key, void *out, size_t n)
{
    struct arena arena = {0};
    struct slice bytes = tests_hex(&arena, vector, key);
    assert_int_equal(bytes.n, n);
    memcpy(out, bytes.p, n);
    arena_fini(&arena);
}

static void grants_open_as_published(void **state)
{
    (void)state;
    json_t *all = tests_json("vectors/grant/grants.json"), *vector;
    size_t i;
    assert_true(json_array_size(all) > 0);
    json_array_foreach(all, i, vector)
    {
        struct space_id space;
        struct envelope_id parent;
        struct epoch_key key, parent_key, out;
        struct key_id key_id, computed;
        uint8_t sk[32], sealed[STATEMENT_SEALED_BYTES];
        struct statement_grant grant;
        take(vector, "space_id", space.b, 32);
        take(vector, "parent_epoch", parent.b, 32);
        take(vector, "epoch_key", key.b, 32);
        take(vector, "key_id", key_id.b, 32);
        take(vector, "parent_key", parent_key.b, 32);
        take(vector, "parent_sealed", sealed, sizeof(sealed));
        take(vector, "recipient_secret", sk, 32);
        take(vector, "grant", &grant, sizeof(grant));
        struct statement st = epoch_from(&space, &key_id, &parent, sealed);
        assert_ok(grant_open(&out, &grant, &st, sk));
        assert_memory_equal(out.b, key.b, 32);
        space_key_id(&computed, &out, &space, &parent, 1);
        assert_true(key_id_eq(&computed, &key_id));
        assert_ok(grant_open_parent(&out, &st, 0, &key));
        assert_memory_equal(out.b, parent_key.b, 32);
        /* In another space, or for another epoch, it does not open. */
        st.u.space_epoch.space.b[0] ^= 1;
        assert_err(ERR_DECRYPT, grant_open(&out, &grant, &st, sk));
        assert_err(ERR_DECRYPT, grant_open_parent(&out, &st, 0, &key));
    }
    json_decref(all);
}

/* ----------------------------------------------------------------------------------- invite */

static json_t *invite_vectors(void)
{
    struct rng rng = {.state = 61};
    struct invite invite = {.expires_ms = 1800000000000, .stewards_n = 2};
    gen_bytes(&rng, invite.network.b, 32);
    gen_bytes(&rng, invite.secret.b, 32);
    for (size_t i = 0; i < 2; i++)
        gen_bytes(&rng, invite.stewards[i].transport.b, 32);
    invite.stewards[0].addresses_n = 1;
    memcpy(invite.stewards[0].address[0], "hub.example:4455", 17);
    struct buf bytes = {0}, text = {0};
    struct invite_id id;
    struct psk psk;
    invite_encode(&bytes, &invite);
    invite_to_text(&text, &invite);
    invite_id(&id, &invite.secret);
    invite_psk(&psk, &invite.secret, &invite.network);
    json_t *vector = json_object(), *all = json_array();
    put_hex(vector, "network", invite.network.b, 32);
    put_hex(vector, "secret", invite.secret.b, 32);
    json_object_set_new(vector, "expires_ms", json_integer((json_int_t)invite.expires_ms));
    put_hex(vector, "bytes", bytes.data, bytes.len);
    json_object_set_new(vector, "text", json_string((const char *)text.data));
    put_hex(vector, "invite_id", id.b, 16);
    put_hex(vector, "psk", psk.b, 32);
    json_array_append_new(all, vector);
    buf_fini(&bytes);
    buf_fini(&text);
    return all;
}

static void invites_read_as_published(void **state)
{
    (void)state;
    json_t *all = tests_json("vectors/invite/invites.json"), *vector;
    size_t i;
    assert_true(json_array_size(all) > 0);
    json_array_foreach(all, i, vector)
    {
        struct arena arena = {0};
        struct invite invite;
        struct buf bytes = {0};
        struct invite_id id, expected_id;
        struct psk psk, expected_psk;
        assert_ok(invite_from_text(&invite, tests_str(vector, "text")));
        invite_encode(&bytes, &invite);
        assert_true(slice_eq(buf_slice(&bytes), tests_hex(&arena, vector, "bytes")));
        invite_id(&id, &invite.secret);
        invite_psk(&psk, &invite.secret, &invite.network);
        take(vector, "invite_id", expected_id.b, 16);
        take(vector, "psk", expected_psk.b, 32);
        assert_memory_equal(id.b, expected_id.b, 16);
        assert_memory_equal(psk.b, expected_psk.b, 32);
        buf_fini(&bytes);
        arena_fini(&arena);
    }
    json_decref(all);
}

static int write_all(void)
{
    json_t *all[] = {statement_vectors(), fold_vectors(), grant_vectors(), invite_vectors()};
    const char *paths[] = {
        TEST_DATA "/vectors/statement/bodies.json", TEST_DATA "/vectors/fold/stories.json",
        TEST_DATA "/vectors/grant/grants.json", TEST_DATA "/vectors/invite/invites.json"};
    int failed = 0;
    for (size_t i = 0; i < 4; i++) {
        failed |= json_dump_file(all[i], paths[i], JSON_INDENT(1) | JSON_SORT_KEYS);
        json_decref(all[i]);
    }
    return failed == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_decode_as_published),
        cmocka_unit_test(folds_come_out_as_published),
        cmocka_unit_test(grants_open_as_published),
        cmocka_unit_test(invites_read_as_published),
    };
    if (argc == 2 && strcmp(argv[1], "write") == 0) return write_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
