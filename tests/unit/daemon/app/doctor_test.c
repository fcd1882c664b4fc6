/* What the doctor finds in a log. */
#include <stdatomic.h>
#include <stdlib.h>

#include "daemon/app/doctor.h"
#include "proto/crypto/hash.h"
#include "proto/crypto/sign.h"
#include "proto/envelope/envelope.h"
#include "proto/record/revision.h"
#include "tests/support/tests.h"

/* A log in memory that can be damaged by hand. */
#include "tests/sim/ram_reads.c"
#include "tests/sim/ram_store.c"

struct bench {
    struct ram_store *store;
    struct device_pk device;
    struct device_sk sk;
    struct place head;
};

static int setup(void **state)
{
    struct bench *bench = mem_zalloc(sizeof(*bench));
    uint8_t seed[32] = {9};
    bench->store = ram_store_new();
    sign_device_keypair(&bench->device, &bench->sk, seed);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    ram_store_free(bench->store);
    free(bench);
    return 0;
}

static void commit(struct bench *bench, const struct write *write)
{
    struct ram_store_result result;
    ram_store_submit(bench->store, 1, write, 1);
    assert_true(ram_store_sync(bench->store, &result));
    assert_ok(result.err);
}

static void log_envelope(struct bench *bench)
{
    struct envelope_signer signer = {.sk = &bench->sk};
    uint8_t header[ENVELOPE_HEADER_BYTES];
    const struct slice body = slice_of("a statement", 11);

    memset(signer.network.b, 7, sizeof(signer.network.b));
    assert_ok(envelope_make_statement(header, &signer, &bench->head, body));
    bench->head.seq++;
    envelope_id(&bench->head.id, header);
    commit(bench, &(struct write){.kind = WRITE_ENVELOPE,
                                  .header = slice_of(header, sizeof(header)),
                                  .payload = body});
}

static void log_local(struct bench *bench, const char *body)
{
    struct revision_id id;
    const struct slice bytes = slice_of(body, strlen(body));
    hash_bytes(id.b, sizeof(id.b), slice_of(NULL, 0), REVISION_ID_LABEL, bytes,
               slice_of(NULL, 0));
    commit(bench,
           &(struct write){.kind = WRITE_LOCAL, .key = slice_of(id.b, 32), .payload = bytes});
}

/* The codes of what is found, in order, as one text. */
static char *found(struct bench *bench, uint64_t *n)
{
    struct doctor_report report = {0};
    const _Atomic bool cancel = false;
    struct buf text = {0};

    assert_ok(doctor_read_log(ram_store_get_log(bench->store), &report, &cancel));
    *n = report.envelopes + report.locals;
    assert_int_equal(atomic_load(&report.entries), *n);
    for (size_t i = 0; i < report.lost_n; i++)
        doctor_report_lost(&report, &report.lost[i]);
    free(report.lost);
    struct buf list = {0};
    buf_put_u8(&list, '[');
    buf_put(&list, report.problems.data, report.problems.len);
    buf_put_u8(&list, ']');
    json_t *json = json_loadb((const char *)list.data, list.len, 0, NULL), *problem;
    size_t i;
    assert_non_null(json);
    json_array_foreach(json, i, problem)
    {
        buf_put_str(&text, tests_str(problem, "code"));
        buf_put_str(&text, " ");
        assert_true(strlen(tests_str(problem, "hint")) > 0);
    }
    buf_put_u8(&text, 0);
    json_decref(json);
    buf_fini(&list);
    buf_fini(&report.problems);
    return (char *)text.data;
}

static void expect(struct bench *bench, const char *codes)
{
    uint64_t n;
    char *got = found(bench, &n);
    assert_string_equal(got, codes);
    free(got);
}

static void test_a_good_log(void **state)
{
    struct bench *bench = *state;
    uint64_t n;

    for (int i = 0; i < 5; i++)
        log_envelope(bench);
    log_local(bench, "{}");
    char *got = found(bench, &n);
    assert_string_equal(got, "");
    assert_int_equal(n, 6);
    free(got);
    /* What was erased is as it should be. */
    struct chain chain = {.device = bench->device};
    commit(bench, &(struct write){.kind = WRITE_ERASE, .chain = chain, .seq = 2});
    expect(bench, "");
}

static void test_a_damaged_payload(void **state)
{
    struct bench *bench = *state;
    log_envelope(bench);
    log_envelope(bench);
    bench->store->items[0].payload[3] ^= 1;
    expect(bench, "PAYLOAD ");
}

static void test_a_damaged_header_breaks_the_chain(void **state)
{
    struct bench *bench = *state;
    log_envelope(bench);
    log_envelope(bench);
    log_envelope(bench);
    bench->store->items[1].header[300] ^= 1; /* its signature */
    expect(bench, "CHAIN ");                 /* the third no longer names it */
    bench->store->items[1].header[300] ^= 1;
    bench->store->items[0].header[0] ^= 1;
    expect(bench, "FORM CHAIN ");
}

static void test_the_last_signature_counts(void **state)
{
    struct bench *bench = *state;
    log_envelope(bench);
    log_envelope(bench);
    bench->store->items[1].header[300] ^= 1;
    expect(bench, "SIGNATURE ");
}

static void test_a_damaged_local_revision(void **state)
{
    struct bench *bench = *state;
    log_local(bench, "{}");
    log_local(bench, "{ }");
    bench->store->items[1].payload[0] ^= 1;
    expect(bench, "LOCAL ");
}

static void test_it_can_be_ended(void **state)
{
    struct bench *bench = *state;
    struct doctor_report report = {0};
    const _Atomic bool cancel = true;
    log_envelope(bench);
    log_envelope(bench);
    assert_err(ERR_CLOSED, doctor_read_log(ram_store_get_log(bench->store), &report, &cancel));
    assert_int_equal(report.envelopes, 1);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_a_good_log),
        T(test_a_damaged_payload),
        T(test_a_damaged_header_breaks_the_chain),
        T(test_the_last_signature_counts),
        T(test_a_damaged_local_revision),
        T(test_it_can_be_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
