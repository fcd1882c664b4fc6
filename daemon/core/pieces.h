/*
 * pieces.h: files in pieces (proto/envelope/piece.h). A piece is put here by a person, or asked
 * of one connected peer after the other when a person wants it, never unasked; what comes is
 * checked against its address, kept, and then answered. Whoever knows an address may have the
 * piece: addresses stand in records, and what they name is sealed.
 */
#ifndef CORE_PIECES_H
#define CORE_PIECES_H

#include "daemon/core/asking.h"
#include "daemon/core/command.h"
#include "daemon/core/event.h"
#include "proto/wire/wire.h"

enum {
    PIECES_WANTS_MAX = 64,         /* GETs that wait: 4 MiB of pieces */
    PIECES_SERVINGS_MAX = 8,       /* reads for one peer that wait; what it asks beyond is lost */
};

/* A GET that waits for the store or for a peer. */
struct pieces_want {
    uint64_t ticket;      /* of the command */
    struct piece_id id;
    uint64_t read_ticket; /* of the store's read, 0: none */
    struct asking asking;
};

/* A peer's PIECE_WANT that waits for the store. */
struct pieces_serving {
    uint64_t conn;
    uint32_t number;
    uint64_t ticket;
};

struct pieces {
    struct pieces_want *wants;
    size_t wants_n, wants_cap;
    struct pieces_serving *servings;
    size_t servings_n, servings_cap;
};

void pieces_fini(struct pieces *pieces);
/* Answered when it is durable. INVALID when the bytes are not what the address says. */
void pieces_put(struct node *node, const struct command *command);
/* Answered with the bytes; NOT_FOUND when nobody who is connected has it. */
void pieces_get(struct node *node, const struct command *command);
void pieces_drop(struct node *node, const struct command *command);
/* PIECE_WANT, PIECE. */
void pieces_on_message(struct node *node, struct session *session,
                       const struct wire_message *message);
/* False when the ticket is not ours. */
bool pieces_on_read(struct node *node, const struct event_read *read);
/* Asks on where a peer left or does not answer. Returns when it wants to be called again. */
uint64_t pieces_tick(struct node *node);

#endif
