/* Invite codes as bytes and text, the sealed psk, and the joiner's request. */
#include "tests/support/tests.h"

#include <ctype.h>

#include "proto/crypto/dh.h"
#include "proto/crypto/sign.h"
#include "proto/member/invite.h"

static struct invite example(void)
{
    struct invite invite = {
        .network = {{1, 2}}, .secret = {{3, 4}}, .expires_ms = 1234567890123, .stewards_n = 2};
    invite.stewards[0].transport.b[0] = 5;
    invite.stewards[0].addresses_n = 2;
    memcpy(invite.stewards[0].address[0], "hub.example:4455", 17);
    memcpy(invite.stewards[0].address[1], "[2001:db8::1]:4455", 19);
    invite.stewards[1].transport.b[0] = 6;
    return invite;
}

static void bytes_and_back(void **state)
{
    (void)state;
    struct invite invite = example(), out;
    struct buf bytes = {0}, again = {0};
    invite_encode(&bytes, &invite);
    assert_ok(invite_decode(&out, buf_slice(&bytes)));
    assert_int_equal(out.stewards_n, 2);
    assert_string_equal(out.stewards[0].address[1], "[2001:db8::1]:4455");
    invite_encode(&again, &out);
    assert_true(slice_eq(buf_slice(&bytes), buf_slice(&again)));
    for (size_t n = 0; n < bytes.len; n++) {
        assert_err(ERR_MALFORMED, invite_decode(&out, slice_of(bytes.data, n)));
    }
    for (size_t i = 0; i < bytes.len; i++) {
        bytes.data[i] ^= 0x10;
        assert_err(ERR_MALFORMED, invite_decode(&out, buf_slice(&bytes)));
        bytes.data[i] ^= 0x10;
    }
    buf_fini(&bytes);
    buf_fini(&again);
}

static void text_forgives_what_people_do(void **state)
{
    (void)state;
    struct invite invite = example(), out;
    struct buf text = {0}, typed = {0};
    invite_to_text(&text, &invite);
    assert_memory_equal(text.data, "KITH-", 5);
    assert_ok(invite_from_text(&out, (const char *)text.data));
    assert_memory_equal(out.secret.b, invite.secret.b, 32);
    /* Lower case, o and l for 0 and 1, broken into lines, without hyphens, in quotes. */
    buf_put_str(&typed, " \"");
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.data[i];
        if (c == '-') continue;
        if (i > 5 && c == '0') c = 'o';
        if (i > 5 && c == '1') c = 'l';
        buf_put_u8(&typed, (uint8_t)tolower(c));
        if (i % 40 == 0) buf_put_str(&typed, "\r\n  ");
    }
    buf_put_str(&typed, "\"\n");
    buf_put_u8(&typed, 0);
    assert_ok(invite_from_text(&out, (const char *)typed.data));
    assert_int_equal(out.expires_ms, invite.expires_ms);
    /* A mistyped character is found by the checksum. */
    text.data[20] = text.data[20] == 'A' ? 'B' : 'A';
    assert_err(ERR_MALFORMED, invite_from_text(&out, (const char *)text.data));
    assert_err(ERR_MALFORMED, invite_from_text(&out, ""));
    assert_err(ERR_MALFORMED, invite_from_text(&out, "KITH-"));
    assert_err(ERR_MALFORMED, invite_from_text(&out, "hello"));
    buf_fini(&text);
    buf_fini(&typed);
}

static void the_psk_opens_for_its_steward_alone(void **state)
{
    (void)state;
    struct rng rng = {.state = 3};
    struct env env = tests_env(&rng);
    struct invite invite = example();
    struct invite_id id;
    struct psk psk, out;
    struct box_pk box[2];
    struct box_sk sk[2];
    struct statement_grant seal;
    for (int i = 0; i < 2; i++) {
        env_random(&env, sk[i].b, 32);
        dh_public(box[i].b, sk[i].b);
    }
    invite_id(&id, &invite.secret);
    invite_psk(&psk, &invite.secret, &invite.network);
    assert_ok(invite_seal(&seal, &id, &box[0], &psk, &env));
    struct statement_list seals = {.items = &seal, .n = 1};
    assert_ok(invite_open(&out, &seals, &id, &box[0], &sk[0]));
    assert_memory_equal(out.b, psk.b, sizeof(psk.b));
    assert_err(ERR_NOT_FOUND, invite_open(&out, &seals, &id, &box[1], &sk[1]));
    assert_err(ERR_DECRYPT, invite_open(&out, &seals, &id, &box[0], &sk[1]));
    id.b[0] ^= 1;
    assert_err(ERR_DECRYPT, invite_open(&out, &seals, &id, &box[0], &sk[0]));
}

static void a_request_is_bound_to_its_invite(void **state)
{
    (void)state;
    uint8_t seed[32] = {7};
    struct root_sk sk;
    struct network_id network = {{1}};
    struct invite_request request = {.invite = {{2}},
                                     .school = {{3}},
                                     .recovery_pk = {{4}},
                                     .school_name = statement_text("Lincoln School")};
    request.device.name = statement_text("Office PC");
    sign_root_keypair(&request.root_pk, &sk, seed);
    invite_request_sign(&request, &network, &sk);
    struct buf bytes = {0};
    invite_request_encode(&bytes, &request);
    struct invite_request out;
    assert_ok(invite_request_decode(&out, buf_slice(&bytes)));
    assert_true(invite_request_verify(&out, &network));
    out.invite.b[0] ^= 1;
    assert_false(invite_request_verify(&out, &network));
    out.invite.b[0] ^= 1;
    out.device.box.b[0] ^= 1;
    assert_false(invite_request_verify(&out, &network));
    for (size_t n = 0; n < bytes.len; n++) {
        assert_err(ERR_MALFORMED, invite_request_decode(&out, slice_of(bytes.data, n)));
    }
    buf_fini(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_and_back),
        cmocka_unit_test(text_forgives_what_people_do),
        cmocka_unit_test(the_psk_opens_for_its_steward_alone),
        cmocka_unit_test(a_request_is_bound_to_its_invite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
