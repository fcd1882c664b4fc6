#include "proto/channel/channel.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
#include "proto/base/cursor.h"
#include "proto/channel/noise.h"

/*
 * The machine. An initiator begins in WAIT_2, a responder in WAIT_1.
 *
 *   WAIT_1 --48--> (message 2 out) ----------------> WAIT_3 --message 3--> OPEN --frames-->
 * OPEN WAIT_1 --64--> NEED_PSK --answer, message 2 out--^ WAIT_2 --message 2--> (message 3 out)
 * --> OPEN any --error--> FAILED
 *
 * Invariant: `handshake` is there exactly before OPEN and FAILED; `send` and `receive` have
 * keys exactly in OPEN; a caller sees bytes only after the tag over them was checked.
 */
enum state {
    STATE_WAIT_1,
    STATE_NEED_PSK,
    STATE_WAIT_2,
    STATE_WAIT_3,
    STATE_OPEN,
    STATE_FAILED
};

enum frame_kind { FRAME_MORE, FRAME_LAST, FRAME_REKEY };

enum {
    LENGTH_BYTES = 2,
    KIND_BYTES = 1,
    MEMBER_1_BYTES = 48, /* e, tag */
    JOINER_1_BYTES = 64, /* e, invite id, tag */
    MESSAGE_2_BYTES = 48,
    MESSAGE_3_BYTES_MIN = 64, /* s with its tag, tag */
    IDLE_BYTES = 4096         /* buffers above this are given back once empty */
};

/* One way of an open channel. */
struct direction {
    struct noise_cipher cipher;
    uint32_t frames;   /* under the present key */
    uint64_t since_ms; /* of the first of them */
};

struct channel {
    enum state state;
    enum err error; /* in FAILED: why */
    bool is_initiator;
    bool is_join;
    bool surfaced; /* `message` was given out; forget it at the next call */
    uint64_t deadline_ms;
    struct noise_handshake *handshake;
    struct network_id network;
    struct transport_sk sk;
    struct transport_pk remote;
    struct invite_id invite;
    uint8_t ephemeral[NOISE_KEY_BYTES];
    uint8_t hash[32];
    struct buf introduction; /* initiator, until message 3 */
    struct buf input;        /* a frame that has not arrived whole, with its length */
    struct buf message;      /* a message so far, or the one given out */
    struct direction send, receive;
};

/* Empties a buffer, and gives its memory back when it is more than an idle channel should hold.
 */
static void buffer_reset(struct buf *buf)
{
    buf->len = 0;
    if (buf->cap > IDLE_BYTES) buf_fini(buf);
}

static void buffer_wipe(struct buf *buf)
{
    if (buf->data != NULL) mem_wipe(buf->data, buf->cap);
    buf_fini(buf);
}

static void handshake_drop(struct channel *channel)
{
    if (channel->handshake != NULL) noise_fini(channel->handshake);
    free(channel->handshake);
    channel->handshake = NULL;
    KEY_WIPE(&channel->sk);
    mem_wipe(channel->ephemeral, sizeof(channel->ephemeral));
    buffer_wipe(&channel->introduction);
}

static enum err channel_fail(struct channel *channel, enum err err)
{
    handshake_drop(channel);
    mem_wipe(&channel->send, sizeof(channel->send));
    mem_wipe(&channel->receive, sizeof(channel->receive));
    buffer_wipe(&channel->input);
    buffer_wipe(&channel->message);
    channel->state = STATE_FAILED;
    channel->error = err;
    return err;
}

void channel_free(struct channel *channel)
{
    if (channel == NULL) return;
    (void)channel_fail(channel, ERR_CLOSED);
    mem_wipe(channel, sizeof(*channel));
    free(channel);
}

static struct channel *channel_new(const struct env *env, const struct network_id *network,
                                   const struct transport_sk *sk, uint64_t now_ms)
{
    struct channel *channel = mem_zalloc(sizeof(*channel));

    channel->network = *network;
    channel->sk = *sk;
    channel->deadline_ms = now_ms + LIMIT_HANDSHAKE_MS;
    env_random(env, channel->ephemeral, sizeof(channel->ephemeral));
    return channel;
}

/* Sets up Noise once it is known whether this is a join. */
static void handshake_start(struct channel *channel, const struct psk *psk)
{
    struct noise_options options = {
        .pattern = noise_pattern_get(channel->is_join ? "XKpsk3" : "XK"),
        .hash = &hmac_sha256,
        .is_initiator = channel->is_initiator,
        .s = channel->sk.b,
        .e = channel->ephemeral,
        .rs = channel->is_initiator ? channel->remote.b : NULL,
        .psk = psk == NULL ? NULL : psk->b,
    };
    struct buf prologue = {0};

    buf_put(&prologue, "kith/1", sizeof("kith/1"));
    buf_put(&prologue, channel->network.b, sizeof(channel->network.b));
    options.prologue = buf_slice(&prologue);
    channel->handshake = mem_zalloc(sizeof(*channel->handshake));
    noise_init(channel->handshake, &options);
    buf_fini(&prologue);
}

/* Appends the next handshake message as a frame. */
static enum err handshake_write(struct channel *channel, struct slice payload, struct buf *out)
{
    struct buf message = {0};
    enum err err = noise_write(channel->handshake, payload, &message);

    if (err == ERR_OK) {
        buf_put_u16(out, (uint16_t)message.len);
        buf_put(out, message.data, message.len);
    }
    buf_fini(&message);
    return err;
}

static void channel_open(struct channel *channel, struct channel_event *event)
{
    noise_split(channel->handshake, &channel->send.cipher, &channel->receive.cipher);
    memcpy(channel->hash, channel->handshake->symmetric.h, sizeof(channel->hash));
    memcpy(channel->remote.b, channel->handshake->rs, sizeof(channel->remote.b));
    handshake_drop(channel);
    channel->state = STATE_OPEN;
    channel->deadline_ms = UINT64_MAX;
    *event = (struct channel_event){
        .kind = CHANNEL_OPENED,
        .is_join = channel->is_join,
        .invite = channel->invite,
        .remote = channel->remote,
        .bytes = buf_slice(&channel->message),
    };
    channel->surfaced = true;
}

enum err channel_new_initiator(struct channel **out_channel, const struct env *env,
                               const struct network_id *network, const struct transport_sk *sk,
                               const struct transport_pk *remote,
                               const struct channel_invite *invite, struct slice introduction,
                               uint64_t now_ms, struct buf *out)
{
    struct channel *channel = channel_new(env, network, sk, now_ms);
    struct slice payload = slice_of(NULL, 0);
    enum err err;

    CHECK(introduction.n <= LIMIT_HANDSHAKE_PAYLOAD_BYTES);
    channel->is_initiator = true;
    channel->remote = *remote;
    buf_put(&channel->introduction, introduction.p, introduction.n);
    if (invite != NULL) {
        channel->is_join = true;
        channel->invite = invite->id;
        payload = slice_of(invite->id.b, sizeof(invite->id.b));
    }
    handshake_start(channel, invite == NULL ? NULL : &invite->psk);
    err = handshake_write(channel, payload, out);
    if (err != ERR_OK) {
        channel_free(channel);
        return err;
    }
    channel->state = STATE_WAIT_2;
    *out_channel = channel;
    return ERR_OK;
}

struct channel *channel_new_responder(const struct env *env, const struct network_id *network,
                                      const struct transport_sk *sk, uint64_t now_ms)
{
    struct channel *channel = channel_new(env, network, sk, now_ms);

    channel->state = STATE_WAIT_1;
    return channel;
}

/* What each state does with a whole frame. `message` is empty when a handshake frame comes. */

static enum err take_1(struct channel *channel, struct slice frame, struct channel_event *event,
                       struct buf *out)
{
    enum err err;

    if (frame.n != MEMBER_1_BYTES && frame.n != JOINER_1_BYTES) return ERR_MALFORMED;
    channel->is_join = frame.n == JOINER_1_BYTES;
    handshake_start(channel, NULL);
    err = noise_read(channel->handshake, frame, &channel->message);
    if (err != ERR_OK) return err;
    if (!channel->is_join) {
        channel->state = STATE_WAIT_3;
        return handshake_write(channel, slice_of(NULL, 0), out);
    }
    CHECK(channel->message.len == sizeof(channel->invite.b));
    memcpy(channel->invite.b, channel->message.data, sizeof(channel->invite.b));
    buffer_reset(&channel->message);
    channel->state = STATE_NEED_PSK;
    *event = (struct channel_event){
        .kind = CHANNEL_NEED_PSK, .is_join = true, .invite = channel->invite};
    return ERR_OK;
}

static enum err take_2(struct channel *channel, struct slice frame, struct channel_event *event,
                       struct buf *out)
{
    enum err err = noise_read(channel->handshake, frame, &channel->message);

    if (err != ERR_OK) return err;
    err = handshake_write(channel, buf_slice(&channel->introduction), out);
    if (err != ERR_OK) return err;
    channel_open(channel, event);
    return ERR_OK;
}

static enum err take_3(struct channel *channel, struct slice frame, struct channel_event *event,
                       struct buf *out)
{
    enum err err = noise_read(channel->handshake, frame, &channel->message);

    (void)out;
    if (err != ERR_OK) return err;
    channel_open(channel, event);
    return ERR_OK;
}

/* The bound is on what one key may cover: the last frame under a key must be the rekey. */
static enum err take_rekey(struct direction *direction, size_t data_bytes)
{
    if (data_bytes != 0 || direction->frames == 1) return ERR_MALFORMED;
    noise_cipher_rekey(&direction->cipher);
    direction->frames = 0;
    return ERR_OK;
}

static enum err take_transport(struct channel *channel, struct slice frame,
                               struct channel_event *event, struct buf *out)
{
    struct direction *direction = &channel->receive;
    struct buf *message = &channel->message;
    size_t plain_bytes = frame.n - NOISE_TAG_BYTES;
    uint8_t *plain = buf_extend(message, plain_bytes);
    uint8_t kind;
    enum err err;

    (void)out;
    err = noise_cipher_open(&direction->cipher, plain, slice_of(NULL, 0), frame);
    if (err != ERR_OK) return err;
    direction->frames++;
    kind = plain[plain_bytes - 1];
    message->len -= KIND_BYTES;
    if (kind == FRAME_REKEY) return take_rekey(direction, plain_bytes - KIND_BYTES);
    if (kind > FRAME_REKEY || plain_bytes == KIND_BYTES) return ERR_MALFORMED;
    if (direction->frames >= LIMIT_REKEY_MESSAGES) return ERR_MALFORMED;
    if (message->len > LIMIT_MESSAGE_BYTES) return ERR_TOO_BIG;
    if (kind == FRAME_LAST) {
        channel->surfaced = true;
        *event = (struct channel_event){.kind = CHANNEL_MESSAGE, .bytes = buf_slice(message)};
    }
    return ERR_OK;
}

/* The legal frames of a state, and who takes them. A state without a row takes none. */
static const struct state_row {
    size_t bytes_min, bytes_max;
    enum err (*take)(struct channel *channel, struct slice frame, struct channel_event *event,
                     struct buf *out);
} STATES[] = {
    [STATE_WAIT_1] = {MEMBER_1_BYTES, JOINER_1_BYTES, take_1},
    [STATE_NEED_PSK] = {0, 0, NULL},
    [STATE_WAIT_2] = {MESSAGE_2_BYTES, MESSAGE_2_BYTES, take_2},
    [STATE_WAIT_3] = {MESSAGE_3_BYTES_MIN, MESSAGE_3_BYTES_MIN + LIMIT_HANDSHAKE_PAYLOAD_BYTES,
                      take_3},
    [STATE_OPEN] = {KIND_BYTES + NOISE_TAG_BYTES, LIMIT_FRAME_BYTES, take_transport},
    [STATE_FAILED] = {0, 0, NULL},
};

/* Moves at most what `input` lacks of n bytes. True when it has them. */
static bool input_fill(struct buf *input, size_t n, struct slice *bytes)
{
    size_t lacks = input->len < n ? n - input->len : 0;
    size_t moves = lacks < bytes->n ? lacks : bytes->n;

    if (moves > 0) {
        buf_put(input, bytes->p, moves);
        *bytes = slice_of(bytes->p + moves, bytes->n - moves);
    }
    return input->len >= n;
}

/*
 * The next whole frame, without its length: in place when it came in one piece, else collected
 * in `input`. frame->p is NULL when more must come. A length that the state does not allow is
 * refused before any of its bytes is kept.
 */
static enum err frame_take(struct channel *channel, struct slice *bytes, struct slice *frame)
{
    const struct state_row *row = &STATES[channel->state];
    struct buf *input = &channel->input;
    bool in_place = input->len == 0 && bytes->n >= LENGTH_BYTES;
    size_t n;

    *frame = slice_of(NULL, 0);
    if (!in_place && !input_fill(input, LENGTH_BYTES, bytes)) return ERR_OK;
    n = get_be16(in_place ? bytes->p : input->data);
    if (n > row->bytes_max) return ERR_TOO_BIG;
    if (n < row->bytes_min) return ERR_MALFORMED;
    if (in_place && bytes->n >= LENGTH_BYTES + n) {
        *frame = slice_of(bytes->p + LENGTH_BYTES, n);
        *bytes = slice_of(frame->p + n, bytes->n - LENGTH_BYTES - n);
    } else if (input_fill(input, LENGTH_BYTES + n, bytes)) {
        *frame = slice_of(input->data + LENGTH_BYTES, n);
    }
    return ERR_OK;
}

static void surfaced_forget(struct channel *channel)
{
    if (channel->surfaced) buffer_reset(&channel->message);
    channel->surfaced = false;
}

enum err channel_receive(struct channel *channel, uint64_t now_ms, struct slice *bytes,
                         struct channel_event *event, struct buf *out)
{
    struct channel_event found = {.kind = CHANNEL_NOTHING};
    size_t out_before = out->len;
    enum err err = ERR_OK;

    CHECK(channel->state != STATE_NEED_PSK);
    if (channel->state == STATE_FAILED) return channel->error;
    surfaced_forget(channel);
    if (now_ms > channel->deadline_ms) err = ERR_TIMEOUT;
    while (err == ERR_OK && found.kind == CHANNEL_NOTHING) {
        struct slice frame;

        err = frame_take(channel, bytes, &frame);
        if (err != ERR_OK || frame.p == NULL) break;
        err = STATES[channel->state].take(channel, frame, &found, out);
        buffer_reset(&channel->input);
    }
    if (err != ERR_OK) {
        out->len = out_before;
        return channel_fail(channel, err);
    }
    *event = found;
    return ERR_OK;
}

enum err channel_answer_psk(struct channel *channel, const struct psk *psk, struct buf *out)
{
    enum err err;

    CHECK(channel->state == STATE_NEED_PSK);
    if (psk == NULL) return channel_fail(channel, ERR_HANDSHAKE);
    noise_set_psk(channel->handshake, psk->b);
    err = handshake_write(channel, slice_of(NULL, 0), out);
    if (err != ERR_OK) return channel_fail(channel, err);
    channel->state = STATE_WAIT_3;
    return ERR_OK;
}

static void frame_seal(struct direction *direction, struct slice data, enum frame_kind kind,
                       struct buf *out)
{
    size_t n = data.n + KIND_BYTES + NOISE_TAG_BYTES;
    uint8_t *p;

    buf_put_u16(out, (uint16_t)n);
    p = buf_extend(out, n);
    if (data.n > 0) memcpy(p, data.p, data.n);
    p[data.n] = (uint8_t)kind;
    noise_cipher_seal(&direction->cipher, p, slice_of(NULL, 0),
                      slice_of(p, data.n + KIND_BYTES));
    direction->frames++;
}

/* True when the next frame under this key would be past a bound. A clock may step back. */
static bool rekey_is_due(const struct direction *direction, uint64_t now_ms)
{
    if (direction->frames == 0) return false;
    return direction->frames >= LIMIT_REKEY_MESSAGES - 1 ||
           (now_ms > direction->since_ms && now_ms - direction->since_ms >= LIMIT_REKEY_MS);
}

void channel_seal(struct channel *channel, uint64_t now_ms, struct slice message,
                  struct buf *out)
{
    struct direction *direction = &channel->send;

    if (channel->state == STATE_FAILED) return;
    CHECK(channel->state == STATE_OPEN);
    CHECK(message.n > 0 && message.n <= LIMIT_MESSAGE_BYTES);
    while (message.n > 0) {
        size_t n = message.n < CHANNEL_CHUNK_BYTES ? message.n : CHANNEL_CHUNK_BYTES;

        if (rekey_is_due(direction, now_ms)) {
            frame_seal(direction, slice_of(NULL, 0), FRAME_REKEY, out);
            noise_cipher_rekey(&direction->cipher);
            direction->frames = 0;
        }
        if (direction->frames == 0) direction->since_ms = now_ms;
        frame_seal(direction, slice_of(message.p, n), n == message.n ? FRAME_LAST : FRAME_MORE,
                   out);
        message = slice_of(message.p + n, message.n - n);
    }
}

bool channel_is_open(const struct channel *channel)
{
    return channel->state == STATE_OPEN;
}

uint64_t channel_deadline_ms(const struct channel *channel)
{
    return channel->deadline_ms;
}

const uint8_t *channel_handshake_hash(const struct channel *channel)
{
    return channel->hash;
}

const struct transport_pk *channel_remote(const struct channel *channel)
{
    return &channel->remote;
}
