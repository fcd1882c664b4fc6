/* The key file. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/app/folder.h"
#include "daemon/app/keyfile.h"
#include "proto/crypto/sign.h"
#include "tests/support/tests.h"

static char dir[64], path[128];

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/kith-key-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/device.key", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    assert_int_equal(rmdir(dir), 0); /* nothing else was left behind */
    return 0;
}

static struct keyfile make(uint64_t seed)
{
    struct rng rng = {.state = seed};
    struct env env = tests_env(&rng);
    struct keyfile keyfile;

    keyfile_make(&keyfile, &env);
    memset(keyfile.school.b, 5, 32);
    memset(keyfile.root_pk.b, 6, 32);
    memset(keyfile.recovery_pk.b, 7, 32);
    strcpy(keyfile.school_name, "Lincoln Élémentaire");
    strcpy(keyfile.device_name, "office");
    return keyfile;
}

static void test_it_comes_back_as_it_was(void **state)
{
    struct keyfile one = make(1), two;
    struct stat st;

    (void)state;
    assert_err(ERR_NOT_FOUND, keyfile_load(&two, path));
    assert_ok(keyfile_save(&one, path));
    assert_ok(keyfile_load(&two, path));
    assert_memory_equal(&one, &two, sizeof(one));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    /* The public keys are those of the secrets: a signature of one holds under the other. */
    uint8_t signature[64];
    sign_raw(signature, two.device_sk.b, slice_of("x", 1));
    assert_true(sign_raw_verify(signature, two.device_pk.b, slice_of("x", 1)));
}

static void test_a_key_never_takes_the_place_of_another(void **state)
{
    struct keyfile one = make(1), other = make(2), two;

    (void)state;
    assert_ok(keyfile_save(&one, path));
    assert_err(ERR_EXISTS, keyfile_save(&other, path));
    assert_ok(keyfile_load(&two, path));
    assert_memory_equal(&one, &two, sizeof(one));
}

static void test_a_key_that_others_can_read_is_refused(void **state)
{
    struct keyfile one = make(1), two;

    (void)state;
    assert_ok(keyfile_save(&one, path));
    chmod(path, 0640);
    assert_err(ERR_REFUSED, keyfile_load(&two, path));
    chmod(path, 0604);
    assert_err(ERR_REFUSED, keyfile_load(&two, path));
    chmod(path, 0600);
    assert_ok(keyfile_load(&two, path));
}

static void test_every_flipped_bit_and_every_cut_is_noticed(void **state)
{
    struct keyfile one = make(1), two;
    struct buf bytes = {0};

    (void)state;
    keyfile_encode(&one, &bytes);
    assert_true(bytes.len <= KEYFILE_BYTES_MAX);
    assert_ok(keyfile_decode(&two, buf_slice(&bytes)));
    for (size_t i = 0; i < bytes.len * 8; i++) {
        bytes.data[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_int_not_equal(keyfile_decode(&two, buf_slice(&bytes)), ERR_OK);
        bytes.data[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t n = 0; n < bytes.len; n++)
        assert_int_not_equal(keyfile_decode(&two, slice_of(bytes.data, n)), ERR_OK);
    bytes.data[9] = 2;
    assert_err(ERR_VERSION, keyfile_decode(&two, buf_slice(&bytes)));
    buf_fini(&bytes);
}

static void test_longest_names(void **state)
{
    struct keyfile one = make(1), two;
    struct buf bytes = {0};

    (void)state;
    memset(one.school_name, 'n', LIMIT_NAME_BYTES);
    memset(one.device_name, 'd', LIMIT_NAME_BYTES);
    one.school_name[LIMIT_NAME_BYTES] = one.device_name[LIMIT_NAME_BYTES] = '\0';
    keyfile_encode(&one, &bytes);
    assert_true(bytes.len <= KEYFILE_BYTES_MAX);
    assert_ok(keyfile_decode(&two, buf_slice(&bytes)));
    assert_string_equal(two.school_name, one.school_name);
    buf_fini(&bytes);
}

static void test_names_of_networks(void **state)
{
    (void)state;
    assert_true(folder_name_is_good("home"));
    assert_true(folder_name_is_good("west-2"));
    assert_true(folder_name_is_good("abcdefghijklmnopqrstuvwxyzabcdef"));
    assert_false(folder_name_is_good("abcdefghijklmnopqrstuvwxyzabcdefg"));
    assert_false(folder_name_is_good(""));
    assert_false(folder_name_is_good(".."));
    assert_false(folder_name_is_good("a/b"));
    assert_false(folder_name_is_good("Home"));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_it_comes_back_as_it_was),
        T(test_a_key_never_takes_the_place_of_another),
        T(test_a_key_that_others_can_read_is_refused),
        T(test_every_flipped_bit_and_every_cut_is_noticed),
        T(test_longest_names),
        T(test_names_of_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
