/* What the node and the faces keep as settings is sealed between them and the store. */
#include "daemon/app/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/app/keyfile.h"
#include "tests/support/tests.h"

static struct rng rng = {.state = 3};

static struct device_sk device(uint64_t seed)
{
    struct rng keys = {.state = seed};
    struct env env = tests_env(&keys);
    struct keyfile keyfile;

    keyfile_make(&keyfile, &env);
    return keyfile.device_sk;
}

#define TEXT(literal) slice_of(literal, sizeof(literal) - 1)

static void test_a_value_opens_under_its_name_and_device_alone(void **state)
{
    struct device_sk one = device(1), other = device(2);
    struct env env = tests_env(&rng);
    struct seal seal, wrong;
    struct buf sealed = {0}, again = {0}, plain = {0};
    const struct slice value = TEXT("Maria, Ahmed"), name = TEXT("app/names");

    (void)state;
    seal_init(&seal, &one, &env);
    seal_init(&wrong, &other, &env);
    seal_close(&seal, name, value, &sealed);
    seal_close(&seal, name, value, &again);
    assert_false(slice_eq(buf_slice(&sealed), buf_slice(&again)));
    assert_null(memmem(sealed.data, sealed.len, "Maria", 5));
    assert_ok(seal_open(&seal, name, buf_slice(&sealed), &plain));
    assert_true(slice_eq(buf_slice(&plain), value));
    assert_err(ERR_CORRUPT, seal_open(&wrong, name, buf_slice(&sealed), &plain));
    assert_err(ERR_CORRUPT, seal_open(&seal, TEXT("app/other"), buf_slice(&sealed), &plain));
    sealed.data[30] ^= 1;
    assert_err(ERR_CORRUPT, seal_open(&seal, name, buf_slice(&sealed), &plain));
    assert_err(ERR_CORRUPT, seal_open(&seal, name, slice_of(sealed.data, 39), &plain));
    assert_int_equal(plain.len, 12);
    buf_fini(&sealed);
    buf_fini(&again);
    buf_fini(&plain);
}

/* ------------------------------------------------------------------ through a real store -- */

struct disk {
    char dir[40];
    struct store *store;
    struct storage *storage;
    struct env env;
    struct seal seal;
    struct seal_reader reader;
    int pipe[2]; /* a byte for each completion */
};

static void wake(void *ctx)
{
    struct disk *disk = ctx;
    assert_int_equal(write(disk->pipe[1], "x", 1), 1);
}

static void begin(struct disk *disk, store_convert_fn convert)
{
    struct device_sk sk = device(1);

    disk->env = tests_env(&rng);
    seal_init(&disk->seal, &sk, &disk->env);
    assert_ok(store_open(&disk->store, &(struct store_options){.dir = disk->dir,
                                                               .convert = convert,
                                                               .convert_ctx = &disk->seal}));
    assert_ok(storage_start(&disk->storage, disk->store, wake, disk));
    seal_reader_init(&disk->reader, &disk->seal, store_get_reader(disk->store));
}

static void end(struct disk *disk)
{
    storage_stop(disk->storage);
    store_close(disk->store);
}

static int setup(void **state)
{
    struct disk *disk = mem_zalloc(sizeof(*disk));

    strcpy(disk->dir, "/tmp/kith-seal-XXXXXX");
    assert_non_null(mkdtemp(disk->dir));
    assert_int_equal(pipe(disk->pipe), 0);
    *state = disk;
    return 0;
}

static int teardown(void **state)
{
    static const char *const files[] = {"data.mdb", "lock.mdb", "lock"};
    struct disk *disk = *state;
    char path[64];

    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s/%s", disk->dir, files[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(disk->dir), 0);
    close(disk->pipe[0]);
    close(disk->pipe[1]);
    free(disk);
    return 0;
}

static enum err commit(struct disk *disk, const struct write *writes, size_t n)
{
    struct storage_done *done = NULL;
    char byte;

    seal_commit(&disk->seal, disk->storage, 1, writes, n);
    while ((done = storage_take(disk->storage)) == NULL)
        assert_int_equal(read(disk->pipe[0], &byte, 1), 1);
    enum err err = done->err;
    storage_done_free(done);
    return err;
}

static struct write setting(struct slice key, struct slice value)
{
    return (struct write){.kind = WRITE_SETTING, .key = key, .payload = value};
}

static void list(void *arg, struct slice key, struct slice value)
{
    struct buf *out = arg;

    buf_put(out, key.p, key.n);
    buf_put_str(out, "=");
    if (value.p == NULL) buf_put_str(out, "(damaged)");
    if (value.n > 0) buf_put(out, value.p, value.n);
    buf_put_str(out, ";");
}

static void assert_settings(const struct store_reader *reader, const char *prefix,
                            const char *expected)
{
    struct buf out = {0};

    reader->each_setting(reader->ctx, prefix, list, &out);
    buf_put_u8(&out, 0);
    assert_string_equal((const char *)out.data, expected);
    buf_fini(&out);
}

static bool file_holds(const struct disk *disk, const char *text)
{
    char path[64], block[65536];
    struct buf bytes = {0};
    size_t n;

    snprintf(path, sizeof(path), "%s/data.mdb", disk->dir);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    while ((n = fread(block, 1, sizeof(block), file)) > 0)
        buf_put(&bytes, block, n);
    fclose(file);
    bool found = memmem(bytes.data, bytes.len, text, strlen(text)) != NULL;
    buf_fini(&bytes);
    return found;
}

static void test_the_store_holds_no_setting_in_the_clear(void **state)
{
    struct disk *disk = *state;
    const struct write writes[] = {
        setting(TEXT("node/invite/1"), TEXT("KITH-SECRET")),
        setting(TEXT("node/empty"), TEXT("")),
        setting(TEXT("draft/1"), TEXT("half a thought")),
    };

    begin(disk, seal_convert);
    assert_ok(commit(disk, writes, 3));
    assert_settings(&disk->reader.reader, "",
                    "draft/1=half a thought;node/empty=;"
                    "node/invite/1=KITH-SECRET;");
    end(disk);
    assert_true(file_holds(disk, "node/invite/1")); /* it looked in the right place */
    assert_false(file_holds(disk, "KITH-SECRET"));
    assert_false(file_holds(disk, "half a thought"));
    begin(disk, seal_convert); /* of the current version: left as it is */
    assert_settings(&disk->reader.reader, "node/i", "node/invite/1=KITH-SECRET;");
    const struct write gone = setting(TEXT("node/invite/1"), slice_of(NULL, 0));
    assert_ok(commit(disk, &gone, 1));
    assert_settings(&disk->reader.reader, "node/", "node/empty=;");
    end(disk);
}

/* The reader's user is told of a value that does not open, and of the others as ever. */
static void test_what_does_not_open_is_told_as_damaged(void **state)
{
    struct disk *disk = *state;
    struct device_sk other = device(2);
    const struct write good = setting(TEXT("node/b"), TEXT("good"));
    const struct write bad = setting(TEXT("node/a"), TEXT("of another device"));
    struct seal own;

    begin(disk, NULL);
    own = disk->seal;
    seal_init(&disk->seal, &other, &disk->env);
    assert_ok(commit(disk, &bad, 1));
    disk->seal = own;
    assert_ok(commit(disk, &good, 1));
    assert_settings(&disk->reader.reader, "node/", "node/a=(damaged);node/b=good;");
    end(disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_value_opens_under_its_name_and_device_alone),
        cmocka_unit_test_setup_teardown(test_the_store_holds_no_setting_in_the_clear, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_what_does_not_open_is_told_as_damaged, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
