/* Files in pieces: put here, fetched from whoever has it, kept, checked, dropped. */
#include "daemon/core/pieces.h"

#include "tests/unit/daemon/core/steps.h"

static const uint8_t key[PIECE_KEY_BYTES] = {7};

/* The sealed piece of some bytes that n names. */
static struct buf sealed(unsigned n, size_t bytes, struct piece_id *id)
{
    uint8_t *plain = mem_zalloc(bytes);
    struct buf out = {0};
    memset(plain, (int)n, bytes);
    piece_seal(&out, slice_of(plain, bytes), n, key);
    piece_name(id, buf_slice(&out));
    free(plain);
    return out;
}

static enum err put(struct pair *pair, int at, const struct piece_id *id, struct slice bytes)
{
    struct command command = {.kind = COMMAND_PIECE_PUT,
                              .piece_put = {.id = *id, .bytes = bytes}};
    return pair_do(pair, at, &command);
}

static enum err get(struct pair *pair, int at, const struct piece_id *id)
{
    struct command command = {.kind = COMMAND_PIECE_GET, .piece = {.id = *id}};
    return pair_do(pair, at, &command);
}

static void is_what_came(struct pair *pair, int at, const struct buf *piece)
{
    assert_true(slice_eq(buf_slice(&pair->nodes[at].bytes), buf_slice(piece)));
}

static void a_piece_comes_from_whoever_has_it(void **state)
{
    (void)state;
    struct pair pair;
    struct piece_id id;
    struct buf piece = sealed(3, PIECE_PLAIN_BYTES, &id);
    steps_network(&pair, 3);
    assert_ok(put(&pair, 0, &id, buf_slice(&piece)));
    assert_int_equal(node_piece(pair.nodes[0].node, &id), PIECE_BYTES_MAX);
    pair_run(&pair, 60000);
    assert_int_equal(node_piece(pair.nodes[1].node, &id), 0); /* not unasked */
    assert_ok(get(&pair, 1, &id));
    is_what_came(&pair, 1, &piece);
    assert_int_equal(node_piece(pair.nodes[1].node, &id), PIECE_BYTES_MAX); /* and is kept */

    pair_off(&pair, 0, true); /* its school is away: who fetched it serves it on */
    pair_run(&pair, 200000);
    assert_ok(get(&pair, 2, &id));
    is_what_came(&pair, 2, &piece);
    assert_ok(get(&pair, 2, &id)); /* from its own store now */
    is_what_came(&pair, 2, &piece);
    buf_fini(&piece);
    pair_fini(&pair);
}

static void nobody_has_it(void **state)
{
    (void)state;
    struct pair pair;
    struct piece_id id;
    struct buf piece = sealed(1, 100, &id);
    steps_network(&pair, 3);
    assert_err(ERR_NOT_FOUND, get(&pair, 1, &id));
    assert_err(ERR_INVALID, put(&pair, 0, &id, slice_of("other bytes", 11)));
    assert_ok(put(&pair, 0, &id, buf_slice(&piece)));
    struct command drop = {.kind = COMMAND_PIECE_DROP, .piece_drop = {.ids = &id, .n = 1}};
    assert_ok(pair_do(&pair, 0, &drop));
    assert_ok(pair_do(&pair, 0, &drop)); /* twice is once */
    assert_int_equal(node_piece(pair.nodes[0].node, &id), 0);
    assert_err(ERR_NOT_FOUND, get(&pair, 1, &id));
    buf_fini(&piece);
    pair_fini(&pair);
}

/* A peer that answers with other bytes, or leaves, or says nothing: the next one is asked. */
static void a_liar_is_passed_over(void **state)
{
    (void)state;
    struct pair pair;
    struct piece_id id, other;
    struct buf piece = sealed(1, 100, &id), lie = sealed(2, 100, &other);
    steps_network(&pair, 3);
    pair_run(&pair, 60000);
    assert_ok(put(&pair, 0, &id, buf_slice(&piece)));
    struct node *node = pair.nodes[2].node;
    struct update update;
    struct command command = {.kind = COMMAND_PIECE_GET, .ticket = 99, .piece = {.id = id}};
    node_step(node,
              &(struct event){.kind = EVENT_COMMAND,
                              .now_ms = pair.now_ms,
                              .wall_s = pair.wall_s,
                              .command = &command},
              &update);
    assert_int_equal(node->pieces.wants_n, 1);
    size_t peers = node->sessions.n;
    assert_int_equal(peers, 2);
    for (size_t i = 0; i < peers; i++) {
        const struct pieces_want *want = &node->pieces.wants[0];
        struct wire_message message = {
            .type = WIRE_PIECE,
            .piece = {.number = want->asking.number,
                      .bytes = i == 0 ? buf_slice(&lie) : (struct slice){0}}};
        assert_int_equal(want->asking.tried_n, i + 1);
        pieces_on_message(node, session_find(node, want->asking.conn), &message);
    }
    assert_int_equal(node->pieces.wants_n, 0); /* refused, since none is left */
    assert_int_equal(node_piece(node, &other), 0);
    /* What nobody asked for is not taken. */
    pieces_on_message(node, node->sessions.all[0],
                      &(struct wire_message){.type = WIRE_PIECE,
                                             .piece = {.number = 1, .bytes = buf_slice(&lie)}});
    assert_int_equal(node_piece(node, &other), 0);
    buf_fini(&piece);
    buf_fini(&lie);
    pair_fini(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_piece_comes_from_whoever_has_it),
        cmocka_unit_test(nobody_has_it),
        cmocka_unit_test(a_liar_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
