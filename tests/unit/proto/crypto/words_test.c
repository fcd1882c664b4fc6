#include "proto/crypto/words.h"
#include "tests/support/tests.h"

static void every_word_is_short_plain_and_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < WORDS_COUNT; i++) {
        size_t n = strlen(words[i]);

        assert_in_range(n, WORDS_LETTERS_MIN, WORDS_LETTERS_MAX);
        for (size_t at = 0; at < n; at++)
            assert_in_range(words[i][at], 'a', 'z');
        /* In order, and apart within four letters: so four letters name a word. */
        if (i > 0) assert_true(strncmp(words[i - 1], words[i], WORDS_LETTERS_MIN) < 0);
    }
    assert_int_equal(WORDS_COUNT, 1 << WORDS_BITS);
    assert_int_equal(sizeof(words) / sizeof(words[0]), WORDS_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_is_short_plain_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
