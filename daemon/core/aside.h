/*
 * aside.h: statements that stand beside their chain (DESIGN 4.4). A statement past a fork, or
 * too far past its device's end, is clipped: nobody offers it and nobody takes it. But somebody
 * honest may have built on it before the fork was known, and names it as seen. Then it is
 * fetched by its id from whoever sent what names it, and kept: in the fold, where its place of
 * the chain does not count, and in the log, but in no chain and no digest. Without this one
 * device that forks its statements would part the honest ones for ever.
 */
#ifndef CORE_ASIDE_H
#define CORE_ASIDE_H

#include "daemon/core/event.h"
#include "proto/base/mem.h"
#include "proto/wire/wire.h"

struct node;
struct session;

/* One that is kept; its body lies in the fold. */
struct aside_kept {
    struct envelope_id id;
    uint8_t header[ENVELOPE_HEADER_BYTES];
};

/* One that was asked for. */
struct aside_want {
    uint64_t conn;
    uint32_t number;
    struct envelope_id id;
    bool vouched; /* a good envelope of its chain names it as prev: its own signature is not
                     asked */
    uint64_t since_ms;
};

/* One that came before what it names itself. */
struct aside_found {
    struct envelope_id id;
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct buf payload;
    bool offered; /* by a bundle; nothing named it yet */
};

struct aside {
    struct aside_kept *kept;
    size_t kept_n, kept_cap;
    struct aside_want *wants;
    size_t wants_n, wants_cap;
    struct aside_found *found;
    size_t found_n, found_cap;
};

void aside_fini(struct aside *aside);
/* Forgets what is kept: the log is about to be read again. */
void aside_reload(struct aside *aside);
/* A statement of the log that stands in no chain. It is in the fold already. */
void aside_on_stored(struct aside *aside, const struct envelope_id *id, const uint8_t *header);

/* A statement that conn brought names this one, which is not held. */
void aside_want(struct node *node, uint64_t conn, const struct envelope_id *id, bool vouched);
/* An ENVELOPE whose number forks.c does not know. */
void aside_on_envelope(struct node *node, struct session *session,
                       const struct wire_envelope *envelope);
/* An ENVELOPE of a bundle: it waits until something of the bundle names it. */
void aside_offer(struct node *node, const struct wire_envelope *message);
/* Places what was offered, is named, and has its past here by now. */
void aside_settle(struct node *node);
/* The bundle ends: what nothing named is let go. */
void aside_end_offers(struct node *node);
/* The i-th that is kept, as a message. False past the end. */
bool aside_at(const struct node *node, size_t i, struct wire_envelope *out);
/* The one with this id as a message; false when it is not kept here. */
bool aside_find(const struct node *node, const struct envelope_id *id,
                struct wire_envelope *out);

#endif
