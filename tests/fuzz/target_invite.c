/*
 * Invites: codes as bytes and as text, the seals of the psk, and the joiner's request. What
 * decodes encodes to the same; a code as people retype it is the same code.
 */
#include "proto/crypto/dh.h"
#include "proto/crypto/sign.h"
#include "proto/member/invite.h"
#include "tests/fuzz/fuzz.h"

static void check_again(const struct invite *invite)
{
    struct buf bytes = {0}, text = {0};
    struct invite again;
    invite_encode(&bytes, invite);
    FUZZ_CHECK(invite_decode(&again, buf_slice(&bytes)) == ERR_OK);
    invite_to_text(&text, invite);
    FUZZ_CHECK(invite_from_text(&again, (const char *)text.data) == ERR_OK);
    struct buf twice = {0};
    invite_encode(&twice, &again);
    FUZZ_CHECK(slice_eq(buf_slice(&bytes), buf_slice(&twice)));
    buf_fini(&bytes);
    buf_fini(&text);
    buf_fini(&twice);
}

static void fuzz_bytes(struct slice bytes)
{
    struct invite invite;
    if (invite_decode(&invite, bytes) != ERR_OK) return;
    struct buf again = {0};
    invite_encode(&again, &invite);
    FUZZ_CHECK(slice_eq(buf_slice(&again), bytes));
    buf_fini(&again);
    check_again(&invite);
}

static void fuzz_text(struct slice bytes)
{
    struct invite invite;
    char *text = mem_zalloc(bytes.n + 1);
    if (bytes.n > 0) memcpy(text, bytes.p, bytes.n);
    if (invite_from_text(&invite, text) == ERR_OK) check_again(&invite);
    free(text);
}

/* A made invite whose bytes get a right checksum after being spoilt cannot be: it is inside. */
static void invite_make(struct invite *out, struct fuzz_in *in)
{
    memset(out, 0, sizeof(*out));
    fuzz_count(out->network.b, 32, 1);
    fuzz_fill(in, out->secret.b, 8);
    out->expires_ms = fuzz_u16(in);
    out->stewards_n = 1 + fuzz_below(in, LIMIT_INVITE_STEWARDS);
    for (size_t i = 0; i < out->stewards_n; i++) {
        struct invite_steward *steward = &out->stewards[i];
        fuzz_count(steward->transport.b, 32, (uint8_t)(2 + i));
        steward->addresses_n = fuzz_below(in, INVITE_STEWARD_ADDRESSES + 1);
        for (size_t a = 0; a < steward->addresses_n; a++) {
            size_t n = 1 + fuzz_below(in, 24);
            for (size_t c = 0; c < n; c++)
                steward->address[a][c] = (char)('!' + fuzz_below(in, '~' - '!'));
        }
    }
}

static void fuzz_made(struct fuzz_in *in)
{
    struct invite invite, read;
    struct buf text = {0};
    invite_make(&invite, in);
    check_again(&invite);
    invite_to_text(&text, &invite);
    bool spoilt = fuzz_spoil(in, text.data, text.len);
    if (memchr(text.data, 0, text.len) == NULL) {
        enum err err = invite_from_text(&read, (const char *)text.data);
        FUZZ_CHECK(err == ERR_OK || (spoilt && err == ERR_MALFORMED));
        if (err == ERR_OK) FUZZ_CHECK(memcmp(&read.secret, &invite.secret, 32) == 0);
    }
    buf_fini(&text);
}

static void fuzz_seal(struct fuzz_in *in)
{
    struct env env = fuzz_env();
    struct invite_id id;
    struct box_sk sk = {{8}}, other_sk = {{16}};
    struct box_pk pk, other;
    struct psk psk, got;
    struct invite_secret secret;
    struct network_id network = {{3}};
    struct statement_grant grant;
    fuzz_fill(in, secret.b, sizeof(secret.b));
    dh_public(pk.b, sk.b);
    dh_public(other.b, other_sk.b);
    invite_id(&id, &secret);
    invite_psk(&psk, &secret, &network);
    FUZZ_CHECK(invite_seal(&grant, &id, &pk, &psk, &env) == ERR_OK);
    bool spoilt = fuzz_spoil(in, (uint8_t *)&grant, sizeof(grant));
    struct statement_list seals = {.items = &grant, .n = 1};
    enum err err = invite_open(&got, &seals, &id, &pk, &sk);
    if (!spoilt) FUZZ_CHECK(err == ERR_OK && memcmp(&psk, &got, sizeof(psk)) == 0);
    if (err == ERR_OK) FUZZ_CHECK(memcmp(&psk, &got, sizeof(psk)) == 0);
    FUZZ_CHECK(invite_open(&got, &seals, &id, &other, &other_sk) != ERR_OK);
    memset(pk.b, 0, sizeof(pk.b));
    FUZZ_CHECK(invite_seal(&grant, &id, &pk, &psk, &env) != ERR_OK);
}

static void check_request(struct slice bytes)
{
    struct invite_request request;
    struct network_id network = {{3}};
    if (invite_request_decode(&request, bytes) != ERR_OK) return;
    struct buf again = {0};
    invite_request_encode(&again, &request);
    FUZZ_CHECK(slice_eq(buf_slice(&again), bytes));
    buf_fini(&again);
    struct root_sk sk;
    uint8_t seed[SIGN_SEED_BYTES] = {5};
    FUZZ_CHECK(!invite_request_verify(&request, &network));
    sign_root_keypair(&request.root_pk, &sk, seed);
    invite_request_sign(&request, &network, &sk);
    FUZZ_CHECK(invite_request_verify(&request, &network));
    network.b[0]++;
    FUZZ_CHECK(!invite_request_verify(&request, &network));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_in in = fuzz_in_of(data, n);
    switch (fuzz_u8(&in) % 5) {
    case 0:
        fuzz_bytes(fuzz_rest(&in));
        break;
    case 1:
        fuzz_text(fuzz_rest(&in));
        break;
    case 2:
        fuzz_made(&in);
        break;
    case 3:
        fuzz_seal(&in);
        break;
    default:
        check_request(fuzz_rest(&in));
        break;
    }
    return 0;
}

void fuzz_seeds(fuzz_put_fn put, void *ctx)
{
    for (uint8_t i = 0; i < 12; i++) {
        uint8_t program[24] = {i, 2, 3, 4, 5, 6, 7, 8, i, i, i, (uint8_t)(i / 3),
                               4, 5, 6, 7, 8};
        struct fuzz_in in = fuzz_in_of(program, sizeof(program));
        struct invite invite;
        struct buf out = {0};
        invite_make(&invite, &in);
        buf_put_u8(&out, 0);
        invite_encode(&out, &invite);
        put(ctx, buf_slice(&out));
        out.len = 0;
        buf_put_u8(&out, 1);
        invite_to_text(&out, &invite);
        put(ctx, buf_slice(&out));
        buf_fini(&out);
        program[0] = 2;
        put(ctx, slice_of(program, sizeof(program)));
        uint8_t seal[40] = {3, i};
        seal[33] = 0;
        seal[34] = (uint8_t)(i * 9);
        seal[35] = i & 1;
        put(ctx, slice_of(seal, 36));
        struct invite_request request = {.school_name = statement_text("Lincoln Middle"),
                                         .device = {.name = statement_text("office")}};
        request.school.b[0] = i;
        struct buf body = {0};
        buf_put_u8(&body, 4);
        invite_request_encode(&body, &request);
        put(ctx, buf_slice(&body));
        buf_fini(&body);
    }
}
