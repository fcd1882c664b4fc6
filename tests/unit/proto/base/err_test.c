#include "proto/base/err.h"

#include "tests/support/tests.h"

static void every_code_has_a_name_a_sentence_and_a_blame(void **state)
{
    (void)state;
    for (int i = 0; i < ERR_COUNT; i++) {
        assert_true(strlen(err_name((enum err)i)) > 0);
        assert_true(strlen(err_text((enum err)i)) > 0);
        assert_int_equal(err_blame((enum err)i) == BLAME_NONE, i == ERR_OK);
    }
    assert_string_equal(err_name(ERR_NO_SPACE), "NO_SPACE");
    assert_int_equal(err_blame(ERR_SIGNATURE), BLAME_PEER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_name_a_sentence_and_a_blame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
