#include "daemon/core/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/inner.h"
#include "proto/envelope/piece.h"

void pieces_fini(struct pieces *pieces)
{
    free(pieces->wants);
    free(pieces->servings);
    *pieces = (struct pieces){0};
}

/* ------------------------------------------------------------------------ what people ask --
 */

static void write_piece(struct node *node, const struct piece_id *id, struct slice bytes)
{
    ledger_write(node, &(struct write){.kind = WRITE_PIECE,
                                       .key = slice_of(id->b, sizeof(id->b)),
                                       .payload = bytes});
}

void pieces_put(struct node *node, const struct command *command)
{
    const struct command_piece_put *act = &command->piece_put;
    struct piece_id id;
    bool sized = act->bytes.n > 0 && act->bytes.n <= PIECE_BYTES_MAX;
    if (sized) piece_name(&id, act->bytes);
    if (!sized || !piece_id_eq(&id, &act->id)) {
        node_refuse(node, command->ticket, ERR_INVALID, "these bytes are not that piece");
        return;
    }
    write_piece(node, &id, act->bytes);
    ledger_reply(node, &(struct reply){.ticket = command->ticket, .count = 1});
}

void pieces_drop(struct node *node, const struct command *command)
{
    const struct command_piece_drop *act = &command->piece_drop;
    for (size_t i = 0; i < act->n; i++) {
        ledger_write(node,
                     &(struct write){.kind = WRITE_PIECE_DROP,
                                     .key = slice_of(act->ids[i].b, sizeof(act->ids[i].b))});
    }
    ledger_reply(node, &(struct reply){.ticket = command->ticket, .count = act->n});
}

static void forget(struct pieces *pieces, struct pieces_want *want)
{
    *want = pieces->wants[--pieces->wants_n];
}

/* Of the next peer; the GET ends when there is none. False: it ended. */
static bool ask_next(struct node *node, struct pieces_want *want)
{
    struct session *session = asking_next(node, &want->asking);
    if (session == NULL) {
        node_refuse(node, want->ticket, ERR_NOT_FOUND, "nobody who is connected now has it");
        forget(&node->pieces, want);
        return false;
    }
    session_send(node, session,
                 &(struct wire_message){
                     .type = WIRE_PIECE_WANT,
                     .piece_want = {.number = want->asking.number, .id = want->id},
                 });
    return true;
}

static void read_piece(struct node *node, uint64_t ticket, const struct piece_id *id)
{
    out_read(&node->out, &(struct read_request){
                             .kind = READ_PIECE, .ticket = ticket, .piece = *id, .count = 1});
}

void pieces_get(struct node *node, const struct command *command)
{
    struct pieces *pieces = &node->pieces;
    const struct piece_id *id = &command->piece.id;
    if (pieces->wants_n >= PIECES_WANTS_MAX) {
        node_refuse(node, command->ticket, ERR_BUSY, "other files are being fetched");
        return;
    }
    MEM_RESERVE(pieces->wants, pieces->wants_n, pieces->wants_cap);
    struct pieces_want *want = &pieces->wants[pieces->wants_n++];
    *want = (struct pieces_want){.ticket = command->ticket, .id = *id};
    if (node->reader->piece(node->reader->ctx, id) == 0) {
        (void)ask_next(node, want);
        return;
    }
    want->read_ticket = ++node->next_ticket;
    read_piece(node, want->read_ticket, id);
}

/* --------------------------------------------------------------------- what peers say, ask */

static void on_piece(struct node *node, const struct session *session,
                     const struct wire_piece *piece)
{
    struct pieces *pieces = &node->pieces;
    for (size_t i = 0; i < pieces->wants_n; i++) {
        struct pieces_want *want = &pieces->wants[i];
        if (!asking_is(&want->asking, session, piece->number)) continue;
        struct piece_id id;
        piece_name(&id, piece->bytes);
        if (piece->bytes.n == 0 || !piece_id_eq(&id, &want->id)) {
            node->refused += piece->bytes.n > 0;
            (void)ask_next(node, want);
            return;
        }
        struct reply reply = {.ticket = want->ticket, .bytes = piece->bytes};
        forget(pieces, want);
        if (ledger_ready(node) == ERR_OK) {
            write_piece(node, &id, piece->bytes);
            ledger_reply(node, &reply);
        } else { /* the disk takes nothing: it can be read all the same */
            reply.bytes = out_copy(&node->out, piece->bytes);
            out_reply(&node->out, &reply);
        }
        return;
    }
}

static void answer(struct node *node, struct session *session, uint32_t number,
                   struct slice bytes)
{
    session_send(node, session,
                 &(struct wire_message){.type = WIRE_PIECE,
                                        .piece = {.number = number, .bytes = bytes}});
}

static void on_piece_want(struct node *node, struct session *session,
                          const struct wire_piece_want *want)
{
    struct pieces *pieces = &node->pieces;
    size_t waiting = 0;
    for (size_t i = 0; i < pieces->servings_n; i++)
        waiting += pieces->servings[i].conn == session->conn;
    if (waiting >= PIECES_SERVINGS_MAX) return;
    if (node->reader->piece(node->reader->ctx, &want->id) == 0) {
        answer(node, session, want->number, (struct slice){0});
        return;
    }
    MEM_RESERVE(pieces->servings, pieces->servings_n, pieces->servings_cap);
    struct pieces_serving *serving = &pieces->servings[pieces->servings_n++];
    *serving = (struct pieces_serving){
        .conn = session->conn, .number = want->number, .ticket = ++node->next_ticket};
    read_piece(node, serving->ticket, &want->id);
}

void pieces_on_message(struct node *node, struct session *session,
                       const struct wire_message *message)
{
    if (message->type == WIRE_PIECE_WANT)
        on_piece_want(node, session, &message->piece_want);
    else
        on_piece(node, session, &message->piece);
}

/* ------------------------------------------------------------------- what the store read -- */

static void on_own_read(struct node *node, struct pieces_want *want, struct slice bytes)
{
    if (bytes.n == 0) { /* it went meanwhile */
        want->read_ticket = 0;
        (void)ask_next(node, want);
        return;
    }
    out_reply(&node->out,
              &(struct reply){.ticket = want->ticket, .bytes = out_copy(&node->out, bytes)});
    forget(&node->pieces, want);
}

bool pieces_on_read(struct node *node, const struct event_read *read)
{
    struct pieces *pieces = &node->pieces;
    struct slice bytes = {0};
    if (read->err == ERR_OK && read->n > 0) bytes = read->entries[0].payload;
    for (size_t i = 0; i < pieces->wants_n; i++) {
        if (pieces->wants[i].read_ticket != read->ticket) continue;
        on_own_read(node, &pieces->wants[i], bytes);
        return true;
    }
    for (size_t i = 0; i < pieces->servings_n; i++) {
        struct pieces_serving serving = pieces->servings[i];
        if (serving.ticket != read->ticket) continue;
        pieces->servings[i] = pieces->servings[--pieces->servings_n];
        struct session *session = session_find(node, serving.conn);
        if (session != NULL && session->state == SESSION_OPEN)
            answer(node, session, serving.number, bytes);
        return true;
    }
    return false;
}

uint64_t pieces_tick(struct node *node)
{
    uint64_t wake = UINT64_MAX;
    for (size_t i = 0; i < node->pieces.wants_n;) {
        struct pieces_want *want = &node->pieces.wants[i];
        if (want->read_ticket != 0) {
            i++;
            continue;
        }
        if (asking_is_lost(node, &want->asking) && !ask_next(node, want)) continue;
        uint64_t due = want->asking.since_ms + ASKING_ANSWER_MS;
        if (due < wake) wake = due;
        i++;
    }
    return wake;
}
