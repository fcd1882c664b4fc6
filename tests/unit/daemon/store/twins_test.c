/*
 * LMDB and the simulator's store, driven with the same random batches: they give the same
 * answers, word for word, also after a restart and from a copy.
 */
#include "tests/unit/daemon/store/subject.h"

/* A write that is legal most of the time; heads are what the generator believes. */
static struct write roll(struct arena *arena, struct rng *rng, uint64_t heads[3][3])
{
    unsigned device = (unsigned)rng_below(rng, 3), tag = (unsigned)rng_below(rng, 3);
    uint64_t *head = &heads[device][tag];
    struct made *made = arena_alloc(arena, sizeof(*made));
    uint8_t *id = arena_alloc(arena, 32);
    char *key = arena_alloc(arena, 8);

    id[0] = (uint8_t)(1 + rng_below(rng, 40));
    key[0] = (char)('a' + rng_below(rng, 5));
    switch (rng_below(rng, 10)) {
    case 0:
        *made = make(arena, device + 1, tag, 1 + rng_below(rng, *head + 3), 20);
        return put(made);
    case 1:
        *made = make(arena, device + 1, tag, 1 + rng_below(rng, *head + 1), 20);
        return erase(made);
    case 2:
        return (struct write){.kind = WRITE_LOCAL_DROP, .key = slice_of(id, 32)};
    case 3:
    case 4:
        return local(id, "a revision");
    case 5:
        return setting(key, rng_chance(rng, 300) ? NULL : "value");
    default:
        *made = make(arena, device + 1, tag, ++*head, (size_t)rng_below(rng, 2000));
        return put(made);
    }
}

static void test_both_give_the_same_answers(void **state)
{
    struct subject *lmdb = *state, ram = {.ram = ram_store_new()};
    struct rng rng = {.state = 20};
    struct arena arena = {0};
    unsigned refused = 0, kept = 0;

    for (int round = 0; round < 150; round++) {
        struct store_batch a[4], b[4];
        struct write writes[4][5];
        uint64_t heads[3][3] = {{0}};
        size_t n = 1 + (size_t)rng_below(&rng, 4);

        for (unsigned i = 0; i < 9; i++) {
            struct chain chain;
            bool found;
            memset(chain.device.b, (int)(i / 3) + 1, sizeof(chain.device.b));
            memset(chain.tag.b, (int)(i % 3), sizeof(chain.tag.b));
            size_t at_head = head_index(ram.ram, &chain, &found);
            heads[i / 3][i % 3] = found ? ram.ram->heads[at_head].place.seq : 0;
        }
        for (size_t i = 0; i < n; i++) {
            size_t count = (size_t)rng_below(&rng, 6);
            for (size_t j = 0; j < count; j++)
                writes[i][j] = roll(&arena, &rng, heads);
            a[i] = (struct store_batch){.batch = i + 1, .writes = writes[i], .n = count};
            b[i] = a[i];
        }
        commit_group(lmdb, a, n);
        commit_group(&ram, b, n);
        for (size_t i = 0; i < n; i++) {
            assert_string_equal(err_name(a[i].err), err_name(b[i].err));
            refused += a[i].err != ERR_OK;
            kept += a[i].err == ERR_OK;
            if (a[i].err == ERR_OK) assert_int_equal(a[i].lseq, b[i].lseq);
        }
        if (round % 25 == 7) reopen(lmdb);
        if (round % 10 == 9) {
            struct buf one = {0}, two = {0};
            struct subject clone = {.ram = ram_store_clone(ram.ram)};
            dump(lmdb, &one);
            dump(&ram, &two);
            assert_true(one.len > 100);
            assert_true(slice_eq(buf_slice(&one), buf_slice(&two)));
            two.len = 0;
            dump(&clone, &two);
            assert_true(slice_eq(buf_slice(&one), buf_slice(&two)));
            ram_store_free(clone.ram);
            buf_fini(&one);
            buf_fini(&two);
        }
        arena_reset(&arena);
    }
    assert_true(refused > 20);
    assert_true(kept > 100);
    ram_store_free(ram.ram);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_both_give_the_same_answers, setup_lmdb, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
