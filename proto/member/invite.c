#include "proto/member/invite.h"

#include "proto/base/check.h"
#include "proto/base/cursor.h"
#include "proto/base/text.h"
#include "proto/crypto/hash.h"
#include "proto/crypto/hpke.h"
#include "proto/crypto/sign.h"

/* -------------------------------------------------------------------------------- the code */

static void checksum(uint8_t out[INVITE_CHECKSUM_BYTES], struct slice bytes)
{
    uint8_t hash[32];
    hash_bytes(hash, sizeof(hash), slice_of(NULL, 0), "kith/1 invite code", bytes,
               slice_of(NULL, 0));
    memcpy(out, hash, INVITE_CHECKSUM_BYTES);
}

void invite_encode(struct buf *out, const struct invite *invite)
{
    size_t start = out->len;
    CHECK(invite->stewards_n >= 1 && invite->stewards_n <= LIMIT_INVITE_STEWARDS);
    buf_put(out, invite->network.b, sizeof(invite->network.b));
    buf_put(out, invite->secret.b, sizeof(invite->secret.b));
    buf_put_u64(out, invite->expires_ms);
    buf_put_u8(out, (uint8_t)invite->stewards_n);
    for (size_t i = 0; i < invite->stewards_n; i++) {
        const struct invite_steward *steward = &invite->stewards[i];
        CHECK(steward->addresses_n <= INVITE_STEWARD_ADDRESSES);
        buf_put(out, steward->transport.b, sizeof(steward->transport.b));
        buf_put_u8(out, (uint8_t)steward->addresses_n);
        for (size_t a = 0; a < steward->addresses_n; a++) {
            size_t n = strlen(steward->address[a]);
            CHECK(n >= 1 && n <= LIMIT_ADDRESS_BYTES);
            buf_put_u8(out, (uint8_t)n);
            buf_put(out, steward->address[a], n);
        }
    }
    uint8_t sum[INVITE_CHECKSUM_BYTES];
    checksum(sum, slice_of(out->data + start, out->len - start));
    buf_put(out, sum, sizeof(sum));
}

/* host:port as printable ASCII. What is behind it shows when it is dialled. */
static void decode_address(struct cursor *cursor, char out[LIMIT_ADDRESS_BYTES + 1])
{
    struct slice bytes = cursor_take(cursor, cursor_u8(cursor));
    if (!cursor_require(cursor, bytes.n >= 1 && bytes.n <= LIMIT_ADDRESS_BYTES)) return;
    for (size_t i = 0; i < bytes.n; i++) {
        cursor_require(cursor, bytes.p[i] > 0x20 && bytes.p[i] < 0x7f);
    }
    memcpy(out, bytes.p, bytes.n);
    out[bytes.n] = '\0';
}

enum err invite_decode(struct invite *out, struct slice bytes)
{
    if (bytes.n < INVITE_CHECKSUM_BYTES) return ERR_MALFORMED;
    uint8_t sum[INVITE_CHECKSUM_BYTES];
    struct slice covered = slice_of(bytes.p, bytes.n - INVITE_CHECKSUM_BYTES);
    checksum(sum, covered);
    if (memcmp(sum, bytes.p + covered.n, sizeof(sum)) != 0) return ERR_MALFORMED;
    struct cursor cursor = cursor_of(covered);
    struct invite invite = {0};
    cursor_copy(&cursor, invite.network.b, sizeof(invite.network.b));
    cursor_copy(&cursor, invite.secret.b, sizeof(invite.secret.b));
    invite.expires_ms = cursor_u64(&cursor);
    invite.stewards_n = cursor_u8(&cursor);
    cursor_require(&cursor,
                   invite.stewards_n >= 1 && invite.stewards_n <= LIMIT_INVITE_STEWARDS);
    for (size_t i = 0; i < invite.stewards_n && !cursor.failed; i++) {
        struct invite_steward *steward = &invite.stewards[i];
        cursor_copy(&cursor, steward->transport.b, sizeof(steward->transport.b));
        steward->addresses_n = cursor_u8(&cursor);
        cursor_require(&cursor, steward->addresses_n <= INVITE_STEWARD_ADDRESSES);
        for (size_t a = 0; a < steward->addresses_n && !cursor.failed; a++) {
            decode_address(&cursor, steward->address[a]);
        }
    }
    enum err err = cursor_done(&cursor) ? ERR_OK : ERR_MALFORMED;
    if (err == ERR_OK) *out = invite;
    mem_wipe(&invite, sizeof(invite));
    return err;
}

enum { GROUP = 5 };
static const char prefix[] = "KITH";

void invite_to_text(struct buf *out, const struct invite *invite)
{
    struct buf bytes = {0}, plain = {0};
    invite_encode(&bytes, invite);
    text_base32(&plain, buf_slice(&bytes));
    buf_put_str(out, prefix);
    for (size_t i = 0; i < plain.len; i++) {
        if (i % GROUP == 0) buf_put_u8(out, '-');
        buf_put_u8(out, plain.data[i]);
    }
    buf_put_u8(out, '\0');
    out->len--;
    mem_wipe(bytes.data, bytes.len);
    mem_wipe(plain.data, plain.len);
    buf_fini(&bytes);
    buf_fini(&plain);
}

enum err invite_from_text(struct invite *out, const char *text)
{
    /* What people add: line ends, blanks, hyphens, quotation marks around it all. */
    struct buf plain = {0}, bytes = {0};
    for (const char *p = text; *p != '\0'; p++) {
        if (strchr(" \t\r\n\f\v-\"'<>", *p) != NULL) continue;
        buf_put_u8(&plain, (uint8_t)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p));
    }
    buf_put_u8(&plain, '\0');
    enum err err = ERR_MALFORMED;
    if (plain.len > sizeof(prefix) && memcmp(plain.data, prefix, sizeof(prefix) - 1) == 0) {
        err = text_unbase32(&bytes, (const char *)plain.data + sizeof(prefix) - 1);
    }
    if (err == ERR_OK) err = invite_decode(out, buf_slice(&bytes));
    if (bytes.data != NULL) mem_wipe(bytes.data, bytes.len);
    mem_wipe(plain.data, plain.len);
    buf_fini(&plain);
    buf_fini(&bytes);
    return err;
}

/* -------------------------------------------------------------------------- what it derives */

void invite_id(struct invite_id *out, const struct invite_secret *secret)
{
    hash_bytes(out->b, sizeof(out->b), slice_of(NULL, 0), "kith/1 invite id",
               slice_of(secret->b, sizeof(secret->b)), slice_of(NULL, 0));
}

void invite_psk(struct psk *out, const struct invite_secret *secret,
                const struct network_id *network)
{
    hash_bytes(out->b, sizeof(out->b), slice_of(secret->b, sizeof(secret->b)), "kith/1 invite",
               slice_of(network->b, sizeof(network->b)), slice_of(NULL, 0));
}

static const char seal_info[] = "kith/1 invite"; /* with its NUL */

enum { SEAL_AAD_BYTES = 16 + 32 };

static void seal_aad(uint8_t out[SEAL_AAD_BYTES], const struct invite_id *invite,
                     const uint8_t box[32])
{
    memcpy(out, invite->b, 16);
    memcpy(out + 16, box, 32);
}

enum err invite_seal(struct statement_grant *out, const struct invite_id *invite,
                     const struct box_pk *box, const struct psk *psk, const struct env *env)
{
    uint8_t aad[SEAL_AAD_BYTES], ephemeral[32];
    struct statement_grant grant;
    memcpy(grant.recipient, box->b, sizeof(grant.recipient));
    seal_aad(aad, invite, box->b);
    env_random(env, ephemeral, sizeof(ephemeral));
    enum err err = hpke_seal(grant.enc, grant.sealed, box->b, ephemeral,
                             slice_of(seal_info, sizeof(seal_info)), slice_of(aad, sizeof(aad)),
                             slice_of(psk->b, sizeof(psk->b)));
    mem_wipe(ephemeral, sizeof(ephemeral));
    if (err == ERR_OK) *out = grant;
    return err;
}

enum err invite_open(struct psk *out, const struct statement_list *seals,
                     const struct invite_id *invite, const struct box_pk *box,
                     const struct box_sk *sk)
{
    for (size_t i = 0; i < seals->n; i++) {
        const struct statement_grant *seal = statement_grant_at(seals, i);
        if (memcmp(seal->recipient, box->b, sizeof(seal->recipient)) != 0) continue;
        uint8_t aad[SEAL_AAD_BYTES];
        seal_aad(aad, invite, box->b);
        return hpke_open(out->b, seal->enc, sk->b, slice_of(seal_info, sizeof(seal_info)),
                         slice_of(aad, sizeof(aad)),
                         slice_of(seal->sealed, sizeof(seal->sealed)));
    }
    return ERR_NOT_FOUND;
}

/* --------------------------------------------------------------------- the joiner's request */

static void put_text(struct buf *out, const struct statement_text *text)
{
    CHECK(text->n >= 1 && text->n <= LIMIT_NAME_BYTES);
    buf_put_u8(out, (uint8_t)text->n);
    buf_put(out, text->p, text->n);
}

/* School … device, in the same bytes as in `admit`. */
static void put_member(struct buf *out, const struct invite_request *request)
{
    buf_put(out, request->school.b, 32);
    put_text(out, &request->school_name);
    buf_put(out, request->root_pk.b, 32);
    buf_put(out, request->recovery_pk.b, 32);
    buf_put(out, request->device.device.b, 32);
    buf_put(out, request->device.box.b, 32);
    buf_put(out, request->device.transport.b, 32);
    put_text(out, &request->device.name);
}

static const char join_label[] = "kith/1 join";

enum { JOIN_BOUND_BYTES = 32 + 16 };

static void join_bound(uint8_t out[JOIN_BOUND_BYTES], const struct network_id *network,
                       const struct invite_id *invite)
{
    memcpy(out, network->b, 32);
    memcpy(out + 32, invite->b, 16);
}

void invite_request_sign(struct invite_request *request, const struct network_id *network,
                         const struct root_sk *sk)
{
    struct buf member = {0};
    uint8_t bound[JOIN_BOUND_BYTES];
    put_member(&member, request);
    join_bound(bound, network, &request->invite);
    sign_root(request->signature, sk, join_label, slice_of(bound, sizeof(bound)),
              buf_slice(&member));
    buf_fini(&member);
}

bool invite_request_verify(const struct invite_request *request,
                           const struct network_id *network)
{
    struct buf member = {0};
    uint8_t bound[JOIN_BOUND_BYTES];
    put_member(&member, request);
    join_bound(bound, network, &request->invite);
    bool good = sign_root_verify(request->signature, &request->root_pk, join_label,
                                 slice_of(bound, sizeof(bound)), buf_slice(&member));
    buf_fini(&member);
    return good;
}

void invite_request_encode(struct buf *out, const struct invite_request *request)
{
    buf_put(out, request->invite.b, 16);
    put_member(out, request);
    buf_put(out, request->signature, sizeof(request->signature));
}

static void take_text(struct cursor *cursor, struct statement_text *out)
{
    struct slice bytes = cursor_take(cursor, cursor_u8(cursor));
    *out = (struct statement_text){.p = (const char *)bytes.p, .n = bytes.n};
    if (!cursor->failed) cursor_require(cursor, statement_text_fits(out, 1));
}

enum err invite_request_decode(struct invite_request *out, struct slice bytes)
{
    struct cursor cursor = cursor_of(bytes);
    struct invite_request request = {0};
    cursor_copy(&cursor, request.invite.b, 16);
    cursor_copy(&cursor, request.school.b, 32);
    take_text(&cursor, &request.school_name);
    cursor_copy(&cursor, request.root_pk.b, 32);
    cursor_copy(&cursor, request.recovery_pk.b, 32);
    cursor_copy(&cursor, request.device.device.b, 32);
    cursor_copy(&cursor, request.device.box.b, 32);
    cursor_copy(&cursor, request.device.transport.b, 32);
    take_text(&cursor, &request.device.name);
    cursor_copy(&cursor, request.signature, sizeof(request.signature));
    if (!cursor_done(&cursor)) return ERR_MALFORMED;
    *out = request;
    return ERR_OK;
}
