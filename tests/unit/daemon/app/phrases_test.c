#include <sodium.h>

#include "daemon/app/phrases.h"
#include "tests/support/tests.h"

struct answer {
    unsigned came;
    enum err err;
    struct root_pk root;
};

static void on_keys(void *arg, enum err err, const struct school_keys *keys)
{
    struct answer *answer = arg;
    answer->came++;
    answer->err = err;
    if (err == ERR_OK) answer->root = keys->root_pk;
    assert_true((keys != NULL) == (err == ERR_OK));
}

static const uint8_t entropy[PHRASE_ENTROPY_BYTES] = {1, 2, 3};

static void test_the_same_words_give_the_same_keys_one_after_the_other(void **state)
{
    struct answer one = {0}, two = {0};
    struct phrases *phrases;
    uv_loop_t loop;

    (void)state;
    uv_loop_init(&loop);
    phrases = phrases_new(&loop);
    phrases_derive(phrases, entropy, on_keys, &one);
    phrases_derive(phrases, entropy, on_keys, &two);
    assert_int_equal(one.came, 0); /* later */
    while (one.came == 0)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(two.came, 0); /* never two at once */
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(two.came, 1);
    assert_ok(one.err);
    assert_ok(two.err);
    assert_memory_equal(&one.root, &two.root, sizeof(one.root));
    phrases_free(phrases);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_what_waits_at_the_end_is_told(void **state)
{
    struct answer answers[PHRASES_WAITING_MAX] = {0};
    struct phrases *phrases;
    uv_loop_t loop;

    (void)state;
    uv_loop_init(&loop);
    phrases = phrases_new(&loop);
    for (unsigned i = 0; i < PHRASES_WAITING_MAX; i++) {
        assert_false(phrases_busy(phrases));
        phrases_derive(phrases, entropy, on_keys, &answers[i]);
    }
    assert_true(phrases_busy(phrases));
    phrases_free(phrases);
    uv_run(&loop, UV_RUN_DEFAULT);
    for (unsigned i = 0; i < PHRASES_WAITING_MAX; i++) {
        assert_int_equal(answers[i].came, 1);
        assert_err(ERR_CLOSED, answers[i].err);
    }
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_words_give_the_same_keys_one_after_the_other),
        cmocka_unit_test(test_what_waits_at_the_end_is_told),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
