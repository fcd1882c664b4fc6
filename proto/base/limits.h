/*
 * limits.h: every bound of the protocol and of the node, each with its reason. A test stands at
 * each bound and one past it.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum limits {
    /* Records */
    LIMIT_BODY_BYTES = 60 * 1024,    /* a revision; padded and sealed it must fit a payload */
    LIMIT_JSON_DEPTH = 16,           /* deeper is nobody's record and somebody's attack */
    LIMIT_REVISION_PARENTS = 64,     /* concurrent tips one edit can join */
    LIMIT_LIST_ITEMS = 500,          /* observations, tasks, questions in one list */

    /* Envelopes and runs */
    LIMIT_PAYLOAD_BYTES = 65536,     /* DESIGN 4.2 */
    LIMIT_RUN_ENVELOPES = 256,       /* one signature check covers a run: about 4 ms of hashing */
    LIMIT_RUN_BYTES = 1024 * 1024,   /* headers and payloads; what a receiver buffers a stream */

    /* Statements */
    LIMIT_SEEN = 512,                /* tips a statement names */
    LIMIT_SEEN_DEVICE_ADD = 8,       /* a device-add travels inside handshake message 3 */
    LIMIT_GRANTS = 500,              /* 500 x 112 bytes stay under the payload cap */
    LIMIT_STATEMENTS_WAITING = 256,  /* a device, statements whose `seen` is not held */
    LIMIT_STATEMENTS_PAST_END = 256, /* a device, statements past the last in its removal's past */
    LIMIT_EPOCH_PARENTS = 64,
    LIMIT_NAME_BYTES = 200,          /* names of schools, networks, devices */

    /* People and groups */
    LIMIT_GROUPS = 64,               /* groups one school is in */
    LIMIT_ROOT_WORDS = 12,
    LIMIT_INVITE_STEWARDS = 3,
    LIMIT_INVITE_DAYS = 7,
    LIMIT_JOIN_REQUESTS = 64,        /* open requests a steward keeps */

    /* Channel */
    LIMIT_FRAME_BYTES = 65535,       /* Noise's own; ciphertext with its tag */
    LIMIT_HANDSHAKE_PAYLOAD_BYTES = 4096, /* message 3 */
    LIMIT_HANDSHAKE_MS = 10000,
    LIMIT_HALF_OPEN = 64,
    LIMIT_HALF_OPEN_ADDRESS = 16,
    LIMIT_REKEY_MESSAGES = 65536,
    LIMIT_REKEY_MS = 3600 * 1000,

    /* Sessions */
    LIMIT_SESSIONS = 64,
    LIMIT_CREDIT_BYTES = 1024 * 1024, /* envelopes in flight towards one receiver */
    LIMIT_MESSAGE_BYTES = 66 * 1024,  /* one message in a session: a payload and its header */
    LIMIT_ADDRESSES = 8,              /* in a beacon or an invite */
    LIMIT_ADDRESS_BYTES = 255,        /* host:port */

    /* Node */
    LIMIT_COMMANDS_PENDING = 1024,   /* unanswered commands of people */
    LIMIT_STEP_CRYPTO_US = 5000,     /* DESIGN 3: no step does more */
};

#endif
