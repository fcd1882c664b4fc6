#include "proto/crypto/phrase.h"

#include <ctype.h>

#include "proto/crypto/words.h"
#include "tests/support/tests.h"

static void vectors_encode_and_decode(void **state)
{
    struct arena arena = {0};
    json_t *root = tests_json("vectors/crypto/phrase.json");
    json_t *v;
    size_t i;

    (void)state;
    assert_true(json_array_size(json_object_get(root, "vectors")) > 0);
    json_array_foreach(json_object_get(root, "vectors"), i, v)
    {
        struct slice entropy = tests_hex(&arena, v, "entropy");
        struct root_pk pk;
        struct school_id school;
        char text[PHRASE_TEXT_BYTES];
        uint8_t got[PHRASE_ENTROPY_BYTES];
        int bad;

        phrase_encode(text, entropy.p);
        assert_string_equal(text, tests_str(v, "words"));
        assert_ok(phrase_decode(got, &bad, text));
        assert_memory_equal(got, entropy.p, sizeof(got));
        memcpy(pk.b, tests_hex(&arena, v, "root_pk").p, sizeof(pk.b));
        phrase_school_id(&school, &pk);
        assert_memory_equal(school.b, tests_hex(&arena, v, "school_id").p, sizeof(school.b));
    }
    json_array_foreach(json_object_get(root, "four_words"), i, v)
    {
        char text[PHRASE_FOUR_BYTES];

        phrase_four_words(text, tests_hex(&arena, v, "handshake_hash").p);
        assert_string_equal(text, tests_str(v, "words"));
    }
    json_decref(root);
    arena_fini(&arena);
}

static void random_phrases_survive_the_way_people_type_them(void **state)
{
    struct rng rng = {.state = 1};
    struct env env = tests_env(&rng);

    (void)state;
    for (int round = 0; round < 500; round++) {
        uint8_t entropy[PHRASE_ENTROPY_BYTES];
        uint8_t got[PHRASE_ENTROPY_BYTES];
        char text[PHRASE_TEXT_BYTES];
        char typed[8 * PHRASE_TEXT_BYTES];
        size_t n = 0;
        size_t letters = 0;
        size_t keep = 4 + rng_below(&rng, 5);
        int bad;

        env_random(&env, entropy, sizeof(entropy));
        phrase_encode(text, entropy);
        /* 1) Word, 2) word …, upper case at random, cut to four letters or more. */
        for (const char *p = text; *p != '\0'; p++) {
            if (*p == ' ') {
                letters = 0;
                memcpy(typed + n, ",\n 7) ", 6);
                n += 6;
            } else if (letters++ < keep) {
                typed[n++] = rng_chance(&rng, 500) ? (char)toupper(*p) : *p;
            }
        }
        typed[n] = '\0';
        assert_ok(phrase_decode(got, &bad, typed));
        assert_memory_equal(got, entropy, sizeof(got));
    }
}

static void mistakes_name_the_first_unknown_word(void **state)
{
    static const struct row {
        const char *text;
        int bad;
    } ROWS[] = {
        {"", -1},
        {"able able able able able able able able able able able account able", -1},
        {"able able able able able able able able able able able", -1},
        {"able able able able able able able able able able able able", -1}, /* checksum */
        {"able able xyzzy able able able able able able able qqqq account", 2},
        {"abl able able able able able able able able able able account", 0},
        {"able able able able able able able able able able able accountant", 11},
        {"able able able able able able able able able able able accoxyz", 11},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        uint8_t got[PHRASE_ENTROPY_BYTES];
        int bad = 99;

        assert_err(ERR_PHRASE, phrase_decode(got, &bad, ROWS[i].text));
        assert_int_equal(bad, ROWS[i].bad);
    }
}

static void the_checksum_lets_one_last_word_in_sixteen_pass(void **state)
{
    /* Words 12 of the list whose other 7 bits are entropy: each has one checksum of 16. */
    static const char *const ELEVEN = "able able able able able able able able able able able ";
    int passed = 0;

    (void)state;
    for (size_t i = 0; i < WORDS_COUNT; i++) {
        uint8_t got[PHRASE_ENTROPY_BYTES];
        char text[PHRASE_TEXT_BYTES];
        int bad;

        strcpy(text, ELEVEN);
        strcat(text, words[i]);
        if (phrase_decode(got, &bad, text) == ERR_OK) passed++;
    }
    assert_int_equal(passed, WORDS_COUNT / 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_encode_and_decode),
        cmocka_unit_test(random_phrases_survive_the_way_people_type_them),
        cmocka_unit_test(mistakes_name_the_first_unknown_word),
        cmocka_unit_test(the_checksum_lets_one_last_word_in_sixteen_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
