/*
 * channel.h: an encrypted, authenticated stream of messages between two members, or between a
 * joiner and a steward (DESIGN 5, Transport). Bytes in, bytes out: the caller owns the socket,
 * the clock and the deadlines.
 *
 * Life of a channel, and who waits for how long:
 *
 *   initiator: new -> (sends 1) WAIT_2 -> (gets 2, sends 3) OPEN
 *   responder: new -> WAIT_1 -> [NEED_PSK: caller answers] -> (sends 2) WAIT_3 -> (gets 3) OPEN
 *
 * Everything before OPEN has one deadline, channel_deadline_ms; a receive past it is TIMEOUT.
 * OPEN has none here: whether a peer is still alive is the session's business. The first error
 * is final: keys and half a message are wiped, every later receive returns the same error, seal
 * appends nothing, and the caller closes the connection. Nothing unauthenticated ever surfaces.
 *
 * Handshake: Noise_XK_25519_ChaChaPoly_SHA256 between members; Noise_XKpsk3_… for a joiner, who
 * is known by the length of message 1 (48 bytes; 64 with the invite id as payload). Prologue
 * "kith/1\0" || network id. Message 3 carries what its sender says of itself (the caller's
 * bytes).
 *
 * Format of the stream: frames, in the handshake too: 2 bytes length (big-endian) || that many
 * bytes, one Noise message. The plaintext of a transport frame ends with one byte, its kind:
 *   0 more    bytes of a message that goes on in the next data frame
 *   1 last    bytes that end a message
 *   2 rekey   nothing else; the direction's key is Noise REKEY(k) from the next frame on
 * A data frame has at least one byte before its kind; a message has 1 … LIMIT_MESSAGE_BYTES. A
 * sender rekeys so that no key covers more than LIMIT_REKEY_MESSAGES frames (the rekey frame is
 * the last of them) or, as far as it sends anything, LIMIT_REKEY_MS; a receiver refuses one
 * frame more, and a rekey under a key that covered nothing. Nonces count on over a rekey.
 */
#ifndef CHANNEL_CHANNEL_H
#define CHANNEL_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/env.h"
#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/base/limits.h"
#include "proto/base/mem.h"
#include "proto/crypto/key.h"

enum {
    CHANNEL_CHUNK_BYTES = LIMIT_FRAME_BYTES - 16 - 1, /* of a message in one frame */
    CHANNEL_FRAME_OVERHEAD = 2 + 1 + 16               /* length, kind, tag */
};

struct channel;

/* What a joiner holds from its invite. */
struct channel_invite {
    struct invite_id id;
    struct psk psk;
};

enum channel_event_kind {
    CHANNEL_NOTHING,  /* all bytes are taken; more are needed */
    CHANNEL_NEED_PSK, /* responder: a joiner names an invite; answer with channel_answer_psk */
    CHANNEL_OPENED,   /* the handshake is done; seal from now on */
    CHANNEL_MESSAGE   /* one whole message */
};

struct channel_event {
    enum channel_event_kind kind;
    bool is_join;               /* NEED_PSK, OPENED: it runs on an invite */
    struct invite_id invite;    /* NEED_PSK, OPENED with is_join */
    struct transport_pk remote; /* OPENED: the other side's proven static key */
    /* MESSAGE: the message. OPENED at the responder: the payload of message 3 (at the initiator
     * empty). Borrowed until the next call on the channel. */
    struct slice bytes;
};

/*
 * Starts a handshake with the holder of `remote`, and appends message 1 to out. introduction
 * (copied, at most LIMIT_HANDSHAKE_PAYLOAD_BYTES) is the payload of message 3; invite is NULL
 * between members. env must outlive the call only. HANDSHAKE when remote is a small-order
 * point; out is then unchanged.
 */
MUST_USE enum err channel_new_initiator(struct channel **channel, const struct env *env,
                                        const struct network_id *network,
                                        const struct transport_sk *sk,
                                        const struct transport_pk *remote,
                                        const struct channel_invite *invite,
                                        struct slice introduction, uint64_t now_ms,
                                        struct buf *out);
/* Waits for message 1. Its ephemeral key is drawn now. */
struct channel *channel_new_responder(const struct env *env, const struct network_id *network,
                                      const struct transport_sk *sk, uint64_t now_ms);
/* Wipes and frees. NULL is fine. */
void channel_free(struct channel *channel);

/*
 * Takes bytes from the front of *bytes until there is an event or they are used up; appends to
 * out what must be sent in answer (messages 2 and 3; transport frames ask for none). Call it in
 * a loop until the event is NOTHING. What is buffered is at most one frame and one message, and
 * grows only with what has arrived.
 *   MALFORMED, TOO_BIG  a frame of a length or shape that its state does not allow
 *   HANDSHAKE           a handshake message that does not hold (also a small-order point)
 *   DECRYPT             a transport frame that was changed, lost, repeated or reordered
 *   TIMEOUT             now_ms is past the deadline
 * On an error *event is not written and out has nothing new.
 */
MUST_USE enum err channel_receive(struct channel *channel, uint64_t now_ms, struct slice *bytes,
                                  struct channel_event *event, struct buf *out);

/*
 * Answers NEED_PSK, at once or later (a channel_receive before is a programmer error): appends
 * message 2. NULL says that the invite is unknown: HANDSHAKE, the channel is done for.
 */
MUST_USE enum err channel_answer_psk(struct channel *channel, const struct psk *psk,
                                     struct buf *out);

/*
 * Appends one message of 1 … LIMIT_MESSAGE_BYTES, split over frames, preceded by a rekey where
 * one is due. The channel must have opened; after an error it appends nothing.
 */
void channel_seal(struct channel *channel, uint64_t now_ms, struct slice message,
                  struct buf *out);

bool channel_is_open(const struct channel *channel);
/* When the handshake must be done by; UINT64_MAX once it is open. */
uint64_t channel_deadline_ms(const struct channel *channel);
/* The handshake hash: keys digests on the wire, and the four words of a join. Once it is open.
 */
const uint8_t *channel_handshake_hash(const struct channel *channel);
/* The other side's static key. Once it is open, and at the initiator from the start. */
const struct transport_pk *channel_remote(const struct channel *channel);

#endif
