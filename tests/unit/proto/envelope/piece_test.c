/* A file in pieces: it comes back, in its order only, and under its key only. */
#include "proto/envelope/piece.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/tests.h"

static const uint8_t key[PIECE_KEY_BYTES] = {1, 2, 3}, other[PIECE_KEY_BYTES] = {1, 2, 4};

static void test_pieces_come_back(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 100, PIECE_PLAIN_BYTES - 1, PIECE_PLAIN_BYTES};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint8_t *plain = mem_zalloc(sizes[i]);
        struct buf cipher = {0}, back = {0};
        memset(plain, (int)i + 1, sizes[i]);
        piece_seal(&cipher, slice_of(plain, sizes[i]), i, key);
        assert_int_equal(cipher.len, sizes[i] + 16);
        assert_true(cipher.len <= PIECE_BYTES_MAX);
        assert_ok(piece_open(&back, buf_slice(&cipher), i, key));
        assert_true(slice_eq(buf_slice(&back), slice_of(plain, sizes[i])));
        assert_err(ERR_DECRYPT, piece_open(&back, buf_slice(&cipher), i + 1, key));
        assert_err(ERR_DECRYPT, piece_open(&back, buf_slice(&cipher), i, other));
        cipher.data[cipher.len - 1] ^= 1;
        assert_err(ERR_DECRYPT, piece_open(&back, buf_slice(&cipher), i, key));
        assert_int_equal(back.len, sizes[i]); /* what failed left nothing */
        buf_fini(&cipher);
        buf_fini(&back);
        free(plain);
    }
    struct buf none = {0};
    assert_err(ERR_DECRYPT, piece_open(&none, slice_of("0123456789abcdef", 16), 0, key));
    buf_fini(&none);
}

static void test_a_file_of_some_size_has_so_many_pieces(void **state)
{
    (void)state;
    assert_int_equal(piece_count(0), 0);
    assert_int_equal(piece_count(1), 1);
    assert_int_equal(piece_count(PIECE_PLAIN_BYTES), 1);
    assert_int_equal(piece_count(PIECE_PLAIN_BYTES + 1), 2);
    assert_int_equal(piece_count(PIECE_FILE_BYTES_MAX), 257);
}

/* The same bytes under one key at one place are the same piece; a key names its own pieces. */
static void test_a_piece_is_named_by_its_ciphertext(void **state)
{
    (void)state;
    struct buf a = {0}, b = {0}, c = {0};
    struct piece_id x, y, z;
    piece_seal(&a, slice_of("minutes", 7), 0, key);
    piece_seal(&b, slice_of("minutes", 7), 0, key);
    piece_seal(&c, slice_of("minutes", 7), 0, other);
    piece_name(&x, buf_slice(&a));
    piece_name(&y, buf_slice(&b));
    piece_name(&z, buf_slice(&c));
    assert_true(piece_id_eq(&x, &y));
    assert_false(piece_id_eq(&x, &z));
    buf_fini(&a);
    buf_fini(&b);
    buf_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_come_back),
        cmocka_unit_test(test_a_file_of_some_size_has_so_many_pieces),
        cmocka_unit_test(test_a_piece_is_named_by_its_ciphertext),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
