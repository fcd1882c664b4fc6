#include "proto/envelope/envelope.h"

#include "proto/base/check.h"
#include "proto/base/cursor.h"
#include "proto/base/limits.h"
#include "proto/crypto/aead.h"
#include "proto/crypto/hash.h"
#include "proto/crypto/sign.h"

#define SIGN_LABEL "kith/1 envelope"

static const uint8_t magic[4] = {'K', 'T', 'H', '1'};
enum { SUITE = 1, FLAGS = 0 };

/* Where fields lie that are used by their place, DESIGN 4.2. */
enum { AT_DEVICE = 40, AT_NONCE = 160, AT_COMMIT = 184 };

enum {
    PAD_SMALL = 256,
    PAD_LARGE = 1024,
    PAD_SMALL_MAX = 4096, /* the most that is padded to PAD_SMALL */
};

_Static_assert((int)ENVELOPE_SIGNATURE_BYTES == (int)SIGN_BYTES, "one signature length");
_Static_assert((int)ENVELOPE_NONCE_BYTES == (int)AEAD_X_NONCE_BYTES, "one nonce length");

/* ------------------------------------------------------------------ Admit: no key needed -- */

static bool all_zero(const void *p, size_t n)
{
    const uint8_t *bytes = p;
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++)
        any |= bytes[i];
    return any == 0;
}

/* Fields that only sealed kinds use. */
static bool keyless(const struct envelope *e)
{
    return key_id_is_zero(&e->key_id) && all_zero(e->nonce, sizeof(e->nonce)) &&
           all_zero(e->commit, sizeof(e->commit));
}

/* The rules of README.md's table "which fields a kind uses". */
static enum err check_fields(const struct envelope *e)
{
    if (e->kind == 0) return ERR_MALFORMED;
    if (e->kind > ENVELOPE_BEACON && space_tag_is_zero(&e->tag)) return ERR_VERSION;
    if (e->seq == 0 || e->seq > INT64_MAX) return ERR_MALFORMED;
    if (e->payload_len > LIMIT_PAYLOAD_BYTES) return ERR_TOO_BIG;

    bool clear = e->kind == ENVELOPE_STATEMENT || e->kind == ENVELOPE_BEACON;
    if (clear != space_tag_is_zero(&e->tag)) return ERR_MALFORMED;
    if (clear && !keyless(e)) return ERR_MALFORMED;

    bool first = e->kind == ENVELOPE_BEACON || e->seq == 1;
    if (first != envelope_id_is_zero(&e->prev)) return ERR_MALFORMED;
    bool may_found = e->kind == ENVELOPE_STATEMENT && e->seq == 1;
    if (network_id_is_zero(&e->network) && !may_found) return ERR_MALFORMED;
    return ERR_OK;
}

enum err envelope_decode(struct envelope *out, struct slice header)
{
    struct cursor c = cursor_of(header);
    uint8_t constant[sizeof(magic)];
    cursor_copy(&c, constant, sizeof(constant));
    cursor_require(&c, memcmp(constant, magic, sizeof(magic)) == 0);
    uint8_t suite = cursor_u8(&c);
    struct envelope e = {.kind = cursor_u8(&c)};
    uint16_t flags = cursor_u16(&c);
    cursor_copy(&c, e.network.b, sizeof(e.network.b));
    cursor_copy(&c, e.device.b, sizeof(e.device.b));
    cursor_copy(&c, e.tag.b, sizeof(e.tag.b));
    e.seq = cursor_u64(&c);
    cursor_copy(&c, e.prev.b, sizeof(e.prev.b));
    cursor_copy(&c, e.key_id.b, sizeof(e.key_id.b));
    cursor_copy(&c, e.nonce, sizeof(e.nonce));
    cursor_copy(&c, e.commit, sizeof(e.commit));
    cursor_copy(&c, e.payload_hash.b, sizeof(e.payload_hash.b));
    e.payload_len = cursor_u32(&c);
    cursor_copy(&c, e.signature, sizeof(e.signature));
    if (!cursor_done(&c)) return ERR_MALFORMED;
    if (suite != SUITE || flags != FLAGS) return ERR_VERSION;

    enum err err = check_fields(&e);
    if (err == ERR_OK) *out = e;
    return err;
}

struct writer {
    uint8_t *p;
};

static void put(struct writer *w, const void *bytes, size_t n)
{
    memcpy(w->p, bytes, n);
    w->p += n;
}

void envelope_encode(uint8_t header[ENVELOPE_HEADER_BYTES], const struct envelope *e)
{
    struct writer w = {.p = header};
    put(&w, magic, sizeof(magic));
    put(&w, (const uint8_t[]){SUITE, e->kind, FLAGS >> 8, FLAGS & 0xff}, 4);
    put(&w, e->network.b, sizeof(e->network.b));
    CHECK(w.p == header + AT_DEVICE);
    put(&w, e->device.b, sizeof(e->device.b));
    put(&w, e->tag.b, sizeof(e->tag.b));
    put_be64(w.p, e->seq);
    w.p += 8;
    put(&w, e->prev.b, sizeof(e->prev.b));
    put(&w, e->key_id.b, sizeof(e->key_id.b));
    CHECK(w.p == header + AT_NONCE);
    put(&w, e->nonce, sizeof(e->nonce));
    CHECK(w.p == header + AT_COMMIT);
    put(&w, e->commit, sizeof(e->commit));
    CHECK(w.p == header + ENVELOPE_AD_BYTES);
    put(&w, e->payload_hash.b, sizeof(e->payload_hash.b));
    put_be32(w.p, e->payload_len);
    w.p += 4;
    CHECK(w.p == header + ENVELOPE_SIGNED_BYTES);
    put(&w, e->signature, sizeof(e->signature));
}

void envelope_id(struct envelope_id *out, const uint8_t header[ENVELOPE_HEADER_BYTES])
{
    hash_bytes(out->b, sizeof(out->b), (struct slice){0}, "kith/1 id",
               slice_of(header, ENVELOPE_HEADER_BYTES), (struct slice){0});
}

void envelope_payload_hash(struct digest *out, struct slice payload)
{
    hash_bytes(out->b, sizeof(out->b), (struct slice){0}, "kith/1 payload", payload,
               (struct slice){0});
}

bool envelope_verify_signature(const uint8_t header[ENVELOPE_HEADER_BYTES])
{
    struct device_pk device;
    memcpy(device.b, header + AT_DEVICE, sizeof(device.b));
    return sign_device_verify(header + ENVELOPE_SIGNED_BYTES, &device, SIGN_LABEL,
                              slice_of(header, ENVELOPE_SIGNED_BYTES), (struct slice){0});
}

enum err envelope_check_payload(const struct envelope *envelope, struct slice payload)
{
    if (payload.n != envelope->payload_len) return ERR_HASH;
    struct digest hash;
    envelope_payload_hash(&hash, payload);
    return digest_eq(&hash, &envelope->payload_hash) ? ERR_OK : ERR_HASH;
}

struct chain envelope_chain(const struct envelope *envelope)
{
    return (struct chain){.device = envelope->device, .tag = envelope->tag};
}

/* ----------------------------------------------------------------------------- Making one --
 */

void envelope_sign(struct envelope *envelope, const struct device_sk *sk)
{
    uint8_t header[ENVELOPE_HEADER_BYTES];
    envelope_encode(header, envelope);
    sign_device(envelope->signature, sk, SIGN_LABEL, slice_of(header, ENVELOPE_SIGNED_BYTES),
                (struct slice){0});
}

/* What every new envelope of a chain begins with. */
static struct envelope after(uint8_t kind, const struct envelope_signer *signer,
                             const struct place *head)
{
    struct envelope e = {.kind = kind, .network = signer->network, .seq = head->seq + 1};
    if (head->seq > 0) e.prev = head->id;
    /* libsodium keeps the public key behind the seed. */
    memcpy(e.device.b, signer->sk->b + 32, sizeof(e.device.b));
    return e;
}

static void finish(uint8_t header[ENVELOPE_HEADER_BYTES], struct envelope *e,
                   const struct device_sk *sk, struct slice payload)
{
    envelope_payload_hash(&e->payload_hash, payload);
    e->payload_len = (uint32_t)payload.n;
    envelope_sign(e, sk);
    CHECK(check_fields(e) == ERR_OK);
    envelope_encode(header, e);
}

enum err envelope_make_statement(uint8_t header[ENVELOPE_HEADER_BYTES],
                                 const struct envelope_signer *signer, const struct place *head,
                                 struct slice body)
{
    if (body.n > LIMIT_PAYLOAD_BYTES) return ERR_LIMIT;
    struct envelope e = after(ENVELOPE_STATEMENT, signer, head);
    finish(header, &e, signer->sk, body);
    return ERR_OK;
}

enum err envelope_make_beacon(uint8_t header[ENVELOPE_HEADER_BYTES],
                              const struct envelope_signer *signer, uint64_t seq,
                              struct slice body)
{
    if (body.n > LIMIT_PAYLOAD_BYTES) return ERR_LIMIT;
    struct envelope e = after(ENVELOPE_BEACON, signer, &(struct place){0});
    e.seq = seq;
    finish(header, &e, signer->sk, body);
    return ERR_OK;
}

/* The keys of one message: the AEAD's, and the commitment that names them both. */
struct message_key {
    uint8_t aead[AEAD_KEY_BYTES];
    uint8_t commit[ENVELOPE_COMMIT_BYTES];
};

static void derive(struct message_key *mk, const struct epoch_key *key,
                   const uint8_t header[ENVELOPE_HEADER_BYTES])
{
    uint8_t out[AEAD_KEY_BYTES + ENVELOPE_COMMIT_BYTES];
    hash_bytes(out, sizeof(out), slice_of(key->b, sizeof(key->b)), "kith/1 msg",
               slice_of(header, ENVELOPE_KEYED_BYTES), (struct slice){0});
    memcpy(mk->aead, out, sizeof(mk->aead));
    memcpy(mk->commit, out + AEAD_KEY_BYTES, sizeof(mk->commit));
    mem_wipe(out, sizeof(out));
}

size_t envelope_padded_bytes(size_t n)
{
    size_t small = (n / PAD_SMALL + 1) * PAD_SMALL;
    return small <= PAD_SMALL_MAX ? small : (n / PAD_LARGE + 1) * PAD_LARGE;
}

enum err envelope_seal_record(uint8_t header[ENVELOPE_HEADER_BYTES], struct buf *payload,
                              const struct envelope_signer *signer, const struct space_tag *tag,
                              const struct place *head, const struct envelope_epoch *epoch,
                              const struct env *env, struct slice revision)
{
    if (revision.n > ENVELOPE_PLAIN_BYTES_MAX) return ERR_LIMIT;
    struct envelope e = after(ENVELOPE_RECORD, signer, head);
    e.tag = *tag;
    e.key_id = epoch->id;
    env_random(env, e.nonce, sizeof(e.nonce));
    envelope_encode(header, &e);
    struct message_key mk;
    derive(&mk, epoch->key, header);
    memcpy(e.commit, mk.commit, sizeof(e.commit));
    envelope_encode(header, &e);

    size_t padded = envelope_padded_bytes(revision.n);
    uint8_t *sealed = buf_extend(payload, padded + AEAD_TAG_BYTES);
    if (revision.n > 0) memcpy(sealed, revision.p, revision.n);
    memset(sealed + revision.n, 0, padded - revision.n);
    sealed[revision.n] = 0x80;
    aead_x_seal(sealed, slice_of(sealed, padded), slice_of(header, ENVELOPE_AD_BYTES), e.nonce,
                mk.aead);
    KEY_WIPE(&mk);
    finish(header, &e, signer->sk, slice_of(sealed, padded + AEAD_TAG_BYTES));
    return ERR_OK;
}

/* ---------------------------------------------------- Read: the audience, with the key -- */

/* Length before padding; SIZE_MAX when this is not what padding writes. */
static size_t unpadded_bytes(struct slice padded)
{
    size_t n = padded.n;
    while (n > 0 && padded.p[n - 1] == 0)
        n--;
    if (n == 0 || padded.p[n - 1] != 0x80) return SIZE_MAX;
    return envelope_padded_bytes(n - 1) == padded.n ? n - 1 : SIZE_MAX;
}

enum err envelope_open_record(struct buf *plain, const uint8_t header[ENVELOPE_HEADER_BYTES],
                              const struct epoch_key *key, struct slice payload)
{
    struct envelope e;
    enum err err = envelope_decode(&e, slice_of(header, ENVELOPE_HEADER_BYTES));
    if (err != ERR_OK) return err;
    if (e.kind != ENVELOPE_RECORD || payload.n < AEAD_TAG_BYTES) return ERR_MALFORMED;

    struct message_key mk;
    derive(&mk, key, header);
    size_t before = plain->len, padded = payload.n - AEAD_TAG_BYTES;
    if (sodium_memcmp(mk.commit, e.commit, sizeof(e.commit)) != 0) {
        err = ERR_DECRYPT;
        goto wipe;
    }
    uint8_t *out = buf_extend(plain, padded);
    err = aead_x_open(out, payload, slice_of(header, ENVELOPE_AD_BYTES), e.nonce, mk.aead);
    if (err == ERR_OK) {
        size_t n = unpadded_bytes(slice_of(out, padded));
        if (n == SIZE_MAX) err = ERR_MALFORMED;
        plain->len = before + n;
    }
    if (err != ERR_OK) {
        mem_wipe(out, padded);
        plain->len = before;
    }
wipe:
    KEY_WIPE(&mk);
    return err;
}
